import type { Millis } from "../../../core/duration.js";
import { createDrift } from "./drift.js";
import type { World } from "./world.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const YEAR_MS = 365.25 * DAY_MS;

/** The hour of the day, 0 to 24 with its fraction, in UTC. */
export function hourOfDay(at: Millis): number {
  return (at % DAY_MS) / HOUR_MS;
}

/** A daily swing: 1 at `peakHour`, -1 twelve hours away. */
export function swingOfDay(at: Millis, peakHour: number): number {
  return Math.cos(((hourOfDay(at) - peakHour) / 12) * Math.PI);
}

/** A daily bump: 1 at `peakHour`, close to 0 from two `widthHours` away on. */
export function bumpOfDay(at: Millis, peakHour: number, widthHours: number): number {
  const distance = Math.abs(hourOfDay(at) - peakHour);
  const hours = Math.min(distance, 24 - distance) / widthHours;
  return Math.exp(-hours * hours);
}

/** The air outside. */
export interface Weather {
  /** Lets random weather pass. */
  advance(elapsedMs: Millis): void;
  /** In degrees Celsius. */
  temperatureAt(at: Millis): number;
  /** Relative, in percent. */
  humidityAt(at: Millis): number;
}

/** Makes a temperate climate: warm in July, warm at three in the afternoon, and a few days of memory. */
export function createWeather(world: World): Weather {
  const warmth = createDrift(world.under("warmth"), { deviation: 3, memoryMs: 18 * HOUR_MS });
  const damp = createDrift(world.under("damp"), { deviation: 8, memoryMs: 10 * HOUR_MS });
  const temperatureAt = (at: Millis): number =>
    14 + 10 * Math.cos(((at % YEAR_MS) / YEAR_MS - 0.55) * 2 * Math.PI) + 5 * swingOfDay(at, 15) + warmth.value;
  return {
    advance: (elapsedMs) => {
      warmth.advance(elapsedMs);
      damp.advance(elapsedMs);
    },
    temperatureAt,
    humidityAt: (at) => Math.min(98, Math.max(20, 62 - 12 * swingOfDay(at, 15) + damp.value)),
  };
}
