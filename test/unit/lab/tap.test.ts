import { describe, expect, it, onTestFinished } from "vitest";
import { encodeFrame } from "../../../src/codec/frame.js";
import { VirtualClock } from "../../../src/core/clock.js";
import { formatHex, parseHex } from "../../../src/core/hex.js";
import { createSeededRandom } from "../../../src/core/random.js";
import { Trace } from "../../../src/core/trace.js";
import { GAgent } from "../../../src/gagent/gagent.js";
import { parseWireFault } from "../../../src/lab/faults/fault-text.js";
import { Faults } from "../../../src/lab/faults/faults.js";
import { loadProfile, type NamedProfile } from "../../../src/lab/profiles.js";
import { startLab } from "../../../src/lab/start-lab.js";
import { Tap } from "../../../src/lab/tap.js";
import { formatHop, formatMarks } from "../../../src/lab/trace-text.js";
import { createIdentity } from "../../../src/lab/virtual-device.js";
import type { Link } from "../../../src/link/link.js";
import { createLinkPair } from "../../../src/link/pair.js";
import { VirtualMcu } from "../../../src/mcu/virtual-mcu.js";

const NOTHING = new Uint8Array(0);
const HEARTBEAT = encodeFrame({ cmd: 0x07, sn: 3, flags: 0, payload: NOTHING });
const ACK = encodeFrame({ cmd: 0x08, sn: 3, flags: 0, payload: NOTHING });

/** A tap whose two far ends are the test's hands, and what has come out at each. */
function createTap(...faultTexts: string[]) {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const trace = new Trace(clock);
  const faults = new Faults(trace, 1);
  for (const text of faultTexts) faults.add(parseWireFault(text));
  const [mcuHand, mcu] = createLinkPair();
  const [moduleHand, module] = createLinkPair();
  const tap = new Tap({ mcu, module, clock, trace, faults, products: [loadProfile("pet-house")] });
  onTestFinished(() => tap.close());
  const came = { up: [] as string[], down: [] as string[] };
  moduleHand.onData((bytes) => came.up.push(formatHex(bytes)));
  mcuHand.onData((bytes) => came.down.push(formatHex(bytes)));
  const hops = () => [...trace].filter(({ hop }) => !hop.startsWith("lab.")).map(({ hop }) => hop);
  return { tap, clock, trace, faults, mcuHand, moduleHand, came, hops };
}

describe("a tap", () => {
  it("hands every byte on as it comes, whatever it is, and before its frame is whole", async () => {
    const { clock, mcuHand, moduleHand, came } = createTap();
    for (const byte of ACK.subarray(0, 4)) mcuHand.write(Uint8Array.of(byte));
    moduleHand.write(parseHex("00 11 FF"));
    await clock.settle();
    expect(came).toEqual({ up: ["ff", "ff", "00", "05"], down: ["0011ff"] });
  });

  it("tells of a frame that waits for its 55 when nobody will listen any more", async () => {
    const { tap, clock, moduleHand, trace } = createTap();
    moduleHand.write(parseHex("FF FF 00 05 06 F4 00 00 FF"));
    await clock.settle();
    expect([...trace]).toEqual([]);
    tap.settle();
    expect([...trace].map(({ hop }) => hop)).toEqual(["uart.down", "uart.tolerated"]);
  });

  it("names an MCU whose own sn never counts, and not a module that starts again and again", async () => {
    const { clock, mcuHand, moduleHand, trace } = createTap();
    const send = async (hand: Link, cmd: number, sn: number, ...payload: number[]) => {
      hand.write(encodeFrame({ cmd, sn, flags: 0, payload: Uint8Array.from(payload) }));
      await clock.advance(1000);
    };
    for (const value of [1, 2, 3, 4]) await send(mcuHand, 0x05, 9, 4, 0x38, 0, 0, 0, value, 0, 0, 0, 0, 0);
    for (const status of [1, 2, 3, 4]) {
      await send(moduleHand, 0x01, 0);
      await send(moduleHand, 0x0d, 1, 0, status);
    }
    const told = [...trace].filter(({ hop }) => hop === "uart.tolerated").map(({ detail }) => detail);
    expect(told).toMatchObject([
      { way: "up", name: "report", sn: 9, mistake: "constant-sn", clause: "uart.md 1" },
      {
        way: "up",
        hint: expect.stringMatching(/^sn does not count: 4 messages report in a row have sn 9; count it up/),
      },
    ]);
  });

  it("has handed on before anybody looks", () => {
    const clock = new VirtualClock(0);
    const trace = new Trace(clock);
    const order: string[] = [];
    const receivers: ((bytes: Uint8Array) => void)[] = [];
    const end = { onClose: () => {}, close: () => {} };
    const mcu: Link = { ...end, write: () => {}, onData: (receiver) => void receivers.push(receiver) };
    const module: Link = { ...end, write: (bytes) => order.push(`passed ${bytes.length}`), onData: () => {} };
    new Tap({ mcu, module, clock, trace, products: [] });
    trace.listen(({ hop }) => order.push(hop));
    receivers[0]?.(ACK);
    expect(order).toEqual([`passed ${ACK.length}`, "uart.up"]);
  });

  it("tells both directions apart, and an answer by the id of its request", async () => {
    const { clock, trace, mcuHand, moduleHand, tap } = createTap();
    moduleHand.write(HEARTBEAT);
    await clock.settle();
    mcuHand.write(ACK);
    await clock.settle();
    const [asked, answered] = [...trace];
    expect([asked?.hop, asked?.detail?.name]).toEqual(["uart.down", "heartbeat"]);
    expect([answered?.hop, answered?.detail?.name]).toEqual(["uart.up", "heartbeat-ack"]);
    expect(answered?.id).toBe(asked?.id);
    expect([tap.count("up").frames, tap.count("down").frames]).toEqual([1, 1]);
  });

  it("says of a bad frame where it is wrong, what belongs there, what is there, and the likely mistake", async () => {
    const { clock, trace, mcuHand, came } = createTap();
    const wire = Uint8Array.from(ACK);
    wire[8] = ((wire[8] ?? 0) + 0x1fe) & 0xff;
    mcuHand.write(wire);
    await clock.settle();
    expect(came.up).toEqual([formatHex(wire)]);
    const [bad] = [...trace];
    expect(bad?.hop).toBe("uart.bad");
    expect(bad?.detail).toMatchObject({ way: "up", reason: "checksum", clause: "uart.md 1", offset: 0, at: 8 });
    expect(bad?.detail).toMatchObject({ expected: "0x10", found: "0x0E", hint: expect.stringContaining("header") });
    expect(formatHop(bad as never)).toMatch(
      /up checksum at byte 8: expected 0x10, found 0x0E; checksum counts the header: .* \(uart\.md 1\) {2}FF FF 00 05 08/,
    );
  });

  it("tells of an FF without its 55 in a frame that is good otherwise", async () => {
    const { clock, trace, moduleHand } = createTap();
    moduleHand.write(parseHex("FF FF 00 05 06 FF 00 00 0A"));
    await clock.settle();
    const hops = [...trace];
    expect(hops.map(({ hop }) => hop)).toEqual(["uart.down", "uart.tolerated"]);
    expect(hops[0]?.detail?.hex).toBe("ffff000506ff00000a");
    expect(hops[1]?.detail?.hint).toMatch(/FF not stuffed/);
  });

  it("forgets half a frame when its port goes, and reads the next one", async () => {
    const { clock, mcuHand, tap, hops } = createTap();
    mcuHand.write(ACK.subarray(0, 6));
    await clock.settle();
    tap.forget("up");
    mcuHand.write(ACK);
    await clock.settle();
    expect(hops()).toEqual(["uart.up"]);
  });
});

describe("the product of a tap", () => {
  const REPORT = encodeFrame({ cmd: 0x05, sn: 1, flags: 0, payload: parseHex("04010000000501fa000000") });
  const info = (key: string): Uint8Array => {
    const payload = Buffer.from(`00000004000000020000000100000001${key}\0\0`);
    return encodeFrame({ cmd: 0x02, sn: 0, flags: 0, payload });
  };
  const petHouse = loadProfile("pet-house");
  const light = loadProfile("smart-light");

  function createNamed(assumed: NamedProfile | undefined) {
    const clock = new VirtualClock(0);
    const trace = new Trace(clock);
    const [hand, mcu] = createLinkPair();
    const [, module] = createLinkPair();
    const news: (readonly [string, string | undefined])[] = [];
    const unknown: string[] = [];
    const tap = new Tap({
      ...{ mcu, module, clock, trace, products: [petHouse, light] },
      ...(assumed === undefined ? {} : { assumed }),
      onProduct: (product, before) => news.push([product.name, before?.name]),
      onUnknownProduct: (key) => unknown.push(key),
    });
    onTestFinished(() => tap.close());
    const last = async (...frames: readonly Uint8Array[]) => {
      for (const frame of frames) hand.write(frame);
      await clock.settle();
      return [...trace].at(-1)?.detail ?? {};
    };
    return { tap, last, news, unknown };
  }

  it("names values from the first frame on when it is assumed, and marks one outside its limits", async () => {
    const { last, news } = createNamed(petHouse);
    const detail = await last(REPORT);
    expect(detail.attrs).toMatchObject({ Temperature: 237, Infrared: true });
    expect(detail.out_of_range).toEqual({ Temperature: { value: 237, min: -13, max: 187 } });
    expect(formatMarks({ detail })).toEqual([expect.stringMatching(/^ +! Temperature is 237, outside -13 to 187$/)]);
    await last(info(petHouse.profile.productKey));
    expect(news).toEqual([]);
  });

  it("is not assumed, and then nothing is named before the device info", async () => {
    const { last, news } = createNamed(undefined);
    expect(await last(REPORT)).not.toHaveProperty("attrs");
    expect(await last(info(petHouse.profile.productKey), REPORT)).toHaveProperty("attrs");
    expect(news).toEqual([["pet-house", undefined]]);
  });

  it("is another one when the device info says so, which is told once", async () => {
    const { tap, last, news, unknown } = createNamed(petHouse);
    await last(info(light.profile.productKey), info(light.profile.productKey));
    expect([tap.product?.name, news]).toEqual(["smart-light", [["smart-light", "pet-house"]]]);
    await last(info("f".repeat(32)));
    expect([tap.product, unknown]).toEqual([undefined, ["f".repeat(32)]]);
  });
});

describe("a fault on a tap", () => {
  it("strikes the frames of its direction, which then pass whole; the other direction passes byte by byte", async () => {
    const { clock, mcuHand, moduleHand, came, hops } = createTap("uart.drop:direction=up,count=1");
    mcuHand.write(ACK.subarray(0, 5));
    moduleHand.write(HEARTBEAT.subarray(0, 5));
    await clock.settle();
    expect(came).toEqual({ up: [], down: [formatHex(HEARTBEAT.subarray(0, 5))] });
    mcuHand.write(ACK.subarray(5));
    await clock.settle();
    expect(came.up).toEqual([]);
    expect(hops()).toEqual(["uart.up", "fault"]);
    // It has struck as often as it may.
    mcuHand.write(ACK.subarray(0, 5));
    await clock.settle();
    expect(came.up).toEqual([formatHex(ACK.subarray(0, 5))]);
  });

  it("hands on what is no frame, and a last FF with its 55 once", async () => {
    const { clock, mcuHand, came } = createTap("uart.flip-bit:direction=up,probability=0");
    const wire = encodeFrame({ cmd: 0x08, sn: 0xf2, flags: 0, payload: NOTHING });
    expect(formatHex(wire)).toMatch(/ff55$/);
    mcuHand.write(parseHex("01 02"));
    mcuHand.write(wire.subarray(0, -1));
    await clock.settle();
    mcuHand.write(wire.subarray(-1));
    mcuHand.write(wire);
    await clock.settle();
    expect(came.up.join("")).toBe(`0102${formatHex(wire).repeat(2)}`);
  });

  it("hands an FF without its 55 on without one, once the line is quiet", async () => {
    const { clock, mcuHand, came, hops } = createTap("uart.flip-bit:direction=up,probability=0");
    mcuHand.write(parseHex("FF FF 00 05 08 F2 00 00 FF"));
    await clock.advance(100);
    expect(came.up.join("")).toBe("ffff000508f20000ff");
    expect(hops()).toEqual(["uart.up", "uart.tolerated"]);
  });

  it("hands on once what waits behind a frame of the other direction, whatever fault is set meanwhile", async () => {
    const { clock, mcuHand, moduleHand, came, faults } = createTap();
    mcuHand.write(parseHex("FF FF 00 05 08 F2 00 00 FF"));
    await clock.settle();
    moduleHand.write(HEARTBEAT);
    await clock.settle();
    faults.add(parseWireFault("uart.duplicate:direction=down"));
    await clock.advance(100);
    expect(came).toEqual({ up: ["ffff000508f20000ff"], down: [formatHex(HEARTBEAT)] });
  });

  it("delays, and nothing overtakes what is late", async () => {
    const { clock, mcuHand, came } = createTap("stall:direction=up,for=500ms,count=1");
    mcuHand.write(ACK);
    mcuHand.write(HEARTBEAT);
    await clock.advance(499);
    expect(came.up).toEqual([]);
    await clock.advance(1);
    expect(came.up).toEqual([formatHex(ACK), formatHex(HEARTBEAT)]);
  });

  it("is read from JSON or a short form, and refused with what was meant", () => {
    expect(parseWireFault("uart.late-ack:delay=400ms,count=2")).toMatchObject({ kind: "uart.late-ack", count: 2 });
    expect(parseWireFault('{"kind":"uart.drop","probability":0.5}')).toEqual({ kind: "uart.drop", probability: 0.5 });
    const refusals = [
      ["uart.dorp", /did you mean uart\.drop/],
      ["net.storm", /on a wire there are uart\.drop/],
      ["drop:probabilty=1", /did you mean probability/],
      ["drop:probability=2", /from 0 to 1/],
      ["drop:did=x", /one device/],
      ["drop:up", /write uart\.drop:/],
    ] as const;
    for (const [text, hint] of refusals) {
      expect(() => parseWireFault(text), text).toThrow(
        expect.objectContaining({ code: "fault-invalid", hint: expect.stringMatching(hint) }),
      );
    }
    expect(() => parseWireFault("{kind")).toThrow(expect.objectContaining({ code: "fault-invalid" }));
  });
});

describe("an MCU and a module with a tap between them", () => {
  it("get online, and the product is known by what the MCU says", async () => {
    const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: 7 });
    onTestFinished(() => lab.close());
    const { clock } = lab;
    const [mcuEnd, mcu] = createLinkPair();
    const [moduleEnd, module] = createLinkPair();
    const product = loadProfile("pet-house");
    const device = new VirtualMcu({ profile: product.profile, clock, link: mcuEnd });
    const trace = new Trace(clock);
    const tap = new Tap({ mcu, module, clock, trace, products: [product] });
    const random = createSeededRandom("tap");
    const agent = new GAgent({
      clock,
      link: moduleEnd,
      http: lab.callInside(),
      openBroker: () => lab.cloud.broker.connect(),
      identity: createIdentity(random),
      makePasscode: () => random.hex(5),
    });
    onTestFinished(() => {
      agent.stop();
      tap.close();
    });
    device.start();
    agent.start();
    await lab.advance("2s");
    expect([agent.state.kind, tap.product?.name]).toEqual(["online", "pet-house"]);
    device.set({ Temperature: 31 });
    await lab.advance("10s");
    const report = [...trace].findLast(({ detail }) => detail?.name === "report");
    expect(report?.detail?.attrs).toMatchObject({ Temperature: 31 });
  });
});
