import { formatCount } from "../core/count-text.js";
import type { Millis } from "../core/duration.js";
import { GizlabError } from "../core/errors.js";
import { parseInstant } from "../core/instant.js";
import { parseExactJson } from "../core/numbers/exact-json.js";
import { suggestNearest } from "../core/suggestion.js";
import { type Datapoint, findDatapoint, type Profile } from "../profile/profile.js";
import { toWire } from "../profile/scale.js";
import type { BoundedLine } from "./bounded-lines.js";
import { type CsvCell, findSeparator, splitCsv } from "./csv.js";

/** A report that a file holds. */
export interface FileReport {
  readonly line: number;
  readonly did: string;
  readonly at: Millis;
  readonly attrs: Readonly<Record<string, unknown>>;
}

/** What is wrong with a file, and where; both are counted from 1. */
export interface FileProblem {
  readonly line: number;
  readonly column: number;
  readonly why: string;
}

export interface ReportFileOptions {
  /** The device of all reports that do not name one. */
  readonly did: string | undefined;
  /** The column or key of the time; found by its name without. */
  readonly time: string | undefined;
  /** The profile of a device, or why there is none. */
  readonly profileOf: (did: string) => Profile | string;
  /** Puts a local time without an offset in its place. */
  readonly toInstant: (local: Millis) => Millis;
}

const TIME_NAMES = ["ts", "time", "timestamp", "datetime", "date", "at", "eventdate"];

/** Reports and problems of a CSV file with a header row, or of one JSON object a line, in the order of the file. */
export async function* readReportFile(
  lines: AsyncIterable<BoundedLine>,
  options: ReportFileOptions,
): AsyncGenerator<FileReport | FileProblem> {
  let number = 0;
  let read: ((text: string, line: number) => FileReport | FileProblem) | undefined;
  for await (const text of lines) {
    number += 1;
    if (text === undefined) yield { line: number, column: 1, why: "the line is too long" };
    if (text === undefined || text.trim() === "") continue;
    if (read !== undefined) yield read(text, number);
    else if (text.trimStart().startsWith("{")) {
      read = (json, at) => readJson(json, at, options);
      yield read(text, number);
    } else {
      const table = openTable(text, number, options);
      if ("why" in table) {
        yield table;
        return;
      }
      read = table.read;
    }
  }
}

type Cell = { readonly name: string; readonly value: unknown; readonly column: number };

function openTable(
  header: string,
  line: number,
  options: ReportFileOptions,
): FileProblem | { read: (text: string, line: number) => FileReport | FileProblem } {
  const separator = findSeparator(header);
  const names = splitCsv(header, separator);
  if (names === undefined) return { line, column: 1, why: "a quote of the header is not closed" };
  const time = findTime(
    names.map(({ text }) => text),
    options,
  );
  if (time === undefined) return { line, column: 1, why: noTime("the header", options) };
  // With one device for all rows its profile knows every column; otherwise each row's own does.
  const profile = options.did === undefined ? undefined : options.profileOf(options.did);
  if (profile !== undefined && !names.some(({ text }) => text === "did")) {
    if (typeof profile === "string") return { line, column: 1, why: profile };
    const stranger = names.find(({ text }) => text !== time && findDatapoint(profile, text) === undefined);
    if (stranger !== undefined) return { line, column: stranger.column, why: unknownName(profile, stranger.text) };
  }
  return {
    read: (text, at) => {
      const cells = splitCsv(text, separator);
      if (cells === undefined) return { line: at, column: 1, why: "a quote is not closed" };
      if (cells.length !== names.length) {
        return { line: at, column: 1, why: `${formatCount(cells.length, "cell")} under a header of ${names.length}` };
      }
      const named = cells.flatMap(({ text: value, column }: CsvCell, index): Cell[] =>
        value === "" ? [] : [{ name: names[index]?.text ?? "", value, column }],
      );
      return readCells(named, time, at, options);
    },
  };
}

function readJson(text: string, line: number, options: ReportFileOptions): FileReport | FileProblem {
  let value: Record<string, unknown>;
  try {
    value = parseExactJson(text) as Record<string, unknown>;
  } catch (error) {
    const position = /position (\d+)/.exec((error as Error).message)?.[1];
    return { line, column: Number(position ?? 0) + 1, why: "not JSON" };
  }
  const time = findTime(Object.keys(value), options);
  if (time === undefined) return { line, column: 1, why: noTime("the line", options) };
  const { attrs, ...rest } = value;
  const all = typeof attrs === "object" && attrs !== null ? { ...rest, ...attrs } : value;
  const cells = Object.entries(all).map(
    ([name, cell]): Cell => ({ name, value: cell, column: Math.max(0, text.indexOf(`"${name}"`)) + 1 }),
  );
  return readCells(cells, time, line, options);
}

function readCells(
  cells: readonly Cell[],
  time: string,
  line: number,
  options: ReportFileOptions,
): FileReport | FileProblem {
  const didCell = cells.find(({ name }) => name === "did");
  const did = didCell === undefined ? options.did : String(didCell.value);
  if (did === undefined) return { line, column: 1, why: "no did: give one with --did, or a column did" };
  const profile = options.profileOf(did);
  if (typeof profile === "string") return { line, column: didCell?.column ?? 1, why: profile };
  let at: Millis | undefined;
  const attrs: Record<string, unknown> = {};
  for (const { name, value, column } of cells) {
    if (name === "did") continue;
    if (name === time) {
      at = parseInstant(String(value), options.toInstant);
      if (at === undefined)
        return { line, column, why: `"${String(value)}" is no time: milliseconds, seconds or ISO 8601` };
      continue;
    }
    const datapoint = findDatapoint(profile, name);
    if (datapoint === undefined) return { line, column, why: unknownName(profile, name) };
    const typed = typeof value === "string" ? typeText(datapoint, value) : value;
    try {
      toWire(datapoint, typed);
    } catch (error) {
      if (!(error instanceof GizlabError)) throw error;
      const { message, expected, found } = error;
      return {
        line,
        column,
        why: expected === undefined ? message : `${message}: expected ${expected}, found ${found}`,
      };
    }
    attrs[name] = typed;
  }
  if (at === undefined) return { line, column: 1, why: "the time is missing" };
  return { line, did, at, attrs };
}

/** What a text of a file means for a datapoint; one that means nothing stays as it is, to be refused by its type. */
function typeText({ dataType, labels }: Datapoint, text: string): unknown {
  if (dataType === "binary" || dataType === "uint64") return text;
  if (dataType === "bool") return /^(true|1|on)$/i.test(text) ? true : /^(false|0|off)$/i.test(text) ? false : text;
  if (dataType === "enum" && labels.includes(text)) return text;
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i.test(text) ? Number(text) : text;
}

function findTime(names: readonly string[], { time }: ReportFileOptions): string | undefined {
  if (time !== undefined) return names.find((name) => name === time);
  return names.find((name) => TIME_NAMES.includes(name.toLowerCase()));
}

function noTime(where: string, { time }: ReportFileOptions): string {
  return time === undefined
    ? `${where} has no time: name the column ts, time, timestamp or date, or say which with --time`
    : `${where} has no column ${time}`;
}

function unknownName(profile: Profile, name: string): string {
  const nearest = suggestNearest(
    name,
    profile.datapoints.map((datapoint) => datapoint.name),
  );
  return `${profile.name} has no datapoint ${name}${nearest === undefined ? "" : `; did you mean ${nearest}?`}`;
}
