import { LinqError } from "../../cloud/linq/linq-error.js";
import { formatTimestamp } from "../../cloud/linq/time.js";
import type { LinqColumn, LinqRow, LinqValue } from "../../cloud/linq/value.js";

const JSON_TYPE = "application/json; charset=utf-8";
const LINES_TYPE = "application/x-ndjson; charset=utf-8";

/** The forms of an answer and their content types (aggregation-apis.md 1.7). */
export const SEARCH_MODES = {
  json: JSON_TYPE,
  "json/compact": JSON_TYPE,
  "json/simple": LINES_TYPE,
  "json/simple/compact": LINES_TYPE,
  csv: "text/csv; charset=utf-8",
  tsv: "text/tab-separated-values; charset=utf-8",
} as const;
export type SearchMode = keyof typeof SEARCH_MODES;

/** Rows and characters of one answer. */
const MAX_ROWS = 100_000;
const MAX_LENGTH = 64 * 1024 * 1024;
/** Characters that are written in one go. */
const PART_LENGTH = 64 * 1024;

export interface AnswerOptions {
  readonly timestamp: number;
  readonly cid: string;
  readonly offset: number;
  readonly limit: number | undefined;
  /** Times as ISO 8601 instead of milliseconds since 1970. */
  readonly isIso: boolean;
  /** The time to which the answer goes, where the client wants to be told. */
  readonly progressTo: number | undefined;
  /** Told of the characters that are kept; may throw. */
  readonly take: (length: number) => void;
}

/** What stands around the rows of a mode, and how one is written. */
interface Form {
  readonly head: string;
  readonly separator: string;
  readonly tail: string;
  row(row: LinqRow): string;
}

/**
 * An answer in pieces. Throws whatever reading the rows and `take` throw, and `linq-limit` for more rows or characters than one
 * answer holds.
 */
export async function renderAnswer(
  mode: SearchMode,
  columns: readonly LinqColumn[],
  rows: AsyncIterable<LinqRow>,
  options: AnswerOptions,
): Promise<string[]> {
  const form = formOf(mode, columns, options);
  const parts: string[] = [];
  let [part, length, seen, count] = [form.head, 0, 0, 0];
  const { offset, limit = Number.POSITIVE_INFINITY, take } = options;
  if (limit > 0) {
    for await (const row of rows) {
      seen += 1;
      if (seen <= offset) continue;
      count += 1;
      if (count > MAX_ROWS) throw tooMuch(`${MAX_ROWS} rows`);
      part += (count > 1 ? form.separator : "") + form.row(row);
      if (part.length > PART_LENGTH) {
        parts.push(part);
        length += part.length;
        if (length > MAX_LENGTH) throw tooMuch(`${MAX_LENGTH} characters`);
        take(part.length);
        part = "";
      }
      if (count >= limit) break;
    }
  }
  parts.push(part + form.tail);
  take(part.length);
  return parts;
}

function formOf(mode: SearchMode, columns: readonly LinqColumn[], options: AnswerOptions): Form {
  const { timestamp, cid, isIso, progressTo } = options;
  const cell = (value: LinqValue, index: number): string =>
    isIso && columns[index]?.type === "timestamp" ? JSON.stringify(isoOf(value)) : JSON.stringify(value);
  const names = columns.map(({ name }) => JSON.stringify(name));
  const objectOf = (row: LinqRow): string => `{${row.map((value, at) => `${names[at]}:${cell(value, at)}`).join(",")}}`;
  const arrayOf = (row: LinqRow): string => `[${row.map(cell).join(",")}]`;
  const envelope = `{"msg":"","timestamp":${timestamp},"cid":"${cid}","status":0,"object":`;
  const progress = progressTo === undefined ? "" : `{"p":[${progressTo}]}\n`;
  const types = columns.map(({ type }, index) => `${names[index]}:${JSON.stringify({ type, index })}`).join(",");
  const metadata = `"m":{${types}},"metadata":${JSON.stringify(columns.map(({ name, type }) => ({ name, type })))}`;
  switch (mode) {
    case "json":
      return { head: `${envelope}[`, separator: ",", tail: "]}", row: objectOf };
    case "json/compact":
      return { head: `${envelope}{${metadata},"d":[`, separator: ",", tail: "]}}", row: arrayOf };
    case "json/simple":
      return { head: "", separator: "", tail: progress, row: (row) => `${objectOf(row)}\n` };
    case "json/simple/compact":
      return { head: `{${metadata}}\n`, separator: "", tail: progress, row: (row) => `{"d":${arrayOf(row)}}\n` };
    default:
      return tableForm(mode === "csv" ? "," : "\t", columns);
  }
}

function tableForm(delimiter: string, columns: readonly LinqColumn[]): Form {
  const line = (cells: readonly string[]): string =>
    `${cells.map((cell) => quoteCell(cell, delimiter)).join(delimiter)}\n`;
  return {
    head: line(columns.map(({ name }) => name)),
    separator: "",
    tail: "",
    row: (row) => line(row.map((value, index) => textOf(value, columns[index]))),
  };
}

function textOf(value: LinqValue, column: LinqColumn | undefined): string {
  if (value === null) return "";
  if (column?.type === "timestamp" && typeof value === "number") return formatTimestamp(value) ?? "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** As RFC 4180 has it. */
function quoteCell(text: string, delimiter: string): string {
  return text.includes(delimiter) || /["\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

function isoOf(value: LinqValue): LinqValue {
  if (typeof value !== "number") return value;
  const text = formatTimestamp(value);
  return text === null ? null : `${text.replace(" ", "T")}Z`;
}

function tooMuch(what: string): LinqError {
  return new LinqError("linq-limit", `the answer has more than ${what}`, undefined, {
    hint: "ask for a part of it with limit and offset, or with from and to",
  });
}
