import { GizlabError } from "../../core/errors.js";
import type { CalendarUnit, WidthUnit } from "./calendar.js";

/** How wide a bucket is. */
export interface BucketWidth {
  readonly unit: WidthUnit;
  readonly count: number;
}

const UNITS: ReadonlyMap<string, WidthUnit> = new Map([
  ["ms", "millisecond"],
  ["s", "second"],
  ["m", "minute"],
  ["h", "hour"],
  ["d", "day"],
  ["w", "week"],
  ["mo", "month"],
  ["y", "year"],
]);
const WORDS: ReadonlyMap<CalendarUnit, WidthUnit> = new Map([
  ["HOURS", "hour"],
  ["DAYS", "day"],
  ["WEEKS", "week"],
  ["MONTHS", "month"],
]);

/** Reads `15m`, `1h`, `1d`, `1mo`, `1y`, or a unit of the Gizwits aggregation such as `DAYS`. Throws `bucket-invalid`. */
export function parseBucketWidth(text: string): BucketWidth {
  const word = WORDS.get(text.toUpperCase() as CalendarUnit);
  if (word !== undefined) return { unit: word, count: 1 };
  const [, count = "", name = ""] = /^(\d{1,9})(ms|s|m|h|d|w|mo|y)$/.exec(text) ?? [];
  const unit = UNITS.get(name);
  if (unit === undefined) {
    throw new GizlabError("bucket-invalid", `"${text.slice(0, 40)}" is no width of a bucket`, {
      hint: "write a number and one of ms, s, m, h, d, w, mo (months), y: 15m, 1h, 1d, 1mo; or HOURS, DAYS, WEEKS, MONTHS",
    });
  }
  return { unit, count: Number(count) };
}
