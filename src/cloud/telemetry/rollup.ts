import type { Millis } from "../../core/duration.js";

/** The stored width: 15 minutes divide every time zone offset in use (architecture.md 5). */
export const BUCKET_MS = 900_000;

/**
 * What is kept of one datapoint in one quarter-hour. Values are wire values x, so that sums are exact
 * and merging in any order gives the same row.
 */
export interface Rollup {
  count: number;
  sum: number;
  min: number;
  max: number;
  firstT: Millis;
  firstV: number;
  lastT: Millis;
  lastV: number;
  /** Growth inside the bucket; after a reset (a fall) the new reading counts as growth since zero. */
  delta: number;
  /** Value times milliseconds from the first reading to the last, each value held until the next; null when unknown. */
  integral: number | null;
}

/** The start of the quarter-hour that holds `at`. */
export function bucketOf(at: Millis): Millis {
  return Math.floor(at / BUCKET_MS) * BUCKET_MS;
}

/** The rollup of one reading. */
export function startRollup(at: Millis, value: number): Rollup {
  return {
    count: 1,
    sum: value,
    min: value,
    max: value,
    firstT: at,
    firstV: value,
    lastT: at,
    lastV: value,
    delta: 0,
    integral: 0,
  };
}

/** Adds a reading that is not older than the last one. */
export function addReading(rollup: Rollup, at: Millis, value: number): void {
  rollup.count += 1;
  rollup.sum += value;
  if (value < rollup.min) rollup.min = value;
  if (value > rollup.max) rollup.max = value;
  rollup.delta += growth(rollup.lastV, value);
  if (rollup.integral !== null) rollup.integral += rollup.lastV * (at - rollup.lastT);
  rollup.lastT = at;
  rollup.lastV = value;
}

/** Both together; `later` begins no earlier than `earlier` ends. */
export function mergeRollups(earlier: Rollup, later: Rollup): Rollup {
  const merged = { ...earlier };
  addRollup(merged, later);
  return merged;
}

/** Adds what begins no earlier than `rollup` ends. */
export function addRollup(rollup: Rollup, later: Readonly<Rollup>): void {
  rollup.count += later.count;
  rollup.sum += later.sum;
  if (later.min < rollup.min) rollup.min = later.min;
  if (later.max > rollup.max) rollup.max = later.max;
  rollup.delta += growth(rollup.lastV, later.firstV) + later.delta;
  rollup.integral =
    rollup.integral === null || later.integral === null
      ? null
      : rollup.integral + rollup.lastV * (later.firstT - rollup.lastT) + later.integral;
  rollup.lastT = later.lastT;
  rollup.lastV = later.lastV;
}

/**
 * Both together where their readings are no longer known: exact but for delta and integral of readings that lie
 * between each other, of which delta stays that of `stored` and the integral becomes unknown.
 */
export function mergeLateRollup(stored: Rollup, late: Rollup): Rollup {
  if (late.firstT >= stored.lastT) return mergeRollups(stored, late);
  if (late.lastT < stored.firstT) return mergeRollups(late, stored);
  const { firstT, firstV } = late.firstT < stored.firstT ? late : stored;
  const { lastT, lastV } = late.lastT >= stored.lastT ? late : stored;
  return {
    count: stored.count + late.count,
    sum: stored.sum + late.sum,
    min: Math.min(stored.min, late.min),
    max: Math.max(stored.max, late.max),
    firstT,
    firstV,
    lastT,
    lastV,
    delta: stored.delta,
    integral: null,
  };
}

/** What a counter gained from one reading to the next; a fall means that it was reset to zero. */
export function growth(from: number, to: number): number {
  return to >= from ? to - from : to;
}
