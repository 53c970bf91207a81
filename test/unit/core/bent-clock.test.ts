import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BentClock } from "../../../src/core/bent-clock.js";
import { VirtualClock } from "../../../src/core/clock.js";

const START = Date.UTC(2026, 0, 1);

function createBench() {
  const inner = new VirtualClock(START);
  return { inner, bent: new BentClock(inner) };
}

/** Something that happens to a clock. */
const anyBend = fc.oneof(
  fc.record({ kind: fc.constant("shift" as const), by: fc.integer({ min: -1e7, max: 1e7 }) }),
  fc.record({ kind: fc.constant("run" as const), rate: fc.constantFrom(0.5, 0.9, 1, 1.02, 1.25, 3) }),
  fc.record({ kind: fc.constant("pass" as const), ms: fc.integer({ min: 0, max: 1e7 }) }),
);
type Bend = typeof anyBend extends fc.Arbitrary<infer T> ? T : never;

async function bendBy({ inner, bent }: ReturnType<typeof createBench>, bend: Bend): Promise<void> {
  if (bend.kind === "shift") bent.shift(bend.by);
  else if (bend.kind === "run") bent.run(bend.rate);
  else await inner.advance(bend.ms);
}

describe("a bent clock", () => {
  it("is the inner clock as long as nobody bends it", async () => {
    const { inner, bent } = createBench();
    await inner.advance(12_345);
    expect([bent.now(), bent.mode, bent.save()]).toEqual([inner.now(), "virtual", { rate: 1, aheadMs: 0 }]);
  });

  it.each([
    [1000, 1, 60_000, 61_000],
    [-1000, 1, 60_000, 59_000],
    [0, 2, 60_000, 120_000],
    [500, 0.5, 60_000, 30_500],
  ])("set by %i ms and at a rate of %d shows %i ms as %i", async (by, rate, ms, shown) => {
    const { inner, bent } = createBench();
    bent.shift(by);
    bent.run(rate);
    await inner.advance(ms);
    expect(bent.now() - START).toBe(shown);
  });

  it.each([
    [1, 1000],
    [2, 500],
    [0.5, 2000],
    [1.02, 981],
  ])("at a rate of %d fires a timer of a second after %i ms", async (rate, ms) => {
    const { inner, bent } = createBench();
    bent.run(rate);
    let firedAt = 0;
    bent.setTimer("t", 1000, () => {
      firedAt = inner.now();
    });
    await inner.advance(5000);
    expect(firedAt - START).toBe(ms);
  });

  it("leaves timers their time when its hands are moved", async () => {
    const { inner, bent } = createBench();
    const fired: number[] = [];
    bent.setTimer("t", 1000, () => fired.push(inner.now() - START));
    bent.shift(3_600_000);
    await inner.advance(999);
    expect(fired).toEqual([]);
    await inner.advance(1);
    expect(fired).toEqual([1000]);
  });

  it("says when a timer is due in its own time, and cancels it", async () => {
    const { inner, bent } = createBench();
    bent.shift(-5000);
    bent.run(2);
    const timer = bent.setTimer("t", 1000, () => {
      throw new Error("it was cancelled");
    });
    expect(timer.dueAt).toBe(bent.now() + 1000);
    expect(bent.pending()).toEqual(["t"]);
    timer.cancel();
    await inner.advance(5000);
  });

  it("goes on steadily whoever moves its hands", async () => {
    const { inner, bent } = createBench();
    const from = bent.steady();
    bent.shift(1e9);
    await inner.advance(1000);
    bent.shift(-3e9);
    expect(bent.steady() - from).toBe(1000);
  });

  it("is straight again when what was done to its hands is undone", () => {
    const { inner, bent } = createBench();
    bent.shift(7);
    bent.shift(5);
    bent.shift(-7);
    bent.shift(-5);
    expect([bent.now(), bent.save()]).toEqual([inner.now(), { rate: 1, aheadMs: 0 }]);
  });

  it("shows the same after a save and a load, then and at any later time", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(anyBend, { maxLength: 6 }),
        fc.integer({ min: 0, max: 1e7 }),
        async (bends, laterMs) => {
          const first = createBench();
          for (const bend of bends) await bendBy(first, bend);
          const inner = new VirtualClock(first.inner.now());
          const second = new BentClock(inner);
          second.shift(99);
          second.run(7);
          second.load(JSON.parse(JSON.stringify(first.bent.save())));
          expect(second.now()).toBe(first.bent.now());
          await Promise.all([first.inner.advance(laterMs), inner.advance(laterMs)]);
          expect(Math.abs(second.now() - first.bent.now())).toBeLessThanOrEqual(1);
        },
      ),
      { numRuns: 50 },
    );
  });
});
