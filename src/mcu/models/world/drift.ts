import type { Millis } from "../../../core/duration.js";
import type { World } from "./world.js";

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
export function createDrift(world: World, { deviation, memoryMs }: DriftOptions): Drift {
  const { random } = world;
  const drift = world.cell("drift", deviation * random.normal());
  return {
    get value() {
      return drift.value;
    },
    advance: (elapsedMs) => {
      const kept = Math.exp(-elapsedMs / memoryMs);
      drift.value = drift.value * kept + deviation * Math.sqrt(1 - kept * kept) * random.normal();
      return drift.value;
    },
  };
}

/** Where `value` is after `elapsedMs` on its way to `target`; two thirds of the way take `memoryMs`. */
export function approach(value: number, target: number, elapsedMs: Millis, memoryMs: Millis): number {
  return target + (value - target) * Math.exp(-elapsedMs / memoryMs);
}
