import type { Millis } from "../../core/duration.js";
import { EARLIEST_MS } from "../../core/instant.js";
import { RefusedRequest } from "./errors.js";
import { parseInstant } from "./instant.js";

/** A query string as it came; unknown names are passed over. */
export type QueryText = Readonly<Partial<Record<string, string>>>;

/** The spellings of each parameter that the documentation has (aggregation-apis.md 3.2 #1, #2). */
const SPELLINGS = {
  inputs_ids: ["inputs_ids", "input_ids"],
  asset_id: ["asset_id"],
  timeperiod_start: ["timeperiod_start", "timeperiod-start"],
  timeperiod_finish: ["timeperiod_finish", "timeperiod-finish"],
  timeperiod_last: ["timeperiod_last", "timeperiod-last"],
  aggregation_func: ["aggregation_func"],
  limit: ["limit"],
  order_by: ["order_by"],
  sort_by: ["sort_by"],
  is_add_lat_long: ["is_add_lat_long"],
  is_add_x_axis_data: ["is_add_x_axis_data"],
  is_add_metadata: ["is_add_metadata"],
} as const;
export type ParameterName = keyof typeof SPELLINGS;

const UNIT_MS = { hour: 3_600_000, day: 86_400_000, week: 604_800_000 } as const;

/** A refusal that names the parameter. */
export function wrongParameter(parameter: ParameterName, detail: string): RefusedRequest {
  return new RefusedRequest(400, "invalid", `${parameter} ${detail}`, { parameter });
}

/** One parameter by any of its names, without the quotes around it. Answers 400 for an empty one and for two that differ. */
export function readText(query: QueryText, name: ParameterName): string | undefined {
  const values = new Set(
    SPELLINGS[name].flatMap((spelling) => (Object.hasOwn(query, spelling) ? [unquote(query[spelling] ?? "")] : [])),
  );
  const [value, other] = values;
  if (other !== undefined) throw wrongParameter(name, `is given twice: ${SPELLINGS[name].join(" and ")} differ`);
  if (value === "") throw wrongParameter(name, "is empty");
  return value;
}

/** The items of a comma list, each once, without blanks and quotes around them. */
export function readList(query: QueryText, name: ParameterName): string[] | undefined {
  const text = readText(query, name);
  if (text === undefined) return undefined;
  const items = [...new Set(text.split(",").map(unquote))].filter((item) => item !== "");
  if (items.length === 0) throw wrongParameter(name, "is empty");
  return items;
}

/** A whole number from 1 to `max`. */
export function readPositive(query: QueryText, name: ParameterName, max: number): number | undefined {
  const text = readText(query, name);
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text) || Number(text) < 1) throw wrongParameter(name, "must be a positive integer");
  if (Number(text) > max) throw wrongParameter(name, `is at most ${max}`);
  return Number(text);
}

/** `true`, `True`, `1`, and the same of false; false without it (aggregation-apis.md 3.3 T17). */
export function readFlag(query: QueryText, name: ParameterName): boolean {
  const text = readText(query, name)?.toLowerCase() ?? "false";
  if (!["true", "1", "false", "0"].includes(text)) throw wrongParameter(name, "is true or false");
  return text === "true" || text === "1";
}

/** One of some words, in any case. */
export function readWord<T extends string>(query: QueryText, name: ParameterName, words: readonly T[]): T | undefined {
  const text = readText(query, name)?.toLowerCase();
  if (text === undefined) return undefined;
  return requireWord(name, text, words);
}

/** Some of some words, in the order of `words`. */
export function readWords<T extends string>(
  query: QueryText,
  name: ParameterName,
  words: readonly T[],
): T[] | undefined {
  const items = readList(query, name)?.map((item) => requireWord(name, item.toLowerCase(), words));
  return items === undefined ? undefined : words.filter((word) => items.includes(word));
}

/**
 * The time that is asked about, both ends included: `timeperiod_last` counts back from now; without it everything, or
 * what lies between start and finish, where a missing finish is now. Answers 400 for both at once (aggregation-apis.md
 * 3.2 #15), and for a start behind the finish.
 */
export function readPeriod(query: QueryText, now: Millis): { readonly start: Millis; readonly end: Millis } {
  const last = readText(query, "timeperiod_last");
  const start = readInstant(query, "timeperiod_start");
  const finish = readInstant(query, "timeperiod_finish");
  if (last !== undefined) {
    if (start !== undefined || finish !== undefined) {
      throw wrongParameter("timeperiod_last", "does not go with timeperiod_start and timeperiod_finish");
    }
    return { start: Math.max(now - parseSpan(last), EARLIEST_MS), end: now + 1 };
  }
  if (start !== undefined && start > (finish ?? now)) {
    throw wrongParameter("timeperiod_start", `is later than ${finish === undefined ? "now" : "timeperiod_finish"}`);
  }
  return { start: start ?? EARLIEST_MS, end: (finish ?? now) + 1 };
}

/** `1_day`, `2_hours`, `65_weeks` (aggregation-apis.md 3.2 #24). */
function parseSpan(text: string): Millis {
  const [, count = "0", unit = "day"] = /^(\d{1,6})_(hour|day|week)s?$/.exec(text) ?? [];
  if (Number(count) > 0) return Number(count) * UNIT_MS[unit as keyof typeof UNIT_MS];
  throw wrongParameter("timeperiod_last", "is a number from 1 and hours, days or weeks, such as 1_day or 2_weeks");
}

function readInstant(query: QueryText, name: ParameterName): Millis | undefined {
  const text = readText(query, name);
  if (text === undefined) return undefined;
  const instant = parseInstant(text);
  if (instant === undefined) throw wrongParameter(name, 'is a UTC time such as "2020-11-02 14:24:38"');
  return instant;
}

function requireWord<T extends string>(name: ParameterName, text: string, words: readonly T[]): T {
  const word = words.find((candidate) => candidate === text);
  if (word === undefined) throw wrongParameter(name, `is one of ${words.join(", ")}`);
  return word;
}

/** Takes blanks and one pair of quotes off (aggregation-apis.md 3.2 #5). */
function unquote(text: string): string {
  const trimmed = text.trim();
  const [, , inner] = /^(["'])(.*)\1$/s.exec(trimmed) ?? [];
  // Items that are quoted one by one keep theirs here.
  if (inner === undefined || inner.includes(trimmed[0] ?? "")) return trimmed;
  return inner.trim();
}
