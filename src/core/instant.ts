import type { Millis } from "./duration.js";

/** Times that calendars show with four digits of the year, and their whole months and weeks too; reports lie within them. */
export const EARLIEST_MS: Millis = Date.UTC(1900, 0, 1);
export const LATEST_MS: Millis = Date.UTC(9999, 0, 1) - 1;
/** Numbers below it are seconds since 1970, others milliseconds: the year 5138 and March 1973. */
const SECONDS_LIMIT = 1e11;
/** A year, or a date without dashes: whoever writes it does not mean seconds. */
const BARE_DATE = /^(?:\d{4}|(?:19|20)\d{6})$/;
const DATE = /^(\d{4})-(\d\d)-(\d\d)/;
const TIME = /^[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?/i;
const OFFSET = /^ ?(?:(Z)|([+-])(\d\d):?(\d\d))$/i;

/**
 * Reads an instant: seconds or milliseconds since 1970, an ISO date, or an ISO date and time. What names no offset is
 * a local time, which `toInstant` puts in its place, UTC without it. Undefined for what is none of these, and for
 * dates and times that no calendar and clock show.
 */
export function parseInstant(
  text: string,
  toInstant: (local: Millis) => Millis = (local) => local,
): Millis | undefined {
  const trimmed = text.trim();
  if (BARE_DATE.test(trimmed)) return undefined;
  if (/^-?\d{1,15}(?:\.\d{1,9})?$/.test(trimmed)) {
    const value = Number(trimmed);
    return Math.round(Math.abs(value) < SECONDS_LIMIT ? value * 1000 : value);
  }
  const [date = "", year, month, day] = DATE.exec(trimmed) ?? [];
  const [time = "", hour, minute, second, fraction] = TIME.exec(trimmed.slice(date.length)) ?? [];
  const rest = trimmed.slice(date.length + time.length);
  const [offset, isUtc, sign, offsetHours, offsetMinutes] = OFFSET.exec(rest) ?? [];
  if (date === "" || (rest !== "" && (offset === undefined || time === ""))) return undefined;
  const numbers = [year, month, day, hour, minute, second].map((part) => Number(part ?? 0));
  const local = fromParts(numbers as Parts);
  if (local === undefined) return undefined;
  const instant = local + Math.floor(Number(`0.${fraction ?? 0}`) * 1000);
  if (isUtc !== undefined) return instant;
  if (sign === undefined) return toInstant(instant);
  const shift = (Number(offsetHours) * 60 + Number(offsetMinutes)) * 60_000;
  return sign === "-" ? instant + shift : instant - shift;
}

type Parts = [year: number, month: number, day: number, hour: number, minute: number, second: number];

function fromParts([year, month, day, hour, minute, second]: Parts): Millis | undefined {
  const at = Date.UTC(year, month - 1, day, hour, minute, second);
  const shown = new Date(at);
  const isShown =
    shown.getUTCMonth() === month - 1 &&
    shown.getUTCDate() === day &&
    shown.getUTCHours() === hour &&
    shown.getUTCMinutes() === minute &&
    shown.getUTCSeconds() === second;
  return isShown ? at : undefined;
}
