import type { Millis } from "../../../core/duration.js";
import type { Random } from "../../../core/random.js";

/** A slow random disturbance around zero. */
export interface Drift {
  readonly value: number;
  /** Lets time pass and returns the new value. */
  advance(elapsedMs: Millis): number;
}

export interface DriftOptions {
  /** Standard deviation in the long run. */
  readonly deviation: number;
  /** After this time about a third of a disturbance is left. */
  readonly memoryMs: Millis;
}

/** Makes a mean-reverting random walk (Ornstein-Uhlenbeck, solved exactly: its look does not depend on the step). */
export function createDrift(random: Random, { deviation, memoryMs }: DriftOptions): Drift {
  let value = deviation * random.normal();
  return {
    get value() {
      return value;
    },
    advance: (elapsedMs) => {
      const kept = Math.exp(-elapsedMs / memoryMs);
      value = value * kept + deviation * Math.sqrt(1 - kept * kept) * random.normal();
      return value;
    },
  };
}

/** Where `value` is after `elapsedMs` on its way to `target`; two thirds of the way take `memoryMs`. */
export function approach(value: number, target: number, elapsedMs: Millis, memoryMs: Millis): number {
  return target + (value - target) * Math.exp(-elapsedMs / memoryMs);
}
