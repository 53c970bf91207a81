import type { Millis } from "../../core/duration.js";
import type { Zone } from "./zone.js";

/** The widths that the Gizwits aggregation asks for (rest.md 3.1). */
export type CalendarUnit = "HOURS" | "DAYS" | "WEEKS" | "MONTHS";

/** How weeks are numbered: `W` is strftime's %W, days before the first Monday being week 00; `ISO` is ISO 8601 (rest.md 3.3). */
export type WeekRule = "W" | "ISO";

/** A stretch of time in a zone, `start` included, `end` not. */
export interface CalendarBucket {
  readonly start: Millis;
  readonly end: Millis;
}

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** 1970-01-05, the first Monday of the epoch. */
const FIRST_MONDAY_MS = 4 * DAY_MS;

/**
 * The calendar bucket of `unit` that holds `at`, in local time of `zone`, right across DST: a day has 23, 24
 * or 25 hours, weeks begin on Monday. An hour that a change cuts ends at the change, and another begins there.
 */
export function calendarBucket(unit: CalendarUnit, zone: Zone, at: Millis): CalendarBucket {
  if (unit === "HOURS") return hourBucket(zone, at);
  const local = zone.toLocal(at);
  const [start, end] = localDates(unit, local);
  return { start: zone.toInstant(start), end: zone.toInstant(end) };
}

function hourBucket(zone: Zone, at: Millis): CalendarBucket {
  const offset = zone.offsetAt(at);
  const start = Math.floor((at + offset) / HOUR_MS) * HOUR_MS - offset;
  return { start: Math.max(start, zone.changeBefore(at)), end: Math.min(start + HOUR_MS, zone.changeAfter(at)) };
}

function localDates(unit: Exclude<CalendarUnit, "HOURS">, local: Millis): [Millis, Millis] {
  if (unit === "DAYS") {
    const start = Math.floor(local / DAY_MS) * DAY_MS;
    return [start, start + DAY_MS];
  }
  if (unit === "WEEKS") {
    const week = 7 * DAY_MS;
    const start = Math.floor((local - FIRST_MONDAY_MS) / week) * week + FIRST_MONDAY_MS;
    return [start, start + week];
  }
  const date = new Date(local);
  return [
    Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), 1),
    Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + 1, 1),
  ];
}

/** The label of a bucket: `yyyyMMddHH`, `yyyyMMdd`, year and week, or `yyyyMM` of its start (rest.md 3.2). */
export function labelBucket(unit: CalendarUnit, zone: Zone, start: Millis, weekRule: WeekRule = "W"): string {
  const date = new Date(zone.toLocal(start));
  const year = String(date.getUTCFullYear()).padStart(4, "0");
  const month = pad(date.getUTCMonth() + 1);
  const day = pad(date.getUTCDate());
  switch (unit) {
    case "HOURS":
      return `${year}${month}${day}${pad(date.getUTCHours())}`;
    case "DAYS":
      return `${year}${month}${day}`;
    case "WEEKS":
      return weekRule === "ISO" ? isoWeek(date) : `${year}${pad(mondayWeek(date))}`;
    case "MONTHS":
      return `${year}${month}`;
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
  return `${String(thursday.getUTCFullYear()).padStart(4, "0")}${pad(week)}`;
}

function pad(value: number): string {
  return String(value).padStart(2, "0");
}
