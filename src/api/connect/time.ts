import type { Millis } from "../../core/duration.js";
import { GizlabError } from "../../core/errors.js";

/** A date, and perhaps a time and a zone; a `+` of the zone may have become a blank on its way. */
const TIME = /^(\d{4}-\d\d-\d\d)(?:[ Tt](\d\d):(\d\d)(?::(\d\d)(\.\d{1,9})?)?(?: ?[Zz]|([ +-])(\d\d)(?::?(\d\d))?)?)?$/;
const MINUTE_MS = 60_000;
/** No place on earth is further from UTC. */
const MOST_OFFSET_MINUTES = 14 * 60;

/**
 * Reads a time of a query: `2024-05-27 13:00:00Z`, with `T` or a blank, `Z`, an offset or neither for UTC, or a date
 * alone (aggregation-apis.md 2.4). The first whole millisecond from then on. Throws `time-invalid`.
 */
export function parseTime(name: string, text: string): Millis {
  const [
    ,
    date,
    hour = "00",
    minute = "00",
    second = "00",
    fraction = ".",
    sign,
    aheadHours = "0",
    aheadMinutes = "0",
  ] = TIME.exec(text.trim()) ?? [];
  const day = Date.parse(`${date}T00:00:00Z`);
  const ahead = Number(aheadHours) * 60 + Number(aheadMinutes);
  const isTime =
    date !== undefined &&
    !date.startsWith("0000") &&
    // A day that its month does not have becomes another one.
    !Number.isNaN(day) &&
    new Date(day).toISOString().startsWith(date) &&
    Number(hour) < 24 &&
    Number(minute) < 60 &&
    Number(second) < 60 &&
    Number(aheadMinutes) < 60 &&
    ahead <= MOST_OFFSET_MINUTES;
  if (!isTime) {
    throw new GizlabError("time-invalid", `${name} is no date and time`, {
      found: text,
      hint: "write 2024-05-27 13:00:00Z, 2024-05-27T15:00:00+02:00 or 2024-05-27; without a zone it is UTC",
    });
  }
  const ofDay = (Number(hour) * 60 + Number(minute)) * MINUTE_MS + Number(second) * 1000;
  const offset = (sign === "-" ? -ahead : ahead) * MINUTE_MS;
  return day + ofDay + Math.ceil(Number(fraction.slice(1).padEnd(9, "0")) / 1e6) - offset;
}

/** A time as the face answers it: UTC, with milliseconds where there are some. */
export function formatTime(at: Millis): string {
  return new Date(at).toISOString().replace(".000Z", "Z");
}
