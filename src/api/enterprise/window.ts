import { readEpoch } from "../openapi/query.js";
import { requestError } from "../request-error.js";

/** Numbers above are milliseconds: as seconds they lie beyond the year 5000. */
const LARGEST_SECONDS = 1e11;
const DAY_MS = 86_400_000;
/** Logs show a week, two days at a time (rest.md 2.2). */
const LOG_KEPT_MS = 7 * DAY_MS;
const LOG_WINDOW_MS = 2 * DAY_MS;
/** A client's clock may differ from ours by this much. */
const SKEW_MS = 60_000;

/** A stretch of a log, both ends included. */
export interface LogWindow {
  readonly start: number;
  readonly end: number;
}

/** A timestamp, as milliseconds; in a query it is written in seconds, and taken in milliseconds too. Throws `request-invalid`. */
export function readMoment(name: string, text: string): number {
  return readEpoch(name, text, Math.abs(Number(text)) > LARGEST_SECONDS ? 1 : 1000);
}

/**
 * `start_ts` and `end_ts` of a log: at most two days inside the last seven, without both the last two; one alone is
 * the end or the beginning of two days (rest.md 2.2). Throws `request-invalid`.
 */
export function readLogWindow(
  { start_ts: startText, end_ts: endText }: { readonly start_ts?: string; readonly end_ts?: string },
  now: number,
): LogWindow {
  const given = startText === undefined ? undefined : readMoment("start_ts", startText);
  const end = endText === undefined ? Math.min(now, (given ?? now) + LOG_WINDOW_MS) : readEnd(endText);
  const start = given ?? end - LOG_WINDOW_MS;
  if (end <= start) throw requestError("end_ts is after start_ts");
  if (end > now + SKEW_MS) throw requestError("end_ts is not in the future");
  if (start < now - LOG_KEPT_MS - SKEW_MS) throw requestError("start_ts is within the last 7 days");
  if (end - start > LOG_WINDOW_MS + 999) throw requestError("start_ts and end_ts are at most 2 days apart");
  return { start, end };
}

/** What was logged within the second of an `end_ts` belongs to it. */
function readEnd(text: string): number {
  const end = readMoment("end_ts", text);
  return Math.abs(Number(text)) > LARGEST_SECONDS ? end : end + 999;
}
