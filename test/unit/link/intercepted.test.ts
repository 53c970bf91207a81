import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../../src/core/clock.js";
import { interceptLink, type Piece } from "../../../src/link/intercepted.js";
import { paceLink } from "../../../src/link/paced.js";
import { createLinkPair } from "../../../src/link/pair.js";

/** An intercepted link, and what comes out of its other end when. */
function createBench(intercept: (bytes: Uint8Array) => readonly Piece[] | undefined, baud = 0) {
  const clock = new VirtualClock(0);
  const [near, far] = createLinkPair();
  const heard: [number, number[]][] = [];
  far.onData((bytes) => heard.push([clock.now(), [...bytes]]));
  const link = interceptLink(baud === 0 ? near : paceLink(near, clock, baud), clock, intercept);
  return { clock, link, far, heard };
}

const anyFate = fc.record({
  atMs: fc.integer({ min: 0, max: 50 }),
  fate: fc.oneof(
    fc.constant("pass" as const),
    fc.constant("lost" as const),
    fc.record({ delayMs: fc.double({ min: 0, max: 100, noNaN: true }) }),
  ),
});

describe("an intercepted link", () => {
  it("changes nothing that is left alone", async () => {
    const { clock, link, heard } = createBench(() => undefined);
    link.write(Uint8Array.of(1, 2));
    link.write(Uint8Array.of(3));
    await clock.settle();
    expect(heard).toEqual([
      [0, [1, 2]],
      [0, [3]],
    ]);
  });

  it("writes instead what it is told to, when it is told to", async () => {
    const { clock, link, heard } = createBench(() => [
      { bytes: Uint8Array.of(8), delayMs: 0 },
      { bytes: Uint8Array.of(9), delayMs: 30 },
    ]);
    link.write(Uint8Array.of(1));
    await clock.advance(100);
    expect(heard).toEqual([
      [0, [8]],
      [30, [9]],
    ]);
  });

  it.each([0, 9600])("lets nothing overtake what was written before, on a line of %i baud", async (baud) => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyFate, { maxLength: 30 }), async (fates) => {
        const { clock, link, heard } = createBench(([n = 0]) => {
          const { fate } = fates[n] as (typeof fates)[number];
          if (fate === "pass") return undefined;
          return fate === "lost" ? [] : [{ bytes: Uint8Array.of(n), delayMs: fate.delayMs }];
        }, baud);
        for (const [n, { atMs }] of fates.entries()) {
          await clock.advance(atMs);
          link.write(Uint8Array.of(n));
        }
        await clock.advance(10_000);
        const wanted = [...fates.entries()].filter(([, { fate }]) => fate !== "lost").map(([n]) => n);
        expect(heard.flatMap(([, bytes]) => bytes)).toEqual(wanted);
        expect(clock.pending()).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });

  it("drops what is late, and goes on", async () => {
    const { clock, link, heard } = createBench((bytes) => (bytes[0] === 1 ? [{ bytes, delayMs: 50 }] : undefined));
    link.write(Uint8Array.of(1));
    await clock.advance(10);
    link.drop();
    link.write(Uint8Array.of(2));
    await clock.advance(100);
    expect([heard, clock.pending()]).toEqual([[[10, [2]]], []]);
  });

  it.each(["near", "far"])("leaves no timer when its %s end closes", async (end) => {
    const { clock, link, far, heard } = createBench((bytes) => [{ bytes, delayMs: 50 }]);
    let closed = 0;
    link.onClose(() => {
      closed += 1;
    });
    link.write(Uint8Array.of(1));
    (end === "near" ? link : far).close();
    await clock.advance(100);
    expect([heard, closed, clock.pending()]).toEqual([[], 1, []]);
  });
});
