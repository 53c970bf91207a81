import type { Millis } from "./duration.js";
import { GizlabError } from "./errors.js";
import type { Timer } from "./timer.js";
import { TimerHeap } from "./timer-heap.js";

export type { Timer } from "./timer.js";

/** Domain time. Everything a user could see in an answer is dated and scheduled by it. */
export interface Clock {
  readonly mode: "wall" | "virtual";
  /** Milliseconds since the Unix epoch. */
  now(): Millis;
  /** Milliseconds since some moment, for spans: they go on evenly when somebody sets the clock. */
  steady(): Millis;
  /** Fires `action` once after `delayMs`. `name` shows in `pending()`. */
  setTimer(name: string, delayMs: Millis, action: () => void): Timer;
  /** Names of the timers that are set, soonest first. */
  pending(): string[];
  /**
   * Says that work is under way which must end before virtual time may move on, such as a message
   * in a socket. Call the returned function when it has ended. Free on a wall clock.
   * @param isCertain true for work that always ends, such as loading code: it is waited for however long it takes
   */
  hold(isCertain?: boolean): () => void;
  /** Says that work which is held may never end, such as an answer that a fault has swallowed: time goes on without it. */
  letGo(): void;
  /** Says that a message has moved inside this process, so that time waits for what follows from it. Free on a wall clock. */
  stir(): void;
}

/** Time as the machine has it. */
export function createWallClock(): Clock {
  const timers = new Map<object, { name: string; due: Millis }>();
  return {
    mode: "wall",
    now: () => Date.now(),
    steady: () => performance.now(),
    setTimer(name, delayMs, action) {
      const key = {};
      // Node caps a timer at 2^31-1 ms; a longer one is reached in steps.
      const limit = 2_000_000_000;
      let handle: NodeJS.Timeout;
      const arm = (restMs: Millis): void => {
        handle = setTimeout(
          () => {
            if (restMs > limit) return arm(restMs - limit);
            timers.delete(key);
            action();
          },
          Math.min(Math.max(0, restMs), limit),
        );
      };
      timers.set(key, { name, due: Date.now() + delayMs });
      arm(delayMs);
      return {
        dueAt: Date.now() + delayMs,
        cancel: () => {
          clearTimeout(handle);
          timers.delete(key);
        },
      };
    },
    pending: () => [...timers.values()].sort((a, b) => a.due - b.due).map((timer) => timer.name),
    hold: () => () => {},
    letGo: () => {},
    stir: () => {},
  };
}

const release = (): void => {};
/** Turns of the event loop in which nothing is held and nothing stirs, after which the process counts as quiet. */
const QUIET_TURNS = 4;
/** The same where everything that works says so. */
const CALM_TURNS = 2;
/** However quiet it is, the event loop gets its turn after this much wall time: for Ctrl-C, and whoever else waits. */
const FAIR_MS = 20;
/** After this much wall time held work is no longer waited for, so that a dead socket cannot stop time. */
const HOLD_LIMIT_MS = 5000;

/**
 * A clock that stands still until it is told to move. Equal deadlines fire first-in first-out, and
 * before time moves on, everything the last timers set in motion has come to rest.
 */
export class VirtualClock implements Clock {
  readonly mode = "virtual";
  #timers = new TimerHeap();
  #now: Millis;
  readonly #held = new Set<object>();
  readonly #certain = new Set<object>();
  #advancing: Promise<void> = Promise.resolve();
  #isStirred = false;
  #turnedAt = 0;
  /**
   * True where whatever works in this process says so by `hold` and `stir`, as it is while no socket is open: then a step
   * in which nothing stirred costs no turn of the event loop.
   */
  hearsEverything = false;

  /** @param startAt epoch milliseconds at which time stands at first */
  constructor(startAt: Millis) {
    this.#now = startAt;
  }

  now(): Millis {
    return this.#now;
  }

  steady(): Millis {
    return this.#now;
  }

  setTimer(name: string, delayMs: Millis, action: () => void): Timer {
    // Whole milliseconds, so that every stamp is one.
    return this.#timers.add(name, Math.ceil(this.#now + Math.max(0, delayMs)), action);
  }

  pending(): string[] {
    return this.#timers.names();
  }

  hold(isCertain = false): () => void {
    const held = isCertain ? this.#certain : this.#held;
    const key = {};
    held.add(key);
    return () => held.delete(key);
  }

  letGo(): void {
    this.#held.clear();
  }

  stir(): void {
    this.#isStirred = true;
  }

  /**
   * Moves time by `spanMs`, firing every timer that falls due on the way. Calls queue up behind each other.
   * Rejects with `duration-invalid` when that would lead backwards, and with what a timer throws.
   */
  async advance(spanMs: Millis): Promise<void> {
    if (!(spanMs >= 0)) {
      throw new GizlabError("duration-invalid", "virtual time moves forward only", {
        expected: "0 ms or more",
        found: String(spanMs),
      });
    }
    const timers = this.#timers;
    await this.#queue(async () => {
      await this.settle();
      if (this.#timers === timers) await this.#runUntil(this.#now + spanMs);
      await this.settle();
    });
  }

  /** Moves time just far enough for `promise` to settle. Throws `clock-idle` if no timer is left that could settle it. */
  async resolve<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const mark = (): void => {
      settled = true;
    };
    promise.then(mark, mark);
    await this.settle();
    while (!settled) {
      const due = this.#timers.nextDue();
      if (due === undefined) {
        throw new GizlabError("clock-idle", "the promise waits for something other than the virtual clock");
      }
      await this.#queue(() => this.#runUntil(due));
      // Whoever waits may have some turns to go that nobody announces, such as the reading of an HTTP answer.
      await this.settle();
    }
    return promise;
  }

  /**
   * Moves time just far enough for `promise` to settle, by `spanMs` at most; false when it did not settle by then.
   * Rejects with what `promise` rejects with.
   */
  async resolveWithin(promise: Promise<unknown>, spanMs: Millis): Promise<boolean> {
    const end = this.#now + spanMs;
    let isSettled = false;
    const mark = (): void => {
      isSettled = true;
    };
    promise.then(mark, mark);
    const timers = this.#timers;
    await this.settle();
    while (!isSettled && this.#now < end && this.#timers === timers) {
      // By the time it is this run's turn, one that waits at the same time may have moved far enough.
      await this.#queue(async () => {
        if (!isSettled) await this.#runUntil(Math.min(end, this.#timers.nextDue() ?? end));
      });
      if (!isSettled) await this.settle();
    }
    if (isSettled) await promise;
    return isSettled;
  }

  /** Puts time to `at` and drops every timer: the world is about to be made anew. Whatever was moving time stops. */
  restart(at: Millis): void {
    this.#timers = new TimerHeap();
    this.#held.clear();
    this.#now = at;
  }

  /** Waits, without moving time, until all work under way has come to rest. */
  settle(): Promise<void> {
    return this.#settle(QUIET_TURNS);
  }

  async #settle(turns: number): Promise<void> {
    const startedAt = performance.now();
    let quiet = 0;
    while (quiet < turns) {
      this.#isStirred = false;
      await new Promise<void>((resolve) => setImmediate(resolve));
      const isHeld = this.#held.size > 0 || this.#certain.size > 0;
      quiet = !isHeld && !this.#isStirred ? quiet + 1 : 0;
      if (isHeld && this.#certain.size === 0 && performance.now() - startedAt > HOLD_LIMIT_MS) break;
    }
    this.#turnedAt = performance.now();
  }

  /** After a step of time: bytes on a wire move in microtasks alone, everything else makes itself heard. */
  get #isCalm(): boolean {
    const isQuiet = this.hearsEverything && !this.#isStirred && this.#held.size === 0 && this.#certain.size === 0;
    return isQuiet && performance.now() - this.#turnedAt < FAIR_MS;
  }

  #queue(move: () => Promise<void>): Promise<void> {
    const run = this.#advancing.then(move);
    this.#advancing = run.catch(release);
    return run;
  }

  async #runUntil(end: Millis): Promise<void> {
    const timers = this.#timers;
    for (let due = this.#timers.nextDue(); due !== undefined && due <= end; due = this.#timers.nextDue()) {
      this.#now = Math.max(this.#now, due);
      for (let action = this.#timers.takeDue(due); action !== undefined; action = this.#timers.takeDue(due)) action();
      await runMicrotasks();
      if (!this.#isCalm) await this.#settle(this.hearsEverything ? CALM_TURNS : QUIET_TURNS);
      // Time was put elsewhere meanwhile: where this run was going no longer means anything.
      if (this.#timers !== timers) return;
    }
    this.#now = Math.max(this.#now, end);
  }
}

/** Lets every microtask run, and those that they bring with them: a tick comes only when none is left. */
function runMicrotasks(): Promise<void> {
  return new Promise<void>((resolve) => process.nextTick(resolve));
}
