import { bucketsBetween, type CalendarUnit, calendarBuckets, labelBucket } from "../../cloud/telemetry/calendar.js";
import type { ApiContext } from "../context.js";
import { readWord } from "../openapi/query.js";
import { requestError } from "../request-error.js";

/** How reports are cut: by day, week or month. */
export type CycleName = "date" | "week" | "month";

/** One cycle of a report. */
export interface Cycle {
  /** `2016-08-01`, `2016-51` or `2016-12`. */
  readonly label: string;
  readonly start: number;
  readonly end: number;
}

interface CycleKind {
  readonly unit: CalendarUnit;
  /** At most so many in one report (rest.md 2.2). */
  readonly limit: number;
  readonly form: string;
}

const KINDS: Readonly<Record<CycleName, CycleKind>> = {
  date: { unit: "DAYS", limit: 30, form: "YYYY-MM-DD" },
  week: { unit: "WEEKS", limit: 53, form: "YYYY-WW" },
  month: { unit: "MONTHS", limit: 12, form: "YYYY-MM" },
};
const DAY_MS = 86_400_000;

/** Weeks are numbered by the lab's rule, which the documents leave open (rest.md 3.3). */
type Calendar = Pick<ApiContext, "zone" | "weekRule">;

/** Which cycle a report is cut by: days unless it says otherwise. Throws `request-invalid`. */
export function readCycleName(text: string | undefined): CycleName {
  return readWord("cycle", text, ["date", "week", "month"], "date");
}

/** The cycles from one label to another, both included. Throws `request-invalid`, `too-many-buckets`. */
export function readCycles(
  calendar: Calendar,
  name: CycleName,
  { start, end }: { readonly start?: string; readonly end?: string },
  limit: number = KINDS[name].limit,
): Cycle[] {
  const first = findCycle(calendar, name, "start", start);
  const last = findCycle(calendar, name, "end", end);
  if (last.start < first.start) throw requestError("end is not before start");
  const buckets = calendarBuckets(KINDS[name].unit, calendar.zone);
  return [...bucketsBetween(buckets, first.start, last.end, limit)].map((bucket) => ({
    ...bucket,
    label: labelCycle(calendar, name, bucket.start),
  }));
}

/** The label of the cycle that begins at an instant. */
export function labelCycle({ zone, weekRule }: Calendar, name: CycleName, start: number): string {
  const label = labelBucket(KINDS[name].unit, zone, start, weekRule);
  return label.replace(/^(\d{4})(\d\d)(\d\d)?$/, (_all, year, part, day) =>
    [year, part, day].filter((piece) => piece !== undefined).join("-"),
  );
}

function findCycle(calendar: Calendar, name: CycleName, parameter: string, text: string | undefined): Cycle {
  const { unit, form } = KINDS[name];
  const buckets = calendarBuckets(unit, calendar.zone);
  for (const day of candidates(name, text ?? "")) {
    const bucket = buckets.at(calendar.zone.toInstant(day));
    const label = labelCycle(calendar, name, bucket.start);
    if (label === text) return { ...bucket, label };
  }
  throw requestError(`${parameter} is a ${name} written as ${form}`);
}

/** Days, as midnights of UTC, one of which lies in the cycle that is meant: week rules differ by a week at most. */
function candidates(name: CycleName, text: string): number[] {
  const [, year, part, day] = /^((?:19[7-9]|[2-9]\d\d)\d)-(\d\d)(?:-(\d\d))?$/.exec(text) ?? [];
  if (year === undefined || (day !== undefined) !== (name === "date") || Number(year) > 9998) return [];
  if (name !== "week") return [Date.UTC(Number(year), Number(part) - 1, Number(day ?? 1))];
  return [-1, 0, 1].map((shift) => Date.UTC(Number(year), 0, 1) + (Number(part) + shift) * 7 * DAY_MS);
}
