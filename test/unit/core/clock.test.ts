import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from "vitest";
import { createWallClock, VirtualClock } from "../../../src/core/clock.js";

const START = Date.UTC(2024, 0, 1);
const DAY = 86_400_000;

/** A clock and a log of what fired when, in milliseconds since the start. */
function createRig(): { clock: VirtualClock; log: string[]; set(name: string, delayMs: number): { cancel(): void } } {
  const clock = new VirtualClock(START);
  const log: string[] = [];
  const set = (name: string, delayMs: number) =>
    clock.setTimer(name, delayMs, () => log.push(`${name}@${clock.now() - START}`));
  return { clock, log, set };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
async function turns(count: number): Promise<void> {
  for (let n = 0; n < count; n += 1) await turn();
}

describe("VirtualClock", () => {
  it("stands still until it is told to move, then lands exactly where told", async () => {
    const { clock, log, set } = createRig();
    set("a", 10);
    await clock.settle();
    expect([clock.now(), log]).toEqual([START, []]);
    await clock.advance(25);
    expect([clock.now(), log]).toEqual([START + 25, ["a@10"]]);
  });

  it("fires by deadline, and first-in first-out where deadlines are equal", async () => {
    const { clock, log, set } = createRig();
    for (const [name, delay] of [
      ["c", 20],
      ["a", 10],
      ["d", 20],
      ["b", 10],
      ["e", 20],
    ] as const)
      set(name, delay);
    await clock.advance(20);
    expect(log).toEqual(["a@10", "b@10", "c@20", "d@20", "e@20"]);
  });

  it("keeps that order for hundreds of timers, some of them cancelled", async () => {
    const { clock, log, set } = createRig();
    const delays = Array.from({ length: 500 }, (_, at) => (at * 7919) % 50);
    const timers = delays.map((delay, at) => set(String(at), delay));
    for (let at = 0; at < 500; at += 3) timers[at]?.cancel();
    const wanted = delays
      .map((delay, at) => ({ delay, at }))
      .filter(({ at }) => at % 3 !== 0)
      .sort((a, b) => a.delay - b.delay || a.at - b.at);
    expect(clock.pending()).toEqual(wanted.map(({ at }) => String(at)));
    await clock.advance(50);
    expect(log).toEqual(wanted.map(({ delay, at }) => `${at}@${delay}`));
    expect(clock.pending()).toEqual([]);
  });

  it("fires a timer due exactly at the end, and none that is due later", async () => {
    const { clock, log, set } = createRig();
    set("at", 10);
    set("after", 11);
    await clock.advance(10);
    expect(log).toEqual(["at@10"]);
    expect(clock.pending()).toEqual(["after"]);
  });

  it("fires what a timer sets in turn, at its own time, within one advance", async () => {
    const { clock, log } = createRig();
    const again = (): void => {
      log.push(String(clock.now() - START));
      clock.setTimer("again", 10, again);
    };
    clock.setTimer("again", 10, again);
    await clock.advance(35);
    expect(log).toEqual(["10", "20", "30"]);
  });

  it("fires a timer without delay at the present, behind those already due", async () => {
    const { clock, log, set } = createRig();
    clock.setTimer("a", 10, () => {
      log.push("a");
      set("now", 0);
      set("past", -5);
    });
    set("b", 10);
    await clock.advance(10);
    expect(log).toEqual(["a", "b@10", "now@10", "past@10"]);
  });

  it("lets promises run between two deadlines, so that a timer they set is not late", async () => {
    const { clock, log, set } = createRig();
    clock.setTimer("first", 10, () => {
      void turns(2).then(() => set("second", 5));
    });
    set("third", 100);
    await clock.advance(100);
    expect(log).toEqual(["second@15", "third@100"]);
  });

  it("does not fire a cancelled timer, even one cancelled by a timer of the same deadline", async () => {
    const { clock, log, set } = createRig();
    const cancelled = set("cancelled", 10);
    cancelled.cancel();
    cancelled.cancel();
    clock.setTimer("canceller", 10, () => victim.cancel());
    const victim = set("victim", 10);
    set("other", 10);
    expect(clock.pending()).toEqual(["canceller", "victim", "other"]);
    await clock.advance(10);
    expect(log).toEqual(["other@10"]);
  });

  it("takes no notice of a cancel after the timer fired", async () => {
    const { clock, log, set } = createRig();
    const fired = set("fired", 1);
    await clock.advance(1);
    fired.cancel();
    set("next", 1);
    await clock.advance(1);
    expect(log).toEqual(["fired@1", "next@2"]);
  });

  it("queues advances that are not awaited behind each other", async () => {
    const { clock, log, set } = createRig();
    set("a", 5);
    set("b", 15);
    const ends: number[] = [];
    await Promise.all([10, 10, 10].map((span) => clock.advance(span).then(() => ends.push(clock.now() - START))));
    expect(ends).toEqual([10, 20, 30]);
    expect(log).toEqual(["a@5", "b@15"]);
  });

  it("hands on what a timer throws, and goes on afterwards with the timers that were left", async () => {
    const { clock, log, set } = createRig();
    clock.setTimer("broken", 10, () => {
      throw new Error("broken timer");
    });
    set("same", 10);
    set("later", 20);
    await expect(clock.advance(30)).rejects.toThrow("broken timer");
    expect(clock.now()).toBe(START + 10);
    await clock.advance(10);
    expect(log).toEqual(["same@10", "later@20"]);
  });

  it.each([-1, Number.NaN])("refuses to move by %d ms, since time only goes forward", async (spanMs) => {
    const { clock } = createRig();
    await expect(clock.advance(spanMs)).rejects.toThrow(expect.objectContaining({ code: "duration-invalid" }));
    expect(clock.now()).toBe(START);
  });

  it("crosses a year of timers in one advance", async () => {
    const { clock, log, set } = createRig();
    for (let day = 1; day <= 365; day += 1) set("day", day * DAY);
    await clock.advance(365 * DAY);
    expect(log).toHaveLength(365);
    expect(clock.now()).toBe(START + 365 * DAY);
  });
});

describe("VirtualClock.hold", () => {
  it("keeps time from moving until the held work has ended", async () => {
    const { clock, log, set } = createRig();
    set("a", 10);
    const release = clock.hold();
    const done = clock.advance(10);
    await turns(20);
    expect([clock.now(), log]).toEqual([START, []]);
    release();
    await done;
    expect([clock.now(), log]).toEqual([START + 10, ["a@10"]]);
  });

  it("waits for five seconds of the machine for work that may never end, and for work that does however long", async () => {
    const { clock } = createRig();
    let machineMs = 0;
    const machine = vi.spyOn(performance, "now").mockImplementation(() => {
      machineMs += 1000;
      return machineMs;
    });
    onTestFinished(() => machine.mockRestore());
    const release = clock.hold(true);
    const isCertain = clock.advance(10);
    await turns(50);
    clock.letGo();
    await turns(50);
    expect(clock.now()).toBe(START);
    release();
    await isCertain;
    clock.hold();
    await clock.advance(10);
    expect(clock.now()).toBe(START + 20);
  });

  it("waits for every hold, and counts a release only once", async () => {
    const { clock } = createRig();
    const [first, second] = [clock.hold(), clock.hold()];
    const done = clock.advance(10);
    first();
    first();
    await turns(20);
    expect(clock.now()).toBe(START);
    second();
    await done;
    expect(clock.now()).toBe(START + 10);
  });
});

describe("VirtualClock.resolve", () => {
  it("moves time just far enough for a promise, and gives its value", async () => {
    const { clock, set } = createRig();
    set("before", 10);
    set("after", 1000);
    const answer = new Promise<string>((resolve) => clock.setTimer("answer", 500, () => resolve("done")));
    await expect(clock.resolve(answer)).resolves.toBe("done");
    expect(clock.now()).toBe(START + 500);
    expect(clock.pending()).toEqual(["after"]);
  });

  it("does not move time for a promise that settles by itself", async () => {
    const { clock, set } = createRig();
    set("later", 10);
    await expect(clock.resolve(turn().then(() => 7))).resolves.toBe(7);
    expect(clock.now()).toBe(START);
  });

  it("hands on the promise's error", async () => {
    const { clock } = createRig();
    const failing = new Promise((_resolve, reject) => clock.setTimer("fail", 5, () => reject(new Error("no answer"))));
    await expect(clock.resolve(failing)).rejects.toThrow("no answer");
  });

  it("fails rather than hang when no timer is left that could settle the promise", async () => {
    const { clock, set } = createRig();
    set("only", 10);
    await expect(clock.resolve(new Promise(() => {}))).rejects.toThrow("something other than the virtual clock");
    expect(clock.now()).toBe(START + 10);
  });

  it("does not overshoot when an advance is under way already", async () => {
    const { clock } = createRig();
    const answer = new Promise<void>((resolve) => clock.setTimer("answer", 500, resolve));
    const advanced = clock.advance(1000);
    await Promise.all([clock.resolve(answer), advanced]);
    await clock.settle();
    expect(clock.now()).toBe(START + 1000);
  });
});

describe("VirtualClock.resolveWithin", () => {
  const fires = (clock: VirtualClock, delayMs: number): Promise<void> =>
    new Promise((resolve) => clock.setTimer("awaited", delayMs, resolve));

  it("moves time just far enough, and by the span at most", async () => {
    const { clock, set } = createRig();
    set("later", 1000);
    expect(await clock.resolveWithin(fires(clock, 10), 50)).toBe(true);
    expect(clock.now()).toBe(START + 10);
    expect(await clock.resolveWithin(fires(clock, 100), 50)).toBe(false);
    expect(clock.now()).toBe(START + 60);
  });

  it("does not overshoot when several wait at the same time", async () => {
    const { clock, log, set } = createRig();
    set("later", 1000);
    const waits = [10, 20, 20].map((delayMs) => clock.resolveWithin(fires(clock, delayMs), 5000));
    expect(await Promise.all(waits)).toEqual([true, true, true]);
    expect([clock.now(), log]).toEqual([START + 20, []]);
  });
});

describe("createWallClock", () => {
  beforeEach(() => void vi.useFakeTimers({ now: START }));
  afterEach(() => void vi.useRealTimers());

  it("tells the machine's time and fires once, at the deadline", () => {
    const clock = createWallClock();
    const fired = vi.fn();
    clock.setTimer("a", 10, fired);
    vi.advanceTimersByTime(9);
    expect([clock.now(), fired.mock.calls.length]).toEqual([START + 9, 0]);
    vi.advanceTimersByTime(100);
    expect(fired).toHaveBeenCalledOnce();
  });

  it("reaches deadlines beyond the 24.8 days that Node can wait for at once", () => {
    const clock = createWallClock();
    const fired = vi.fn();
    clock.setTimer("far", 60 * DAY, fired);
    vi.advanceTimersByTime(60 * DAY - 1);
    expect(fired).not.toHaveBeenCalled();
    vi.advanceTimersByTime(1);
    expect(fired).toHaveBeenCalledOnce();
  });

  it("cancels a far deadline between two of its steps", () => {
    const clock = createWallClock();
    const fired = vi.fn();
    const timer = clock.setTimer("far", 60 * DAY, fired);
    vi.advanceTimersByTime(30 * DAY);
    timer.cancel();
    vi.advanceTimersByTime(60 * DAY);
    expect(fired).not.toHaveBeenCalled();
    expect(vi.getTimerCount()).toBe(0);
  });

  it("lists what is pending, soonest first, and forgets what fired or was cancelled", () => {
    const clock = createWallClock();
    const timers = [30, 10, 20].map((delay) => clock.setTimer(`in ${delay}`, delay, () => {}));
    expect(clock.pending()).toEqual(["in 10", "in 20", "in 30"]);
    timers[2]?.cancel();
    vi.advanceTimersByTime(10);
    expect(clock.pending()).toEqual(["in 30"]);
  });

  it("is not slowed down by held work", () => {
    const clock = createWallClock();
    const fired = vi.fn();
    const release = clock.hold();
    clock.setTimer("a", 10, fired);
    vi.advanceTimersByTime(10);
    expect(fired).toHaveBeenCalledOnce();
    release();
  });
});
