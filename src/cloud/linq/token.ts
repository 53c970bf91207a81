import type { LinqPosition } from "./linq-error.js";

/** A word of LINQ. `text` is what it says: a name without backticks, a string without quotes and escapes. */
export interface Token {
  readonly kind: "name" | "keyword" | "integer" | "float" | "duration" | "string" | "symbol" | "end";
  readonly text: string;
  /** Of numbers; of a duration, milliseconds. */
  readonly value: number;
  readonly position: LinqPosition;
  /** Offset just past the token. */
  readonly end: number;
}

/** Words that are no names unless written in backticks (aggregation-apis.md 1.6). Lower case only. */
export const KEYWORDS: ReadonlySet<string> = new Set(
  ("from where select group every by as limit offset order then pragma " + "and or not in true false null").split(" "),
);

/** Milliseconds of a LINQ duration unit (aggregation-apis.md 1.6); `w` is seven days. */
export const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** A name as LINQ writes it: in backticks when it is a keyword or no plain identifier. */
export function quoteName(name: string): string {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !KEYWORDS.has(name) ? name : `\`${name}\``;
}

/** A string literal in double quotes; backslash, quote, line feed, carriage return and tab are escaped. */
export function quoteString(text: string): string {
  return `"${text.replace(/[\\"\n\r\t]/g, (character) => ESCAPES[character] ?? character)}"`;
}

const ESCAPES: Readonly<Record<string, string>> = { "\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t" };
