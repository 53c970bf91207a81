import { describe, expect, it } from "vitest";
import { encodeFrame } from "../../../src/codec/frame.js";
import { VirtualClock } from "../../../src/core/clock.js";
import { parseHex } from "../../../src/core/hex.js";
import { Trace } from "../../../src/core/trace.js";
import type { ExplainedBad } from "../../../src/lab/bad-frame.js";
import { TellingOrder } from "../../../src/lab/wire/telling-order.js";
import { type Noise, WireWatch } from "../../../src/lab/wire-watch.js";
import { spellHex } from "../../support/wire-bench.js";

const REPORT = encodeFrame({ cmd: 0x05, sn: 0x11, flags: 0, payload: parseHex("040138000000010 00A0000") });

function createWatch() {
  const clock = new VirtualClock(0);
  const heard = { frames: [] as number[], bad: [] as ExplainedBad[], noise: [] as Noise[] };
  const watch = new WireWatch(clock, new TellingOrder(new Trace(clock)), {
    frame: ({ cmd }) => heard.frames.push(cmd),
    bad: (bad) => heard.bad.push(bad),
    noise: (noise) => heard.noise.push(noise),
  });
  return { clock, watch, ...heard };
}

/** A copy with some bytes changed. */
function change(bytes: Uint8Array, at: number, ...values: readonly number[]): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed.set(values, at < 0 ? bytes.length + at : at);
  return changed;
}

describe("what is seen on a board's wire", () => {
  it("is a frame with a wrong checksum: where, what it should be, and why it may be so", async () => {
    const { clock, watch, bad, frames } = createWatch();
    watch.push(REPORT);
    watch.push(change(REPORT, -1, ((REPORT.at(-1) ?? 0) + 0x1fe) & 0xff));
    watch.push(REPORT);
    expect(frames).toEqual([5, 5]);
    expect(bad).toEqual([
      {
        offset: 20,
        at: 19,
        reason: "checksum",
        clause: "uart.md 1",
        expected: 0x6e,
        found: 0x6c,
        hint: expect.stringContaining("counts the header"),
        bytes: expect.any(Uint8Array),
      },
    ]);
    await clock.advance(60_000);
    expect(bad).toHaveLength(1);
  });

  it("is judged with what follows it: a little-endian length, a second after it or at the next frame", async () => {
    const swapped = change(REPORT, 2, REPORT[3] ?? 0, REPORT[2] ?? 0);
    const alone = createWatch();
    alone.watch.push(swapped);
    await alone.clock.advance(1000);
    expect(alone.bad).toMatchObject([{ clause: "uart.md 1", hint: expect.stringContaining("little-endian") }]);
    const followed = createWatch();
    followed.watch.push(swapped);
    followed.watch.push(REPORT);
    expect(followed.bad).toMatchObject([{ hint: expect.stringContaining("little-endian") }]);
    expect(spellHex(followed.bad[0]?.bytes ?? REPORT)).toBe(spellHex(swapped));
    expect([alone.noise, followed.noise]).toEqual([[], []]);
  });

  it("is judged with its rest, which a wrong length leaves behind as noise", async () => {
    const { clock, watch, bad, noise } = createWatch();
    const payload = REPORT.subarray(8, -1);
    const body = Uint8Array.of(0, payload.length, ...REPORT.subarray(4, 8), ...payload);
    const wire = Uint8Array.of(
      0xff,
      0xff,
      ...body,
      body.reduce((sum, byte) => (sum + byte) & 0xff, 0),
    );
    for (const byte of wire) watch.push(Uint8Array.of(byte));
    await clock.advance(5000);
    expect(bad).toMatchObject([{ hint: expect.stringContaining("length counts the payload only") }]);
    expect([spellHex(bad[0]?.bytes ?? REPORT), noise]).toEqual([spellHex(wire), []]);
  });

  it("is a frame that was cut off, once the line has been quiet", async () => {
    const { clock, watch, bad, frames } = createWatch();
    watch.push(REPORT.subarray(0, 12));
    await clock.advance(400);
    expect(bad).toEqual([]);
    await clock.advance(200);
    expect(bad).toMatchObject([{ reason: "truncated", clause: "uart.md 1.2", at: 12, expected: 18, found: 10 }]);
    watch.push(REPORT);
    expect(frames).toEqual([5]);
  });

  it("is a frame all the same when its bytes come one by one", async () => {
    const { clock, watch, frames, bad } = createWatch();
    for (const byte of REPORT) {
      watch.push(Uint8Array.of(byte));
      await clock.advance(100);
    }
    await clock.advance(5000);
    expect([frames, bad]).toEqual([[5], []]);
  });

  it("is noise, told once a second however much it is", async () => {
    const { clock, watch, noise } = createWatch();
    for (let round = 0; round < 30; round += 1) {
      watch.push(new Uint8Array(50).fill(0x7e));
      await clock.advance(100);
    }
    await clock.advance(5000);
    expect(noise.map(({ count }) => count)).toEqual([500, 500, 500]);
    expect(noise[0]).toMatchObject({ overMs: 1000, badFrames: 0, sample: new Uint8Array(32).fill(0x7e) });
  });

  it("is a storm of bad frames, of which only the first five in a second are told one by one", async () => {
    const { clock, watch, bad, noise } = createWatch();
    for (let round = 0; round < 50; round += 1) watch.push(change(REPORT, -1, 0));
    await clock.advance(2000);
    expect(bad).toHaveLength(5);
    expect(noise).toMatchObject([{ badFrames: 45, count: 45 * REPORT.length }]);
    watch.push(change(REPORT, -1, 0));
    await clock.advance(2000);
    expect(bad).toHaveLength(6);
  });

  it("is forgotten with the port: half a frame, noise and counts", async () => {
    const { clock, watch, bad, noise, frames } = createWatch();
    watch.push(Uint8Array.of(1, 2, 3, ...REPORT.subarray(0, 12)));
    watch.clear();
    await clock.advance(5000);
    expect(watch.tally).toMatchObject({ bytes: 0, begun: 0, sound: 0 });
    watch.push(REPORT);
    expect([frames, bad, noise, clock.pending()]).toEqual([[5], [], [], []]);
    expect(watch.tally).toMatchObject({ bytes: 20, begun: 1, sound: 1 });
  });

  it("is told when nobody will listen any more: a frame without its 55, a bad one, noise, but not half a frame", () => {
    const { watch, bad, frames, noise, clock } = createWatch();
    watch.push(change(REPORT, -1, ((REPORT.at(-1) ?? 0) + 1) & 0xff));
    watch.push(parseHex("7E 7E"));
    watch.push(parseHex("FF FF 00 05 06 F4 00 00 FF"));
    expect([frames.length, bad.length]).toEqual([0, 0]);
    watch.settle();
    expect([frames, bad.length]).toEqual([[6], 1]);
    watch.push(parseHex("7E 7E FF FF 00 05"));
    watch.settle();
    expect([bad.length, noise.length]).toEqual([1, 1]);
    watch.clear();
    expect(clock.pending()).toEqual([]);
  });
});
