import type { Millis } from "../core/duration.js";
import type { World } from "./models/world/world.js";

/** Datapoint values in engineering units: bool, number, enum label, or lower-case hex for binary. */
export type Attrs = Readonly<Record<string, boolean | number | string>>;

/** What a model sees when time has passed. */
export interface ModelStep {
  /** Everything the device's datapoints hold now, controls from the app included. */
  readonly attrs: Attrs;
  readonly now: Millis;
  readonly elapsedMs: Millis;
}

/**
 * The physical world behind a virtual device: a heater warms the room, a meter only counts up.
 * A model is seeded and its readings are correlated with what the app has set.
 */
export interface Model {
  /** Values at power-on; datapoints left out are zero, false or the first label. */
  readonly initial: Attrs;
  /** The readings after `elapsedMs`; only what the model moves is named. */
  step(step: ModelStep): Attrs;
}

/** Makes the model of one device; what it remembers and its chance live in `world`, for snapshots to save. */
export type CreateModel = (world: World) => Model;
