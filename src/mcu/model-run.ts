import type { Clock } from "../core/clock.js";
import type { Millis } from "../core/duration.js";
import type { KeyedTimers } from "../core/keyed-timers.js";
import type { DisplayValues } from "../profile/scale.js";
import type { Attrs, Model } from "./model.js";

export interface ModelRunOptions {
  readonly clock: Clock;
  readonly timers: Pick<KeyedTimers<"model step">, "set">;
  /** Without one the world stands still. */
  readonly model: Model | undefined;
  readonly stepMs: Millis;
  /** Step even without a model. */
  readonly stepsAlways: boolean;
  readonly attrs: () => DisplayValues;
  /** Readings that differ from what the datapoints hold; none after a step in which nothing moved. */
  readonly stepped: (changes: Attrs | undefined) => void;
}

/** Lets the world behind a device move, step by step, and reads its sensors after each. */
export class ModelRun {
  /** Sensors that show the same whatever the world does, by datapoint name. */
  stuck: readonly string[] = [];
  readonly #options: ModelRunOptions;
  #steppedAt: Millis = 0;

  constructor(options: ModelRunOptions) {
    this.#options = options;
  }

  /** How long ago the world has moved. */
  get sinceStepMs(): Millis {
    return this.#options.clock.now() - this.#steppedAt;
  }

  /** Takes a saved state over; the timer is `arm`ed apart from it. */
  load(sinceStepMs: Millis): void {
    this.#steppedAt = this.#options.clock.now() - sinceStepMs;
  }

  /** The world moves from now on. */
  start(): void {
    const { clock, model, stepsAlways, stepMs } = this.#options;
    this.#steppedAt = clock.now();
    if (model !== undefined || stepsAlways) this.arm(stepMs);
  }

  /** The next step is due after `delayMs`, and others after it. */
  arm(delayMs: Millis): void {
    const { clock, timers, model, stepMs, attrs: readAttrs, stepped } = this.#options;
    timers.set("model step", delayMs, () => {
      const now = clock.now();
      const attrs = readAttrs();
      const readings = model?.step({ attrs, now, elapsedMs: now - this.#steppedAt }) ?? {};
      this.#steppedAt = now;
      stepped(this.#compare(attrs, readings));
      this.arm(stepMs);
    });
  }

  #compare(attrs: DisplayValues, readings: Attrs): Attrs | undefined {
    let isChanged = false;
    const changes: Record<string, DisplayValues[string]> = {};
    for (const name in readings) {
      const value = readings[name];
      if (value === undefined || attrs[name] === value || this.stuck.includes(name)) continue;
      changes[name] = value;
      isChanged = true;
    }
    return isChanged ? changes : undefined;
  }
}
