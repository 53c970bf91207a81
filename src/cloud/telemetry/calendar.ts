import type { Millis } from "../../core/duration.js";
import { GizlabError } from "../../core/errors.js";
import type { Zone } from "./zone.js";

/** The widths that the Gizwits aggregation asks for (rest.md 3.1). */
export type CalendarUnit = "HOURS" | "DAYS" | "WEEKS" | "MONTHS";

/** How weeks are numbered: `W` is strftime's %W, days before the first Monday being week 00; `ISO` is ISO 8601 (rest.md 3.3). */
export type WeekRule = "W" | "ISO";

/** A stretch of time, `start` included, `end` not. */
export interface TimeBucket {
  readonly start: Millis;
  readonly end: Millis;
}

/** All of time cut into buckets, one behind the other and without holes. */
export interface Buckets {
  /** The bucket that holds an instant. */
  at(instant: Millis): TimeBucket;
}

export type WidthUnit = "millisecond" | "second" | "minute" | "hour" | "day" | "week" | "month" | "year";

export interface BucketRule {
  readonly unit: WidthUnit;
  /** So many units make one bucket: a whole number from 1, by default 1. */
  readonly count?: number;
  /** Days, weeks, months and years are those of its clocks and calendar. */
  readonly zone: Zone;
  /**
   * An instant at which a bucket begins; the others are counted from what the zone's clocks show then. Without it
   * widths below a day are counted from every local midnight, where the last of the day may be shorter; days and
   * weeks from Monday 2000-01-03, months and years from January 2000 (aggregation-apis.md 2.2).
   */
  readonly origin?: Millis;
}

/** At most this many buckets in one answer. */
export const MAX_BUCKETS = 200_000;

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
const UNIT_MS = { millisecond: 1, second: 1000, minute: 60_000, hour: HOUR_MS, day: DAY_MS, week: 7 * DAY_MS } as const;
/** A Monday. */
const ORIGIN_MS = Date.UTC(2000, 0, 3);
/** A century: what is wider has no use, and dates must stay within what the platform can write. */
const MAX_WIDTH_MS = 36_525 * DAY_MS;

/** Buckets on a wall clock that is written as if it were UTC. */
interface LocalSteps {
  /** Where the bucket that holds `local` starts. */
  startOf(local: Millis): Millis;
  /** Where the bucket that starts at `start` ends. */
  endOf(start: Millis): Millis;
}

/**
 * Buckets of a width in a zone, right across DST: a day has 23, 24 or 25 hours. Widths up to an hour end where the clocks
 * change, and another begins there; wider ones go on over the change, an edge that is shown twice being where it is
 * shown first, one that is skipped being the change itself.
 * Throws `bucket-invalid` for a count that is no whole number from 1, for a width over a century, and for an origin of
 * months that is not the first of a month at midnight.
 */
export function createBuckets({ unit, count = 1, zone, origin }: BucketRule): Buckets {
  if (!Number.isSafeInteger(count) || count < 1) throw invalid("the number of units is wrong", "1, 2, 3 …", count);
  if (unit === "month" || unit === "year") {
    return edgeBuckets(zone, monthSteps(unit === "year" ? 12 * count : count, origin, zone));
  }
  const width = UNIT_MS[unit] * count;
  if (width > MAX_WIDTH_MS) throw invalid("the width is too wide", "at most 100 years", `${count} ${unit}s`);
  const steps =
    origin === undefined && width < DAY_MS
      ? midnightSteps(width)
      : evenSteps(width, origin === undefined ? ORIGIN_MS : zone.toLocal(origin));
  return width <= HOUR_MS ? cutBuckets(zone, steps) : edgeBuckets(zone, steps);
}

/** The same buckets, where that of the last question is found at once: questions mostly come in order. */
export function rememberBucket(buckets: Buckets): Buckets {
  let last: TimeBucket | undefined;
  return {
    at(instant) {
      if (last === undefined || instant < last.start || instant >= last.end) last = buckets.at(instant);
      return last;
    },
  };
}

/** One bucket, for the question about the whole of [start, end). */
export function wholeRange(start: Millis, end: Millis): Buckets {
  return { at: () => ({ start, end }) };
}

/** The buckets of the Gizwits aggregation; weeks begin on Monday (rest.md 3.5). */
export function calendarBuckets(unit: CalendarUnit, zone: Zone): Buckets {
  const units = { HOURS: "hour", DAYS: "day", WEEKS: "week", MONTHS: "month" } as const;
  return createBuckets({ unit: units[unit], zone });
}

/**
 * The buckets that [start, end) touches, in order and one at a time; the first and the last whole, not cut.
 * Throws `too-many-buckets` when it comes to the one beyond `limit`.
 */
export function* bucketsBetween(
  buckets: Buckets,
  start: Millis,
  end: Millis,
  limit: number = MAX_BUCKETS,
): Generator<TimeBucket> {
  let count = 0;
  for (let at = start; at < end; ) {
    const bucket = buckets.at(at);
    count += 1;
    if (count > limit) throw tooManyBuckets(limit);
    yield bucket;
    at = bucket.end;
  }
}

/** The error `too-many-buckets`, which is the same wherever buckets are counted. */
export function tooManyBuckets(limit: number = MAX_BUCKETS): GizlabError {
  return new GizlabError("too-many-buckets", "the query makes too many buckets", {
    expected: `at most ${limit}`,
    found: "more",
    hint: "ask for a shorter time or a wider unit",
  });
}

function cutBuckets(zone: Zone, steps: LocalSteps): Buckets {
  return {
    at(instant) {
      const offset = zone.offsetAt(instant);
      const localStart = steps.startOf(instant + offset);
      const start = localStart - offset;
      const end = steps.endOf(localStart) - offset;
      // Most buckets have no change near them: then it need not be looked for.
      if (zone.offsetAt(start) === offset && zone.offsetAt(end - 1) === offset) return { start, end };
      return { start: Math.max(start, zone.changeBefore(instant)), end: Math.min(end, zone.changeAfter(instant)) };
    },
  };
}

function edgeBuckets(zone: Zone, steps: LocalSteps): Buckets {
  return {
    at(instant) {
      let from = steps.startOf(zone.toLocal(instant));
      let start = edgeAt(zone, from);
      while (start > instant) {
        from = steps.startOf(from - 1);
        start = edgeAt(zone, from);
      }
      let to = steps.endOf(from);
      let end = edgeAt(zone, to);
      while (end <= instant) {
        to = steps.endOf(to);
        start = end;
        end = edgeAt(zone, to);
      }
      return { start, end };
    },
  };
}

/** The first instant at which clocks show `local` or later. */
function edgeAt(zone: Zone, local: Millis): Millis {
  const at = zone.toInstant(local);
  return zone.toLocal(at) === local ? at : zone.changeBefore(at);
}

function evenSteps(width: Millis, origin: Millis): LocalSteps {
  return {
    startOf: (local) => Math.floor((local - origin) / width) * width + origin,
    endOf: (start) => start + width,
  };
}

function midnightSteps(width: Millis): LocalSteps {
  const midnightOf = (local: Millis): Millis => Math.floor(local / DAY_MS) * DAY_MS;
  return {
    startOf(local) {
      const midnight = midnightOf(local);
      return Math.floor((local - midnight) / width) * width + midnight;
    },
    endOf: (start) => Math.min(start + width, midnightOf(start) + DAY_MS),
  };
}

function monthSteps(width: number, origin: Millis | undefined, zone: Zone): LocalSteps {
  if (width > 1200) throw invalid("the width is too wide", "at most 100 years", `${width} months`);
  const first = new Date(origin === undefined ? Date.UTC(2000, 0, 1) : zone.toLocal(origin));
  if (first.getTime() !== Date.UTC(first.getUTCFullYear(), first.getUTCMonth(), 1)) {
    throw invalid("months are counted from the first of one", "a midnight that begins a month", first.toISOString());
  }
  const base = monthOf(first);
  const begin = (month: number): Millis => Date.UTC(2000, month - 24_000, 1);
  return {
    startOf: (local) => begin(Math.floor((monthOf(new Date(local)) - base) / width) * width + base),
    endOf: (start) => begin(monthOf(new Date(start)) + width),
  };
}

function monthOf(date: Date): number {
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

function invalid(message: string, expected: string, found: string | number): GizlabError {
  return new GizlabError("bucket-invalid", message, { expected, found: String(found) });
}

/** Labels of one bucket after another, as `labelBucket` gives them; the date is put into words once a day. */
export function bucketLabels(unit: CalendarUnit, zone: Zone, weekRule: WeekRule = "W"): (start: Millis) => string {
  if (unit !== "HOURS") return (start) => labelBucket(unit, zone, start, weekRule);
  let day: number | undefined;
  let date = "";
  return (start) => {
    const local = zone.toLocal(start);
    const next = Math.floor(local / DAY_MS);
    if (next !== day) {
      day = next;
      date = labelBucket("DAYS", zone, start);
    }
    const hour = Math.floor((local - next * DAY_MS) / HOUR_MS);
    return hour < 10 ? `${date}0${hour}` : `${date}${hour}`;
  };
}

/** The label of a bucket: `yyyyMMddHH`, `yyyyMMdd`, year and week, or `yyyyMM` of its start (rest.md 3.2). */
export function labelBucket(unit: CalendarUnit, zone: Zone, start: Millis, weekRule: WeekRule = "W"): string {
  const date = new Date(zone.toLocal(start));
  const year = date.getUTCFullYear();
  const month = year * 100 + date.getUTCMonth() + 1;
  switch (unit) {
    case "HOURS":
      return digits((month * 100 + date.getUTCDate()) * 100 + date.getUTCHours(), 10);
    case "DAYS":
      return digits(month * 100 + date.getUTCDate(), 8);
    case "WEEKS":
      return weekRule === "ISO" ? isoWeek(date) : digits(year * 100 + mondayWeek(date), 6);
    case "MONTHS":
      return digits(month, 6);
  }
}

/** strftime %W: weeks begin on Monday, days before the first Monday are week 00. */
function mondayWeek(date: Date): number {
  const yearStart = Date.UTC(date.getUTCFullYear(), 0, 1);
  const dayOfYear = Math.floor((date.getTime() - yearStart) / DAY_MS);
  const mondayBased = (date.getUTCDay() + 6) % 7;
  return Math.floor((dayOfYear + 7 - mondayBased) / 7);
}

/** ISO 8601: the week that holds the year's first Thursday is week 01. */
function isoWeek(date: Date): string {
  const thursday = new Date(date.getTime() + (3 - ((date.getUTCDay() + 6) % 7)) * DAY_MS);
  const yearStart = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  const week = Math.floor((thursday.getTime() - yearStart) / (7 * DAY_MS)) + 1;
  return digits(thursday.getUTCFullYear() * 100 + week, 6);
}

function digits(value: number, length: number): string {
  return String(value).padStart(length, "0");
}
