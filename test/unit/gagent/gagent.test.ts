import { describe, expect, it } from "vitest";
import { ModuleBench, printDeviceInfo } from "../../support/module-bench.js";
import { BENCH_KEY } from "../../support/profile-document.js";

const DID = "GdzuSRncfDPGHGo2LxwgM2";
const OTHER_DID = "aKtXHNbhhQxcNnCSkfdQ9a";
const SECOND_MS = 1000;

describe("a module that is powered on", () => {
  it("asks the MCU who it is, registers, finds its broker, logs in and subscribes, one topic at a time", async () => {
    const bench = await ModuleBench.create();
    await bench.goOnline();
    expect(bench.states).toEqual(["asking", "registering", "provisioning", "connecting", "subscribing", "online"]);
    expect(bench.cloud.calls).toEqual([
      `POST /dev/devices passcode=PASSCODEAA&mac=02aabbccddee&product_key=${BENCH_KEY}`,
      `GET /dev/devices/${DID}`,
      "MQTT m2m.test:1883",
    ]);
    expect(bench.cloud.logins).toEqual([
      { clientId: DID, username: DID, password: "PASSCODEAA", keepaliveS: 120, version: 3 },
    ]);
    expect(bench.cloud.filters).toEqual([`ser2cli_noti/${BENCH_KEY}`, `ser2cli_res/${DID}`, `app2dev/${DID}/#`]);
    expect(bench.identities).toEqual([
      { mac: "02aabbccddee", passcode: "PASSCODEAA", did: DID, productKey: BENCH_KEY },
    ]);
    expect(bench.troubles).toEqual([]);
  });

  it("pushes the Wi-Fi status at each stage: 071A with the router, 073A with the cloud (uart.md 2.3)", async () => {
    const bench = await ModuleBench.create();
    await bench.goOnline();
    expect(bench.heard()).toEqual(["01", "0D 07 1A", "0D 07 3A"]);
    bench.cloud.drop();
    await bench.settle();
    expect(bench.heard()).toEqual(["0D 07 1A"]);
    await bench.advance(5 * SECOND_MS);
    expect(bench.heard()).toEqual(["0D 07 3A"]);
  });

  it("pushes the status every 10 minutes and pings every 55 s", async () => {
    const bench = await ModuleBench.create();
    await bench.goOnline();
    bench.heard();
    await bench.advance(1260 * SECOND_MS);
    const said = bench.heardTimed();
    const times = (what: string) => said.filter(([, text]) => text === what).map(([at]) => at / SECOND_MS);
    expect(times("0D 07 3A")).toEqual([600, 1200]);
    expect(times("07")).toEqual(Array.from({ length: 22 }, (_, at) => (at + 1) * 55));
    expect(said.length).toBe(24);
  });

  it("does not register again with a did of the same product", async () => {
    const identity = { mac: "02aabbccddee", passcode: "KEPT", did: OTHER_DID, productKey: BENCH_KEY };
    const bench = await ModuleBench.create({ identity });
    await bench.goOnline();
    expect(bench.cloud.calls).toEqual([`GET /dev/devices/${OTHER_DID}`, "MQTT m2m.test:1883"]);
    expect(bench.cloud.logins[0]).toMatchObject({ clientId: OTHER_DID, password: "KEPT" });
  });

  it("registers anew when the MCU belongs to another product (uart.md 2.2)", async () => {
    const identity = { mac: "02aabbccddee", passcode: "KEPT", did: OTHER_DID, productKey: "0".repeat(32) };
    const bench = await ModuleBench.create({ identity });
    await bench.goOnline();
    expect(bench.cloud.calls.slice(0, 2)).toEqual([
      `POST /dev/devices passcode=NEWPASS1&mac=02aabbccddee&product_key=${BENCH_KEY}`,
      `DELETE /dev/devices did=${OTHER_DID}&passcode=KEPT`,
    ]);
    expect(bench.module.identity).toMatchObject({ did: DID, productKey: BENCH_KEY });
  });

  it("asks in rounds of three transmissions, 200 ms apart, and begins anew after ten (uart.md 2.2)", async () => {
    const bench = await ModuleBench.create();
    bench.isMcuDead = true;
    bench.module.start();
    await bench.advance(11 * 600 - 1);
    const asked = bench.wire.takeSayings();
    expect(asked.map(({ at }) => at - bench.startedAt)).toEqual(Array.from({ length: 33 }, (_, at) => at * 200));
    expect(asked.map(({ bytes }) => bytes[5])).toEqual(Array.from({ length: 33 }, (_, at) => Math.floor(at / 3)));
    expect(bench.module.state).toEqual({ kind: "asking", round: 1 });
    expect(bench.cloud.calls).toEqual([]);
  });

  it("asks on when the device info is cut short, and tells of it", async () => {
    const bench = await ModuleBench.create();
    bench.deviceInfo = printDeviceInfo(BENCH_KEY).slice(0, 40);
    bench.module.start();
    await bench.advance(1000);
    expect(bench.module.state).toEqual({ kind: "asking", round: 2 });
    expect(new Set(bench.troubles)).toEqual(new Set(["bytes-short"]));
    bench.deviceInfo = printDeviceInfo(BENCH_KEY);
    await bench.advance(600);
    expect(bench.module.state.kind).toBe("online");
  });

  it("takes the long form of device info too", async () => {
    const bench = await ModuleBench.create();
    const tail = Buffer.concat([
      Buffer.alloc(8),
      Buffer.from("f".repeat(32)),
      Buffer.from([0, 4]),
      Buffer.from("tz=8"),
    ]);
    bench.deviceInfo = Uint8Array.of(...printDeviceInfo(BENCH_KEY), ...tail);
    await bench.goOnline();
    expect(bench.module.state.kind).toBe("online");
  });
});

describe("a module whose MCU has gone silent", () => {
  it("restarts at the fifth ping, 275 s after the last word (uart.md 3)", async () => {
    const bench = await ModuleBench.create();
    await bench.goOnline();
    bench.isMcuDead = true;
    bench.heard();
    await bench.advance(275 * SECOND_MS - 1);
    expect([bench.module.state.kind, bench.cloud.connected]).toEqual(["online", 1]);
    await bench.advance(1);
    expect([bench.module.state, bench.cloud.connected]).toEqual([{ kind: "asking", round: 1 }, 0]);
    const said = bench.heardTimed();
    const pings = [55, 110, 165, 220].flatMap((at) => [at * 1000, at * 1000 + 200, at * 1000 + 400]);
    expect(said.filter(([, text]) => text === "07").map(([at]) => at)).toEqual(pings);
    bench.isMcuDead = false;
    await bench.advance(SECOND_MS);
    expect(bench.module.state.kind).toBe("online");
  });

  it("stays when any frame of the MCU comes in between", async () => {
    const bench = await ModuleBench.create();
    await bench.goOnline();
    bench.unanswered.add(0x07);
    for (let round = 0; round < 4; round += 1) {
      await bench.advance(200 * SECOND_MS);
      await bench.say(0x05, round, "04 00");
    }
    expect(bench.states.at(-1)).toBe("online");
  });

  it("asks once when the MCU is back, however often it restarted meanwhile", async () => {
    const bench = await ModuleBench.create();
    bench.isMcuDead = true;
    bench.module.start();
    await bench.advance(1200 * SECOND_MS);
    bench.isMcuDead = false;
    bench.heard();
    await bench.advance(2000);
    expect(bench.heard().filter((said) => said === "01").length).toBe(1);
    expect(bench.module.state.kind).toBe("online");
  });
});

describe("a module that loses the cloud", () => {
  it("comes back after 5 s, then after pauses that grow by 10 s, and after 5 s again once it was online", async () => {
    const bench = await ModuleBench.create();
    await bench.goOnline();
    bench.cloud.trouble = "broker-down";
    bench.cloud.drop();
    await bench.settle();
    expect(bench.module.state.kind).toBe("waiting");
    bench.cloud.calls.length = 0;
    await bench.advance(4999);
    expect(bench.cloud.calls).toEqual([]);
    await bench.advance(1);
    expect(bench.cloud.calls).toEqual([`GET /dev/devices/${DID}`, "MQTT m2m.test:1883"]);
    await bench.advance(14_999);
    expect(bench.cloud.calls.length).toBe(2);
    await bench.advance(1);
    expect(bench.cloud.calls.length).toBe(4);
    bench.cloud.trouble = "none";
    await bench.advance(25_000);
    expect(bench.module.state.kind).toBe("online");
    bench.cloud.drop();
    await bench.advance(5000);
    expect(bench.module.state.kind).toBe("online");
    expect(new Set(bench.troubles)).toEqual(new Set(["mqtt-unreachable"]));
  });

  it.each([
    ["http-down", "cloud-unreachable"],
    ["no-product", "cloud-refused"],
    ["broker-down", "mqtt-unreachable"],
  ] as const)("tries again by itself when there is %s, and tells of %s", async (trouble, code) => {
    const bench = await ModuleBench.create();
    bench.cloud.trouble = trouble;
    await bench.goOnline();
    expect([bench.module.state.kind, bench.troubles]).toEqual(["waiting", [code]]);
    bench.cloud.trouble = "none";
    await bench.advance(5000);
    expect(bench.module.state.kind).toBe("online");
  });

  it("is not fooled by a broker that hangs up with its CONNACK", async () => {
    const bench = await ModuleBench.create();
    bench.cloud.trouble = "hangs-up";
    await bench.goOnline();
    expect(bench.module.state.kind).toBe("waiting");
    bench.cloud.trouble = "none";
    await bench.advance(5000);
    expect(bench.module.state.kind).toBe("online");
  });

  it.each([2, 4, 5])("registers again when the broker refuses the login with %i (cloud.md 3.1)", async (code) => {
    const bench = await ModuleBench.create();
    bench.cloud.refusals.push(code);
    bench.cloud.dids.push(OTHER_DID);
    await bench.goOnline();
    expect([bench.module.state.kind, bench.troubles]).toEqual(["waiting", ["mqtt-refused"]]);
    await bench.advance(5000);
    expect(bench.cloud.calls.filter((call) => call.startsWith("POST")).length).toBe(2);
    expect([bench.module.state.kind, bench.module.identity.did]).toEqual(["online", OTHER_DID]);
  });

  it("registers again when the cloud does not know its did", async () => {
    const identity = { mac: "02aabbccddee", passcode: "KEPT", did: OTHER_DID, productKey: BENCH_KEY };
    const bench = await ModuleBench.create({ identity });
    bench.cloud.trouble = "did-unknown";
    await bench.goOnline();
    expect(bench.troubles).toEqual(["did-unknown"]);
    bench.cloud.trouble = "none";
    await bench.advance(5000);
    expect([bench.module.state.kind, bench.module.identity.did]).toEqual(["online", DID]);
  });
});
