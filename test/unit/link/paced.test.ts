import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../../src/core/clock.js";
import { lineTime, paceLink } from "../../../src/link/paced.js";
import { createLinkPair } from "../../../src/link/pair.js";

/** A paced end, what has arrived at the other one, and when. */
function createPaced(baud: number, startAt = 0) {
  const clock = new VirtualClock(startAt);
  const [near, far] = createLinkPair();
  const arrivals: { at: number; bytes: number[] }[] = [];
  far.onData((bytes) => arrivals.push({ at: clock.now(), bytes: [...bytes] }));
  return { clock, near, far, arrivals, link: paceLink(near, clock, baud) };
}

describe("lineTime", () => {
  it.each([
    [29, 9600, 30.2083],
    [1, 9600, 1.0417],
    [960, 9600, 1000],
    [9, 115_200, 0.78125],
    [0, 9600, 0],
  ])("is ten bits a byte: %i bytes at %i baud take %d ms", (length, baud, ms) => {
    expect(lineTime(length, baud)).toBeCloseTo(ms, 3);
  });
});

describe("a paced link", () => {
  it("brings 29 bytes at 9600 baud with the next whole millisecond after 30.2 ms", async () => {
    const { clock, link, arrivals } = createPaced(9600, 1000);
    link.write(new Uint8Array(29));
    await clock.advance(30);
    expect(arrivals).toEqual([]);
    await clock.advance(1);
    expect(arrivals.map(({ at, bytes }) => [at, bytes.length])).toEqual([[1031, 29]]);
  });

  it("sends what is written together one behind the other, without rounding each", async () => {
    const { clock, link, arrivals } = createPaced(9600);
    for (let written = 0; written < 100; written += 1) link.write(Uint8Array.of(written, 0, 0, 0, 0, 0, 0, 0, 0));
    await clock.advance(10_000);
    expect(arrivals.map(({ bytes }) => bytes[0])).toEqual(Array.from({ length: 100 }, (_, at) => at));
    expect(arrivals.map(({ at }) => at)).toEqual(Array.from({ length: 100 }, (_, at) => Math.ceil((at + 1) * 9.375)));
  });

  it("starts at once after a silence", async () => {
    const { clock, link, arrivals } = createPaced(9600);
    link.write(new Uint8Array(96));
    await clock.advance(5000);
    link.write(new Uint8Array(96));
    await clock.advance(5000);
    expect(arrivals.map(({ at }) => at)).toEqual([100, 5100]);
  });

  it("keeps the order and never goes faster than the line, whatever is written when", async () => {
    const write = fc.record({ pauseMs: fc.integer({ min: 0, max: 40 }), length: fc.integer({ min: 1, max: 60 }) });
    await fc.assert(
      fc.asyncProperty(fc.array(write, { minLength: 1, maxLength: 12 }), async (writes) => {
        const { clock, link, arrivals } = createPaced(9600);
        let number = 0;
        for (const { pauseMs, length } of writes) {
          await clock.advance(pauseMs);
          link.write(Uint8Array.from({ length }, () => number++ & 0xff));
        }
        await clock.advance(2000);
        const received = arrivals.flatMap(({ bytes }) => bytes);
        expect(received).toEqual(Array.from({ length: number }, (_, at) => at & 0xff));
        for (const [index, { at, bytes }] of arrivals.entries()) {
          expect(at - (arrivals[index - 1]?.at ?? 0)).toBeGreaterThan(lineTime(bytes.length, 9600) - 1);
        }
      }),
      { numRuns: 30, seed: 5 },
    );
  });

  it("does not delay what comes the other way, nor the news that it closed", async () => {
    const { link, far } = createPaced(9600);
    const seen: string[] = [];
    link.onData((bytes) => seen.push(`data ${bytes.join()}`));
    link.onClose(() => seen.push("closed"));
    far.write(Uint8Array.of(7));
    await Promise.resolve();
    far.close();
    expect(seen).toEqual(["data 7", "closed"]);
  });

  it.each(["near", "far"] as const)(
    "leaves no timer behind when the %s end closes in the middle of a message",
    async (end) => {
      const paced = createPaced(9600);
      paced.link.write(new Uint8Array(20));
      paced.link.write(new Uint8Array(20));
      if (end === "near") paced.link.close();
      else paced.far.close();
      expect(paced.clock.pending()).toEqual([]);
      paced.link.write(new Uint8Array(20));
      expect(paced.clock.pending()).toEqual([]);
      await paced.clock.advance(1000);
      expect(paced.arrivals).toEqual([]);
    },
  );
});
