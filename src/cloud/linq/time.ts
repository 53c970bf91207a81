import type { Millis } from "../../core/duration.js";
import { Zone } from "../telemetry/zone.js";
import { LinqError } from "./linq-error.js";

const DAY_MS = 86_400_000;
const WEEK_MS = 7 * DAY_MS;
/** 1970-01-05, the first Monday of the epoch. */
const FIRST_MONDAY_MS = 4 * DAY_MS;
const LOCAL = /^(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2})(?::(\d{2})(?:\.(\d{1,3}))?)?)?(Z|[+-]\d{2}:?\d{2})?$/;
const JAVA_OFFSET = /^(?:GMT|UTC)([+-])(\d{1,2})(?::?(\d{2}))?$/;

/** Between instants and the wall clock of a place. */
export type LinqZone = Pick<Zone, "name" | "toLocal" | "toInstant">;

/** What a query's time functions stand on. `now` is one instant for the whole evaluation. */
export interface LinqEnvironment {
  readonly now: Millis;
  readonly zone: LinqZone;
}

/**
 * A task's `timeZone`: an IANA name, or Java's `GMT+01:00`, whose sign is that of the offset
 * (aggregation-apis.md 1.6). Throws `linq-time-zone`.
 */
export function parseTimeZone(name: string): LinqZone {
  const [, sign, hours, minutes = "00"] = JAVA_OFFSET.exec(name) ?? [];
  if (sign !== undefined && Number(hours) <= 18 && Number(minutes) < 60) {
    const offset = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === "-" ? -1 : 1);
    return { name, toLocal: (at) => at + offset, toInstant: (local) => local - offset };
  }
  try {
    return new Zone(name === "GMT" || name === "Z" ? "UTC" : name);
  } catch (cause) {
    const hint = "write an IANA name (Europe/Berlin) or an offset (GMT+01:00)";
    const error = new LinqError("linq-time-zone", `"${name.slice(0, 40)}" is no time zone`, undefined, { hint });
    error.cause = cause;
    throw error;
  }
}

/**
 * The start of the bucket of `everyMs` that holds `at` (aggregation-apis.md 1.6, our choice): counted from the epoch
 * in UTC below one day; whole days from midnight in the zone, whole weeks from Monday.
 */
export function bucketStart(at: Millis, everyMs: Millis, zone: LinqZone): Millis {
  if (everyMs % DAY_MS !== 0) return Math.floor(at / everyMs) * everyMs;
  const origin = everyMs % WEEK_MS === 0 ? FIRST_MONDAY_MS : 0;
  return zone.toInstant(Math.floor((zone.toLocal(at) - origin) / everyMs) * everyMs + origin);
}

/** Midnight of the day of `at` in the zone, `days` later. */
export function midnight(at: Millis, zone: LinqZone, days = 0): Millis {
  return zone.toInstant(Math.floor(zone.toLocal(at) / DAY_MS) * DAY_MS + days * DAY_MS);
}

/** `2023-11-06`, `2023-11-06 07:30:00`, with `.SSS`, `T`, `Z` or an offset; in the zone when it names none. */
export function parseTimestamp(text: string, zone: LinqZone): Millis | null {
  const [, year, month, day, hour = "0", minute = "0", second = "0", fraction = "0", offset] = LOCAL.exec(text) ?? [];
  if (year === undefined || month === undefined || day === undefined) return null;
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 59) return null;
  const date = Date.UTC(Number(year), Number(month) - 1, Number(day));
  // A date that there is not, such as the 30th of February, becomes another one.
  if (new Date(date).toISOString().slice(0, 10) !== `${year}-${month}-${day}`) return null;
  const clock = (Number(hour) * 3600 + Number(minute) * 60 + Number(second)) * 1000;
  const local = date + clock + Number(fraction.padEnd(3, "0"));
  if (offset === undefined) return zone.toInstant(local);
  if (offset === "Z") return local;
  const span = (Number(offset.slice(1, 3)) * 60 + Number(offset.slice(-2))) * 60_000;
  return offset.startsWith("-") ? local + span : local - span;
}

/** `yyyy-MM-dd HH:mm:ss.SSS` in UTC, as in Devo's csv (aggregation-apis.md 1.7); null outside the years of Date. */
export function formatTimestamp(at: Millis): string | null {
  return Math.abs(at) > 8.64e15 ? null : new Date(at).toISOString().replace("T", " ").replace("Z", "");
}
