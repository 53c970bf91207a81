import { describe, expect, it } from "vitest";
import { BentClock } from "../../../src/core/bent-clock.js";
import { VirtualClock } from "../../../src/core/clock.js";
import { KeyedTimers } from "../../../src/core/keyed-timers.js";

type Key = "report" | "retry";

function createBench() {
  const clock = new VirtualClock(0);
  const timers = new KeyedTimers<Key>(clock);
  const fired: string[] = [];
  const set = (key: Key, delayMs: number, what: string = key): void =>
    timers.set(key, delayMs, () => fired.push(`${clock.now()} ${what}`));
  return { clock, timers, fired, set };
}

describe("timers by key", () => {
  it("fire once, and are then not set any more", async () => {
    const { clock, timers, fired, set } = createBench();
    set("report", 100);
    set("retry", 50);
    expect([timers.dueAt("report"), timers.dueAt("retry")]).toEqual([100, 50]);
    await clock.advance(1000);
    expect(fired).toEqual(["50 retry", "100 report"]);
    expect([timers.dueAt("report"), timers.save(), clock.pending()]).toEqual([undefined, {}, []]);
  });

  it("take the place of one another under the same key", async () => {
    const { clock, fired, set } = createBench();
    set("report", 100, "old");
    set("report", 200, "new");
    expect(clock.pending()).toEqual(["report"]);
    await clock.advance(1000);
    expect(fired).toEqual(["200 new"]);
  });

  it("can be set again from what they do", async () => {
    const { clock, timers } = createBench();
    const at: number[] = [];
    const again = (): void =>
      timers.set("report", 100, () => {
        at.push(clock.now());
        if (at.length < 3) again();
      });
    again();
    await clock.advance(1000);
    expect(at).toEqual([100, 200, 300]);
  });

  it("are cancelled one by one, or all at once", async () => {
    const { clock, timers, fired, set } = createBench();
    set("report", 100);
    set("retry", 100);
    timers.cancel("report");
    timers.cancel("report");
    expect(clock.pending()).toEqual(["retry"]);
    set("report", 100);
    timers.clear();
    await clock.advance(1000);
    expect([fired, clock.pending(), timers.dueAt("retry")]).toEqual([[], [], undefined]);
  });

  it("save how long each has still to go", async () => {
    const { clock, timers, set } = createBench();
    set("report", 1000);
    set("retry", 300);
    await clock.advance(200);
    expect(timers.save()).toEqual({ report: 800, retry: 100 });
    await clock.advance(200);
    expect(timers.save()).toEqual({ report: 600 });
  });

  it("count in the time of a clock that runs too fast", async () => {
    const inner = new VirtualClock(0);
    const clock = new BentClock(inner);
    clock.run(2);
    const timers = new KeyedTimers<Key>(clock);
    timers.set("report", 1000, () => {});
    await inner.advance(100);
    expect(timers.save()).toEqual({ report: 800 });
  });
});
