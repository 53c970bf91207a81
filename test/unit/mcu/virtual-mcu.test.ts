import { describe, expect, it } from "vitest";
import { encodeFrame } from "../../../src/codec/frame.js";
import { loadProfile } from "../../../src/lab/profiles.js";
import { VirtualMcu } from "../../../src/mcu/virtual-mcu.js";
import { parseProfile } from "../../../src/profile/load.js";
import { acknowledgeAll, createMcuBench } from "../../support/mcu-bench.js";
import { printProfile } from "../../support/profile-document.js";
import { loadUartVectors } from "../../support/vectors.js";
import { spellHex, WireBench } from "../../support/wire-bench.js";

const PET_HOUSE = loadProfile("pet-house").profile;
const AI_TOY = loadProfile("ai-toy").profile;
const BENCH = parseProfile(printProfile(), "bench");
/** Status 073A, station, binding, router and cloud, and its like without cloud (uart.md 6.1). */
const ONLINE = "FF FF 00 07 0D 04 00 00 07 3A 59";
const OFFLINE = "FF FF 00 07 0D 03 00 00 07 1A 38";

/** The wire bytes of a vector of uart.json. */
function vector(id: string): string {
  const found = loadUartVectors().find((candidate) => candidate.id === id);
  if (found === undefined) throw new Error(`uart.json has no ${id}`);
  return spellHex(found.wire);
}

describe("an MCU with the vendor's firmware", () => {
  it("says nothing by itself while the cloud is out of reach", async () => {
    const { wire, clock } = createMcuBench(PET_HOUSE);
    await clock.advance(3_600_000);
    expect(wire.take()).toEqual([]);
  });

  it("tells who it is in the bytes of the vendor's SDK (uart.md 6.3)", async () => {
    const productSecret = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
    const { wire } = createMcuBench(BENCH, { deviceInfo: { productSecret } });
    expect(await wire.ask("FF FF 00 05 01 00 00 00 06")).toEqual([vector("6.3-01")]);
  });

  it("leaves out a secret it has not, and says bit 7 for the variable-length protocol (uart.md 2.2)", async () => {
    const { wire } = createMcuBench(AI_TOY, { deviceInfo: { bindTimeoutS: 60, softwareVersion: "09080706" } });
    const [info = ""] = await wire.ask("FF FF 00 05 01 00 00 00 06");
    expect(info.startsWith("FF FF 00 4F 02 00 00 00 30 30 30 30 30 30 30 34")).toBe(true);
    expect(info).toContain("30 39 30 38 30 37 30 36");
    expect(info.slice(0, -3).endsWith("00 3C 00 00 00 00 00 00 00 82")).toBe(true);
  });

  it("says its attributes, and behind the secret what the module is to change of itself (uart.md 2.2)", async () => {
    const productSecret = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
    const deviceInfo = { productSecret, attributes: { isGateway: true, resetScope: 2 }, data: "port=1883&tz=0" };
    const { wire } = createMcuBench(PET_HOUSE, { deviceInfo });
    const [info = ""] = await wire.ask("FF FF 00 05 01 00 00 00 06");
    // 006F with the secret, 2 for the length of the data, and the data.
    expect(info.startsWith("FF FF 00 7F 02 00")).toBe(true);
    const data = Buffer.from(deviceInfo.data)
      .toString("hex")
      .toUpperCase()
      .replace(/..(?=.)/g, "$& ");
    expect(info).toContain(`00 00 00 00 00 00 00 00 05 00 30 66`);
    expect(info.slice(0, -3).endsWith(`30 00 0E ${data}`)).toBe(true);
  });

  it("sends request after request where it queues them, and then reports only when told", async () => {
    const { wire, mcu, clock } = createMcuBench(PET_HOUSE, { whenBusy: "queue" });
    acknowledgeAll(wire);
    mcu.reportByItself(false);
    await wire.ask(ONLINE);
    mcu.set({ LED_R: 7 });
    await clock.advance(1_300_000);
    expect(wire.takeSayings().filter(({ bytes }) => bytes[4] === 0x05)).toEqual([]);
    const answers = Promise.all([mcu.ask(0x15), mcu.report(), mcu.ask(0x13)]);
    expect((await clock.resolve(answers)).map((answer) => answer?.cmd)).toEqual([0x16, 0x06, 0x14]);
    mcu.stop();
    expect(await mcu.report()).toBeUndefined();
  });

  it.each([
    ["a heartbeat", "FF FF 00 05 07 10 00 00 1C", "FF FF 00 05 08 10 00 00 1D"],
    ["a heartbeat with sn 255", "FF FF 00 05 07 FF 55 00 00 0B", "FF FF 00 05 08 FF 55 00 00 0C"],
    ["a Wi-Fi status", "FF FF 00 07 0D 01 00 00 00 04 19", "FF FF 00 05 0E 01 00 00 14"],
    ["a reboot order", "FF FF 00 05 0F 20 00 00 34", "FF FF 00 05 10 20 00 00 35"],
    ["a bad checksum", "FF FF 00 05 07 05 00 00 12", "FF FF 00 06 12 05 00 00 01 1E"],
    ["an unknown command", "FF FF 00 05 2B 09 00 00 39", "FF FF 00 06 12 09 00 00 02 23"],
    ["a P0 of the wrong length", "FF FF 00 07 03 09 00 00 01 01 15", "FF FF 00 06 12 09 00 00 03 24"],
  ])("answers %s", async (_what, asked, answered) => {
    const { wire } = createMcuBench(PET_HOUSE);
    expect(await wire.ask(asked)).toEqual([answered]);
  });

  it("names the sn of a broken frame in whose head bytes are stuffed", async () => {
    const { wire } = createMcuBench(PET_HOUSE);
    const frame = encodeFrame({ cmd: 0x03, sn: 0x42, flags: 0, payload: new Uint8Array(0xfa) });
    frame[frame.length - 1] = (frame[frame.length - 1] ?? 0) ^ 1;
    expect(spellHex(frame).startsWith("FF FF 00 FF 55 03 42")).toBe(true);
    expect(await wire.ask(spellHex(frame))).toEqual(["FF FF 00 06 12 42 00 00 01 5B"]);
  });

  it.each([
    ["a notice of an illegal message", "FF FF 00 06 11 09 00 00 01 21"],
    ["the network time", "FF FF 00 10 18 05 00 00 07 E8 03 0F 0C 1E 2D 65 F3 B1 4D DB"],
    ["an answer nobody waits for", "FF FF 00 05 06 11 00 00 1C"],
    ["noise", "00 01 02 55 FF 00"],
  ])("does not answer %s (uart.md 2.9)", async (_what, said) => {
    const { wire } = createMcuBench(PET_HOUSE);
    expect(await wire.ask(said)).toEqual([]);
  });

  it("hears frames cut anywhere", async () => {
    const { wire, clock } = createMcuBench(PET_HOUSE);
    for (const byte of [0xff, 0xff, 0, 5, 7, 0x10, 0, 0, 0x1c]) {
      wire.write(Uint8Array.of(byte));
      await clock.settle();
    }
    expect(wire.take()).toEqual(["FF FF 00 05 08 10 00 00 1D"]);
  });

  it("acknowledges a control, then reports what has become of it, at once", async () => {
    const controls: unknown[] = [];
    const { wire, mcu } = createMcuBench(PET_HOUSE, { onControl: (attrs) => controls.push(attrs) });
    expect(await wire.ask("FF FF 00 0C 03 0D 00 00 01 04 00 38 00 00 00 59")).toEqual([
      "FF FF 00 05 04 0D 00 00 16",
      "FF FF 00 10 05 00 00 00 04 00 38 00 00 00 00 00 00 00 00 51",
    ]);
    expect(controls).toEqual([{ LED_R: 56 }]);
    expect(mcu.attrs).toMatchObject({ LED_R: 56, LED_G: 0, LED_OnOff: false });
  });

  it("acknowledges a control beyond a limit and does not take it (uart.md 3.1, 4.5)", async () => {
    const { wire, mcu } = createMcuBench(PET_HOUSE);
    // Motor_Speed, 0..10 on the wire, as 11.
    const [ack] = await wire.ask("FF FF 00 0C 03 2A 00 00 01 20 00 00 00 00 0B 65");
    expect(ack).toBe("FF FF 00 05 04 2A 00 00 33");
    expect(mcu.attrs.Motor_Speed).toBe(-5);
  });

  it("answers a read with what it last reported, not with what it holds (uart.md 3.1)", async () => {
    const { wire, mcu } = createMcuBench(PET_HOUSE);
    acknowledgeAll(wire);
    mcu.set({ Temperature: 10 });
    await wire.clock.advance(100);
    mcu.set({ Temperature: 20 });
    expect(await wire.ask("FF FF 00 06 03 03 00 00 02 0E")).toEqual([
      "FF FF 00 10 04 03 00 00 03 00 00 00 00 00 00 17 00 00 00 31",
    ]);
    await wire.clock.advance(6000);
    expect((await wire.ask("FF FF 00 06 03 03 00 00 02 0E"))[0]).toContain("00 21 00 00 00");
  });

  it("hands passthrough bytes to the device's program, and sends its own", async () => {
    const heard: string[] = [];
    const { wire, mcu } = createMcuBench(PET_HOUSE, { onPassthrough: (data) => heard.push(spellHex(data)) });
    const down = "FF FF 00 0D 03 16 00 00 05 11 22 33 44 55 66 77 07";
    expect(await wire.ask(down)).toEqual(["FF FF 00 05 04 16 00 00 1F"]);
    expect(heard).toEqual(["11 22 33 44 55 66 77"]);
    const sent = mcu.ask(0x05, Uint8Array.of(6, 0x11, 0x22, 0xff, 0x33));
    await wire.clock.settle();
    expect(wire.take()).toEqual(["FF FF 00 0A 05 00 00 00 06 11 22 FF 55 33 7A"]);
    wire.write(encodeFrame({ cmd: 6, sn: 0, flags: 0, payload: new Uint8Array(0) }));
    expect(await wire.clock.resolve(sent)).toMatchObject({ cmd: 6, sn: 0 });
  });

  it("sends a request three times, 200 ms apart, and takes any sn for the answer (uart.md 3)", async () => {
    const { wire, mcu, clock } = createMcuBench(PET_HOUSE);
    const from = clock.now();
    const reset = mcu.ask(0x0b);
    expect(await clock.resolve(reset)).toBeUndefined();
    await clock.advance(5000);
    const frame = "FF FF 00 05 0B 00 00 00 10";
    expect(wire.takeTimed(from)).toEqual([
      [0, frame],
      [200, frame],
      [400, frame],
    ]);
    const again = mcu.ask(0x0b);
    await wire.ask("FF FF 00 05 0C 63 00 00 74");
    expect(await clock.resolve(again)).toMatchObject({ cmd: 0x0c, sn: 0x63 });
  });

  it("counts its own messages from 0, and 255 is followed by 0", async () => {
    const { wire, mcu } = createMcuBench(PET_HOUSE);
    acknowledgeAll(wire);
    for (let sent = 0; sent < 258; sent += 1) await wire.clock.resolve(mcu.ask(0x15));
    const numbers = wire.takeSayings().map(({ bytes }) => bytes[5]);
    expect(numbers).toEqual([...Array(256).keys(), 0, 1]);
  });

  it("reports as soon as the cloud is reached, and again when it is reached again", async () => {
    const { wire, mcu } = createMcuBench(PET_HOUSE);
    acknowledgeAll(wire);
    const report = (sn: number, sum: string): string =>
      `FF FF 00 10 05 0${sn} 00 00 04 00 00 00 00 00 00 00 00 00 00 ${sum}`;
    expect(await wire.ask(ONLINE)).toEqual(["FF FF 00 05 0E 04 00 00 17", report(0, "19")]);
    expect(mcu.wifiStatus).toMatchObject({ cloud: true, router: true, rssi: 7, app: false });
    expect(await wire.ask(ONLINE)).toEqual(["FF FF 00 05 0E 04 00 00 17"]);
    expect(await wire.ask(OFFLINE)).toEqual(["FF FF 00 05 0E 03 00 00 16"]);
    expect(await wire.ask(ONLINE)).toEqual(["FF FF 00 05 0E 04 00 00 17", report(1, "1A")]);
  });

  it("reports its own changes at most every 6 s, the newest values then, and everything every 10 min", async () => {
    const { wire, mcu, clock } = createMcuBench(PET_HOUSE);
    acknowledgeAll(wire);
    await wire.ask(ONLINE);
    const from = clock.now();
    for (let second = 0; second < 30; second += 1) {
      mcu.set({ Humidity: second });
      await clock.advance(1000);
    }
    const humidities = wire.takeSayings().map(({ at, bytes }) => [at - from, bytes[16]]);
    expect(humidities).toEqual([
      [6000, 5],
      [12_000, 11],
      [18_000, 17],
      [24_000, 23],
      [30_000, 29],
    ]);
    await clock.advance(1_300_000);
    expect(wire.takeSayings().map(({ at, bytes }) => [at - from, bytes[16]])).toEqual([
      [630_000, 29],
      [1_230_000, 29],
    ]);
  });

  it("begins with its model's values and the least of all others, and keeps what was set before it was on", () => {
    const wire = new WireBench();
    const model = { initial: { Temperature: 21, LED_OnOff: true }, step: () => ({}) };
    const mcu = new VirtualMcu({ profile: PET_HOUSE, clock: wire.clock, link: wire.link, model });
    mcu.set({ Humidity: 42 });
    mcu.start();
    const rest = { LED_Color: "Customize", Motor_Speed: -5, Infrared: false };
    expect(mcu.attrs).toMatchObject({ Temperature: 21, LED_OnOff: true, Humidity: 42, ...rest });
  });

  it("moves its world every step, and reports each step only when told to", async () => {
    const elapsed: number[] = [];
    const model = {
      initial: {},
      step: ({ elapsedMs }: { elapsedMs: number }) => {
        elapsed.push(elapsedMs);
        return { Humidity: elapsed.length > 2 ? 1 : 0 };
      },
    };
    for (const [reportEveryStep, reports] of [
      [true, 5],
      [false, 1],
    ] as const) {
      elapsed.length = 0;
      const { wire, clock } = createMcuBench(PET_HOUSE, { model, stepMs: 2000, reportEveryStep });
      acknowledgeAll(wire);
      await clock.advance(10_000);
      expect([elapsed, wire.take().length]).toEqual([[2000, 2000, 2000, 2000, 2000], reports]);
    }
  });

  it("restarts 600 ms after a reboot order, with its counters at 0 and its values kept", async () => {
    const { wire, mcu, clock } = createMcuBench(PET_HOUSE);
    acknowledgeAll(wire);
    mcu.set({ Humidity: 42 });
    await clock.advance(1);
    await wire.ask(ONLINE);
    await wire.ask("FF FF 00 05 0F 20 00 00 34");
    await clock.advance(599);
    expect(mcu.wifiStatus.cloud).toBe(true);
    await clock.advance(1);
    expect(mcu.wifiStatus.cloud).toBe(false);
    expect(mcu.attrs.Humidity).toBe(42);
    expect((await wire.ask(ONLINE))[1]).toBe("FF FF 00 10 05 00 00 00 04 00 00 00 00 00 00 00 2A 00 00 43");
  });

  it("stays off when its power is cut, whatever was pending", async () => {
    const { wire, mcu, clock } = createMcuBench(PET_HOUSE);
    await wire.ask(ONLINE);
    await wire.ask("FF FF 00 05 0F 20 00 00 34");
    await wire.ask("FF FF 00 05 0F 20 00 00 34");
    const request = mcu.ask(0x17);
    mcu.stop();
    expect(await request).toBeUndefined();
    expect(clock.pending()).toEqual([]);
    await clock.advance(1000);
    expect(await wire.ask("FF FF 00 05 07 10 00 00 1C")).toEqual([]);
    mcu.set({ Humidity: 1 });
    await clock.advance(700_000);
    expect(wire.take()).toEqual([]);
  });
});

describe("an MCU with variable-length datapoints (uart.md 4.4)", () => {
  it("reports all of them with action 14, and takes a control of some with action 11", async () => {
    const { wire, mcu } = createMcuBench(AI_TOY);
    acknowledgeAll(wire);
    const [, report = ""] = await wire.ask(ONLINE);
    expect(report.slice(0, 35)).toBe("FF FF 01 24 05 00 00 00 14 0F FF 55".slice(0, 35));
    const volume = AI_TOY.datapoints.find(({ name }) => name === "volume")?.index ?? 0;
    const flags = Uint8Array.of((1 << volume) >> 8, (1 << volume) & 0xff);
    const control = encodeFrame({ cmd: 3, sn: 9, flags: 0, payload: Uint8Array.of(0x11, ...flags, 77) });
    const [ack, after = ""] = await wire.ask(spellHex(control));
    expect(ack).toBe("FF FF 00 05 04 09 00 00 12");
    expect(after.startsWith("FF FF 01 24 05 01 00 00 14 0F FF 55")).toBe(true);
    expect(mcu.attrs.volume).toBe(77);
  });

  it("answers a read with the datapoints that were asked for, action 13", async () => {
    const { wire, mcu } = createMcuBench(AI_TOY);
    mcu.set({ volume: 50, battery: 80 });
    const flags = (names: string[]): number =>
      AI_TOY.datapoints.reduce((sum, { name, index }) => sum + (names.includes(name) ? 1 << index : 0), 0);
    const wanted = flags(["volume", "battery"]);
    const read = encodeFrame({ cmd: 3, sn: 9, flags: 0, payload: Uint8Array.of(0x12, wanted >> 8, wanted & 0xff) });
    const reply = (await wire.ask(spellHex(read))).at(-1);
    expect(reply).toBe("FF FF 00 0A 04 09 00 00 13 01 40 32 50 ED");
    const [everything = ""] = await wire.ask("FF FF 00 08 03 31 00 00 12 0F FF 55 5C");
    expect(everything.startsWith("FF FF 01 24 04 31 00 00 13 0F FF 55")).toBe(true);
  });
});
