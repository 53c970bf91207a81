import { GizlabError } from "../../core/errors.js";
import { parseExactJson } from "../../core/numbers/exact-json.js";
import { suggestNearest } from "../../core/suggestion.js";
import { findDatapoint, type Profile } from "../../profile/profile.js";
import { type DisplayValues, wireValues } from "../../profile/scale.js";
import { readAttrText } from "./attr-text.js";

/** One report of a script: the datapoints it changes, and the line it stands in. */
export interface ScriptRow {
  readonly line: number;
  readonly attrs: DisplayValues;
}

interface Cell {
  readonly text: string;
  /** 1 for the first character of the line. */
  readonly column: number;
}

/**
 * Reads a script of reports: CSV with the datapoints' names in its first line, where an empty cell changes nothing, or
 * a JSON object a line. Values are in engineering units. Empty lines and lines that begin with # are passed over.
 * Throws `script-invalid` with line and column.
 */
export function parseReportScript(text: string, file: string, profile: Profile): ScriptRow[] {
  const lines = text
    .split("\n")
    .map((content, index) => ({ content, line: index + 1 }))
    .filter(({ content }) => content.trim() !== "" && !content.startsWith("#"));
  const [first, ...others] = lines;
  if (first === undefined) throw new GizlabError("script-invalid", "there is no report in it", { at: { file } });
  if (first.content.trimStart().startsWith("{")) {
    return lines.map(({ content, line }) => readJsonLine(content, { file, line }, profile));
  }
  const head = readHead(first, file, profile);
  if (others.length > 0) return others.map((line) => readRow(line, head, file, profile));
  throw new GizlabError("script-invalid", "there is no row below the names of the datapoints", { at: { file } });
}

function readJsonLine(content: string, at: { file: string; line: number }, profile: Profile): ScriptRow {
  let attrs: unknown;
  try {
    attrs = parseExactJson(content);
  } catch (error) {
    throw new GizlabError("script-invalid", `the line is no JSON: ${(error as Error).message}`, { at });
  }
  if (typeof attrs !== "object" || attrs === null || Array.isArray(attrs)) {
    throw new GizlabError("script-invalid", "the line is no JSON object", { at, hint: 'write {"Temperature":21}' });
  }
  check(attrs as DisplayValues, profile, (name) => ({ ...at, column: Math.max(1, content.indexOf(`"${name}"`) + 1) }));
  return { line: at.line, attrs: attrs as DisplayValues };
}

function readHead({ content, line }: { content: string; line: number }, file: string, profile: Profile): string[] {
  const names: string[] = [];
  for (const { text, column } of splitCells(content, { file, line })) {
    const name = text.trim();
    const at = { file, line, column };
    if (findDatapoint(profile, name) === undefined) {
      const known = profile.datapoints.map((datapoint) => datapoint.name);
      const nearest = suggestNearest(name, known);
      throw new GizlabError("script-invalid", `${profile.name} has no datapoint "${name}"`, {
        at,
        hint:
          nearest === undefined ? `the first line names datapoints: ${known.join(", ")}` : `did you mean ${nearest}?`,
      });
    }
    if (names.includes(name)) throw new GizlabError("script-invalid", `${name} has two columns`, { at });
    names.push(name);
  }
  return names;
}

function readRow(
  { content, line }: { content: string; line: number },
  head: readonly string[],
  file: string,
  profile: Profile,
): ScriptRow {
  const cells = splitCells(content, { file, line });
  const extra = cells[head.length];
  if (extra !== undefined) {
    const detail = { expected: String(head.length), found: String(cells.length) };
    throw new GizlabError("script-invalid", "the row has more cells than the first line has names", {
      ...detail,
      at: { file, line, column: extra.column },
    });
  }
  const given: Record<string, unknown> = {};
  head.forEach((name, index) => {
    const text = cells[index]?.text.trim() ?? "";
    if (text !== "") given[name] = readAttrText(profile, name, text);
  });
  check(given, profile, (name) => ({ file, line, column: cells[head.indexOf(name)]?.column ?? 1 }));
  return { line, attrs: given as DisplayValues };
}

/** Names the place of a datapoint that the product does not take as it is. */
function check(
  attrs: Readonly<Record<string, unknown>>,
  profile: Profile,
  placeOf: (name: string) => { file: string; line: number; column: number },
): void {
  try {
    wireValues(profile, attrs);
  } catch (error) {
    if (!(error instanceof GizlabError)) throw error;
    const { message, expected, found, hint, at } = error;
    throw new GizlabError("script-invalid", message, {
      ...(expected === undefined ? {} : { expected }),
      ...(found === undefined ? {} : { found }),
      ...(hint === undefined ? {} : { hint }),
      at: placeOf(at?.path ?? ""),
      cause: error,
    });
  }
}

/** The cells of a line of CSV; a cell in " may hold commas, and "" for a quote. */
function splitCells(content: string, at: { file: string; line: number }): Cell[] {
  const cells: Cell[] = [];
  let from = 0;
  for (;;) {
    const quoted = /^\s*"((?:[^"]|"")*)"\s*(?:,|$)/.exec(content.slice(from));
    const found = quoted ?? /^([^,"]*)(?:,|$)/.exec(content.slice(from));
    if (found === null) {
      throw new GizlabError("script-invalid", "a quote is not closed, or stands inside a cell", {
        at: { ...at, column: from + 1 },
        hint: 'a cell with a comma or a quote is written "a, ""b"""',
      });
    }
    const text = found[1] ?? "";
    cells.push({ text: quoted === null ? text : text.replaceAll('""', '"'), column: from + 1 });
    from += found[0].length;
    if (!found[0].endsWith(",")) return cells;
  }
}
