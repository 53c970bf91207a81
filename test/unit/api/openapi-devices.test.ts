import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { startLab } from "../../../src/lab/start-lab.js";
import { addBoundDevice, bindDevice, productKeyOf, registerDevice } from "../../support/devices.js";
import { REPORT_10_DEGREES, REPORT_11_DEGREES } from "../../support/frames-on-air.js";
import { logInDevice } from "../../support/mqtt-party.js";
import { enterUser, inject, refusal } from "../../support/open-api.js";
import { type LogLine, readLog } from "../../support/raw-data.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const DAY_S = 86_400;

/** A cloud with a user and a virtual pet house of theirs that is online, in a world that stands still. */
async function startCloud() {
  const lab = await startLab({ profiles: ["pet-house", "doser"], clock: "virtual", seed: "devices" });
  const user = await enterUser(lab);
  const { device, did } = await addBoundDevice(lab, user);
  return {
    lab,
    user,
    device,
    did,
    nowS: () => Math.floor(lab.clock.now() / 1000),
    latest: () =>
      inject<{ updated_at: number; attr: Record<string, unknown> }>(lab, {
        method: "GET",
        url: `/app/devdata/${did}/latest`,
        headers: { "x-gizwits-application-id": user.appId },
      }),
    [Symbol.asyncDispose]: () => lab.close(),
  };
}

describe("the details of a device", () => {
  test("are those of the list", async () => {
    await using cloud = await startCloud();
    const { status, body } = await cloud.user.call("GET", `/app/devices/${cloud.did}`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ did: cloud.did, is_online: true, proto_ver: "04", product_name: "pet-house" });
    const list = await cloud.user.call("GET", "/app/bindings");
    expect(list.body).toEqual({ devices: [body] });
  });

  test("of an unknown device are answered with 404, of an unbound one with 401", async () => {
    await using cloud = await startCloud();
    const other = await registerDevice(cloud.lab);
    const unknown = await cloud.user.call("GET", "/app/devices/unknown");
    expect(unknown).toMatchObject({ status: 404, body: refusal(9014, "device not found!", expect.any(String)) });
    const unbound = await cloud.user.call("GET", `/app/devices/${other.did}`);
    expect(unbound).toMatchObject({ status: 401, body: refusal(9017, "device not bound!", expect.any(String)) });
  });
});

describe("the latest values", () => {
  test("are what the device last reported: bools 0 and 1, enums by label, numbers scaled", async () => {
    await using cloud = await startCloud();
    cloud.device.mcu.set({
      LED_OnOff: true,
      LED_Color: "Pink",
      LED_R: 254,
      Motor_Speed: -5,
      Temperature: 21,
      Alert_1: true,
    });
    await cloud.lab.advance(7000);
    const { status, body } = await cloud.latest();
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual(["did", "updated_at", "attr"]);
    expect(cloud.nowS() - body.updated_at).toBeLessThanOrEqual(7);
    expect(body.attr).toEqual({
      ...{ LED_OnOff: 1, LED_Color: "Pink", LED_R: 254, LED_G: 0, LED_B: 0, Motor_Speed: -5, Infrared: 0 },
      ...{ Temperature: 21, Humidity: 0, Alert_1: 1, Alert_2: 0 },
      ...{ Fault_LED: 0, Fault_Motor: 0, Fault_TemHum: 0, Fault_IR: 0 },
    });
  });

  test("show a ratio's decimals and a binary as hex", async () => {
    await using cloud = await startCloud();
    const { device, did } = await addBoundDevice(cloud.lab, cloud.user, "doser");
    device.mcu.set({ ch1_level: 0.3, ch1_schedule: "ff".repeat(96) });
    await cloud.lab.advance(7000);
    const { body } = await cloud.user.call("GET", `/app/devdata/${did}/latest`);
    expect(body).toMatchObject({ attr: { ch1_level: 0.3, ch1_schedule: "ff".repeat(96), calibrate: "None" } });
  });

  test("need no user", async () => {
    await using cloud = await startCloud();
    expect((await cloud.latest()).status).toBe(200);
  });

  test("of a device that never reported are empty, at time 0", async () => {
    await using cloud = await startCloud();
    const { did } = await registerDevice(cloud.lab);
    const { status, body } = await cloud.user.call("GET", `/app/devdata/${did}/latest`);
    expect({ status, body }).toEqual({ status: 200, body: { did, updated_at: 0, attr: {} } });
  });

  test("are kept while the device is offline, and are empty when they are older than 24 hours", async () => {
    await using cloud = await startCloud();
    const { did } = await registerDevice(cloud.lab);
    const latest = async () => (await cloud.user.call("GET", `/app/devdata/${did}/latest`)).body;
    const line = JSON.stringify({ did, ts: cloud.lab.clock.now(), attrs: { Temperature: 30 } });
    await inject(cloud.lab, { method: "POST", url: "/_lab/reports", payload: line });
    const updatedAt = cloud.nowS();
    await cloud.lab.advance(DAY_MS);
    expect(await latest()).toEqual({ did, updated_at: updatedAt, attr: { Temperature: 30 } });
    await cloud.lab.advance(1);
    expect(await latest()).toEqual({ did, updated_at: 0, attr: {} });
  });

  test("of an unknown device are answered with 404", async () => {
    await using cloud = await startCloud();
    const answer = await cloud.user.call("GET", "/app/devdata/unknown/latest");
    expect(answer).toMatchObject({ status: 404, body: refusal(9014, "device not found!", expect.any(String)) });
  });
});

describe("the definition of a product", () => {
  test("is the vendor's document, unchanged", async () => {
    await using cloud = await startCloud();
    const url = `/app/datapoint?product_key=${productKeyOf(cloud.lab, "pet-house")}`;
    const answer = await inject(cloud.lab, {
      method: "GET",
      url,
      headers: { "x-gizwits-application-id": cloud.user.appId },
    });
    const file = new URL("../../../profiles/pet-house/profile.json", import.meta.url);
    expect(answer).toMatchObject({ status: 200, body: JSON.parse(readFileSync(file, "utf8")) });
  });

  test("of an unknown product answers 9002, without product_key 9015", async () => {
    await using cloud = await startCloud();
    const unknown = await cloud.user.call("GET", `/app/datapoint?product_key=${"0".repeat(32)}`);
    expect(unknown).toMatchObject({ status: 400, body: refusal(9002, "product_key invalid!") });
    const missing = await cloud.user.call("GET", "/app/datapoint");
    expect(missing).toMatchObject({ status: 400, body: refusal(9015, "form invalid!", expect.any(String)) });
  });
});

describe("raw_data", () => {
  /** A cloud whose device has reported twice, a second apart, over a connection of the test's own. */
  async function startTraffic() {
    const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: "raw" });
    const user = await enterUser(lab);
    const device = await registerDevice(lab);
    const { did } = device;
    await bindDevice(lab, user, did);
    const party = await logInDevice(lab, device);
    const firstS = Math.floor(lab.clock.now() / 1000);
    await lab.advance(250);
    await party.publish(`dev2app/${did}`, REPORT_10_DEGREES);
    await lab.advance(1000);
    await party.publish(`dev2app/${did}`, REPORT_11_DEGREES);
    const ask = (query: Record<string, string | number>) =>
      user.call<{ meta: object; objects: LogLine[] }>(
        "GET",
        `/app/devices/${did}/raw_data?${new URLSearchParams({ type: "cmd", ...query } as Record<string, string>)}`,
      );
    return { lab, user, did, party, firstS, ask, [Symbol.asyncDispose]: () => lab.close() };
  }

  test("answers with the query and the whole frames, newest first", async () => {
    await using traffic = await startTraffic();
    const { firstS } = traffic;
    const { status, body } = await traffic.ask({ start_time: firstS, end_time: firstS + 1 });
    expect(status).toBe(200);
    expect(body).toEqual({
      meta: {
        ...{ sort: "desc", limit: 20, end_time: firstS + 1, did: traffic.did, skip: 0 },
        ...{ start_time: firstS, total: 2, type: "cmd" },
      },
      objects: [
        { ip: "127.0.0.1", payload_bin: REPORT_11_DEGREES, type: "dev2app", timestamp: firstS + 1.25 },
        { ip: "127.0.0.1", payload_bin: REPORT_10_DEGREES, type: "dev2app", timestamp: firstS + 0.25 },
      ],
    });
  });

  test.each([
    ["asc", [REPORT_10_DEGREES, REPORT_11_DEGREES]],
    ["ase", [REPORT_10_DEGREES, REPORT_11_DEGREES]],
    ["desc", [REPORT_11_DEGREES, REPORT_10_DEGREES]],
    ["dese", [REPORT_11_DEGREES, REPORT_10_DEGREES]],
  ])("sorts by %s", async (sort, payloads) => {
    await using traffic = await startTraffic();
    const { body } = await traffic.ask({ start_time: traffic.firstS, end_time: traffic.firstS + 1, sort });
    expect(body.meta).toMatchObject({ sort });
    expect(body.objects.map(({ payload_bin: payload }) => payload)).toEqual(payloads);
  });

  test("skip and limit cut a page; the total stays", async () => {
    await using traffic = await startTraffic();
    const window = { start_time: traffic.firstS, end_time: traffic.firstS + 1 };
    const page = (await traffic.ask({ ...window, skip: 1, limit: 1 })).body;
    expect(page).toMatchObject({
      meta: { total: 2, skip: 1, limit: 1 },
      objects: [{ payload_bin: REPORT_10_DEGREES }],
    });
    expect((await traffic.ask({ ...window, skip: 2 })).body).toMatchObject({ meta: { total: 2 }, objects: [] });
  });

  test("the start is exclusive and the end inclusive", async () => {
    await using traffic = await startTraffic();
    const { lab, party, did, ask } = traffic;
    await lab.advance(750);
    const exactS = lab.clock.now() / 1000;
    await party.publish(`dev2app/${did}`, REPORT_10_DEGREES);
    await lab.advance(10_000);
    const total = async (start_time: number, end_time: number) =>
      (await ask({ start_time, end_time })).body.objects.length;
    expect(await total(exactS, exactS + 5)).toBe(0);
    expect(await total(exactS - 1, exactS)).toBe(2);
  });

  test("type=online shows comings and goings, and cmd does not", async () => {
    await using traffic = await startTraffic();
    await traffic.party.leave();
    const lines = await readLog(traffic.lab, traffic.user, traffic.did, "online");
    expect(lines.map(({ type }) => type)).toEqual(["dev_online", "dev_offline"]);
    expect(lines[0]).toEqual({
      ip: "127.0.0.1",
      payload: { keep_alive: 0 },
      type: "dev_online",
      timestamp: expect.any(Number),
    });
  });

  test("a window of 48 hours is allowed, a second more is not", async () => {
    await using traffic = await startTraffic();
    await traffic.lab.advance(3 * DAY_MS);
    const end = Math.floor(traffic.lab.clock.now() / 1000);
    expect((await traffic.ask({ start_time: end - 2 * DAY_S, end_time: end })).status).toBe(200);
    expect((await traffic.ask({ start_time: end - 2 * DAY_S - 1, end_time: end })).body).toMatchObject({
      error_code: 9015,
    });
  });

  test("after seven days a line is not shown any more", async () => {
    await using traffic = await startTraffic();
    const { firstS, lab, ask } = traffic;
    const window = { start_time: firstS - 1, end_time: firstS + 1 };
    await lab.advance(7 * DAY_MS - 2000);
    expect((await ask(window)).body.objects).toHaveLength(2);
    await lab.advance(2000);
    expect((await ask(window)).body.objects).toHaveLength(0);
  });

  test.each([
    ["an unknown type", { type: "all" }],
    ["an unknown sort", { sort: "up" }],
    ["an end before the start", { start_time: 10, end_time: 9 }],
    ["an empty window", { start_time: 10, end_time: 10 }],
    ["an end in the future", { end_time: 4_000_000_000 }],
    ["a page of more than 1000", { limit: 1001 }],
    ["a page beyond 5000", { skip: 4001, limit: 1000 }],
    ["milliseconds instead of seconds", { start_time: 1_767_225_600_000_000 }],
  ])("%s answers 9015", async (_what, change) => {
    await using traffic = await startTraffic();
    const answer = await traffic.ask({ start_time: traffic.firstS, end_time: traffic.firstS + 1, ...change });
    expect(answer).toMatchObject({ status: 400, body: refusal(9015, "form invalid!", expect.any(String)) });
  });

  test("a page of 1000 that ends at 5000 is allowed", async () => {
    await using traffic = await startTraffic();
    const window = { start_time: traffic.firstS, end_time: traffic.firstS + 1 };
    expect((await traffic.ask({ ...window, skip: 4000, limit: 1000 })).status).toBe(200);
  });
});
