import type { Millis } from "../../core/duration.js";
import { type Buckets, createBuckets } from "./calendar.js";
import type { Interval } from "./interval.js";
import type { Zone } from "./zone.js";

/** A Monday: what clocks show where widths without months are counted from (aggregation-apis.md 2.2). */
const ORIGIN_MS = Date.UTC(2000, 0, 3);
const ORIGIN_OF_MONTHS_MS = Date.UTC(2000, 0, 1);

/** Buckets of a width as TimescaleDB aligns them on the clocks of a zone (aggregation-apis.md 2.2). */
export function createIntervalBuckets({ months, ms }: Interval, zone: Zone): Buckets {
  return months > 0
    ? createBuckets({ unit: "month", count: months, zone, origin: zone.toInstant(ORIGIN_OF_MONTHS_MS) })
    : createBuckets({ unit: "millisecond", count: ms, zone, origin: zone.toInstant(ORIGIN_MS) });
}

/** How many buckets [start, end) touches in UTC, full or empty. */
export function countIntervalBuckets(interval: Interval, start: Millis, end: Millis): number {
  return start >= end ? 0 : numberAt(interval, end - 1) - numberAt(interval, start) + 1;
}

function numberAt({ months, ms }: Interval, at: Millis): number {
  if (months === 0) return Math.floor((at - ORIGIN_MS) / ms);
  const date = new Date(at);
  return Math.floor(((date.getUTCFullYear() - 2000) * 12 + date.getUTCMonth()) / months);
}
