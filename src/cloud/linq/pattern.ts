import { RE2JS } from "re2js";
import type { CallExpression } from "./ast.js";
import { LinqError } from "./linq-error.js";

/** Characters of a regular expression, each counted as often as the repetitions around it may multiply it. */
export const MAX_PATTERN_SIZE = 1024;

/** A regular expression made ready, and the steps it takes a character at most. */
export interface Pattern {
  readonly size: number;
  test(text: string): boolean;
}

/**
 * The pattern of `re("...")`, found anywhere in a text. RE2's syntax: its time is linear in the text, so that no
 * pattern hangs the process. Throws `linq-arguments` for one that is no constant, too large or not RE2's syntax.
 */
export function compilePattern(call: CallExpression): Pattern {
  const [argument] = call.args;
  if (call.args.length !== 1 || argument?.kind !== "literal" || argument.type !== "str") {
    throw new LinqError("linq-arguments", "re takes one constant text", call.position, { hint: 're("^E[0-9]+")' });
  }
  const text = String(argument.value);
  const repeats = [...text.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].map(([, low, high]) => Math.max(1, Number(high || low)));
  const size = Math.max(1, text.length) * repeats.reduce((product, count) => product * count, 1);
  if (size > MAX_PATTERN_SIZE) {
    const message = `the pattern is too large: its length times its repetitions is ${size}, at most ${MAX_PATTERN_SIZE}`;
    throw new LinqError("linq-arguments", message, argument.position);
  }
  try {
    const compiled = RE2JS.compile(text);
    return { size, test: (subject) => compiled.matcher(subject).find() };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new LinqError("linq-arguments", `this is no regular expression of RE2: ${why}`, argument.position);
  }
}
