import { createRequire } from "node:module";
import type { CallExpression, Clause, Expression } from "./ast.js";
import { LinqError, type LinqPosition } from "./linq-error.js";

/** Loaded with the first pattern of a process: most never see one. */
const loadRe2 = (): typeof import("re2js") => createRequire(import.meta.url)("re2js") as typeof import("re2js");

/** Characters of a regular expression, each counted as often as the repetitions around it may multiply it. */
export const MAX_PATTERN_SIZE = 1024;

/** Of all patterns of a query together, so that making them ready takes no longer than a turn of the event loop may. */
export const MAX_PATTERNS_SIZE = 4096;
/** What a class of Unicode adds: it is hundreds of ranges. */
const CLASS_SIZE = 64;

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
  const argument = patternOf(call);
  if (argument === undefined) {
    throw new LinqError("linq-arguments", "re takes one constant text", call.position, { hint: 're("^E[0-9]+")' });
  }
  const { text, position } = argument;
  const size = measurePattern(text);
  if (size > MAX_PATTERN_SIZE) {
    const message = `the pattern is too large: its length times its repetitions is ${size}, at most ${MAX_PATTERN_SIZE}`;
    throw new LinqError("linq-arguments", message, position);
  }
  try {
    const compiled = loadRe2().RE2JS.compile(text);
    return { size, test: (subject) => compiled.matcher(subject).find() };
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new LinqError("linq-arguments", `this is no regular expression of RE2: ${why}`, position);
  }
}

/** Throws `linq-limit` for a query whose patterns are too large together. */
export function limitPatterns(clauses: readonly Clause[]): void {
  let total = 0;
  const visit = (expression: Expression): void => {
    if (expression.kind === "set") expression.items.forEach(visit);
    if (expression.kind !== "call") return;
    expression.args.forEach(visit);
    const argument = expression.name === "re" ? patternOf(expression) : undefined;
    if (argument === undefined) return;
    const { text, position } = argument;
    const size = measurePattern(text);
    // Too large by itself: it is refused where it is compiled.
    if (size > MAX_PATTERN_SIZE) return;
    const classes = text.match(/\\p/gi)?.length ?? 0;
    total += size + classes * CLASS_SIZE;
    if (total <= MAX_PATTERNS_SIZE) return;
    const message = `the patterns of the query are too large: together ${MAX_PATTERNS_SIZE} characters at most`;
    throw new LinqError("linq-limit", message, position, {
      hint: "a character counts as often as it is repeated; match with one pattern, such as a|b|c",
    });
  };
  for (const clause of clauses) {
    if (clause.kind === "where") visit(clause.condition);
    else if (clause.kind === "select") for (const { expression } of clause.items) visit(expression);
    else if (clause.kind === "group") for (const { expression } of clause.by) visit(expression);
  }
}

function patternOf({ args }: CallExpression): { text: string; position: LinqPosition } | undefined {
  const [argument] = args;
  if (args.length !== 1 || argument?.kind !== "literal" || argument.type !== "str") return undefined;
  return { text: String(argument.value), position: argument.position };
}

/** Its length times its repetitions. */
function measurePattern(text: string): number {
  const repeats = [...text.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].map(([, low, high]) => Math.max(1, Number(high || low)));
  return Math.max(1, text.length) * repeats.reduce((product, count) => product * count, 1);
}
