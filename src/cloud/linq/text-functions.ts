import { RE2JS } from "re2js";
import type { RunContext, ScalarFunction, Signature } from "./signature.js";
import { formatTimestamp } from "./time.js";
import { type LinqValue, MAX_TEXT_LENGTH } from "./value.js";

/** Patterns longer than this are refused. */
export const MAX_PATTERN_LENGTH = 256;
/** Regular expressions already made ready, a few: they come of constants of the query. */
const PATTERN_CACHE_SIZE = 64;

type TextTest = (text: string, part: string) => boolean;

/** True when any of the parts passes. */
function textTest(test: TextTest, ignoresCase = false): ScalarFunction {
  const run: Signature["run"] = (args, context) => {
    const [text = "", ...parts] = args.map((value) => prepare(String(value), ignoresCase, context));
    return parts.some((part) => test(text, part));
  };
  return { signatures: [{ takes: ["str", "str"], rest: "str", gives: "bool", run }] };
}

function prepare(text: string, ignoresCase: boolean, context: RunContext): string {
  context.effort += text.length;
  return ignoresCase ? text.toLowerCase() : text;
}

const isWordCharacter = (character: string | undefined): boolean => character !== undefined && /[\p{L}\p{N}_]/u.test(character);

/** Whether `part` stands in `text` with no letter or digit beside it. */
function containsToken(text: string, part: string): boolean {
  if (part === "") return false;
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) {
    if (!isWordCharacter(text[at - 1]) && !isWordCharacter(text[at + part.length])) return true;
  }
  return false;
}

function textFunction(change: (text: string) => LinqValue, gives: "str" | "int8" = "str"): ScalarFunction {
  const run: Signature["run"] = ([text], context) => change(prepare(String(text), false, context));
  return { signatures: [{ takes: ["str"], gives, run }] };
}

/** Texts longer than MAX_TEXT_LENGTH are cut, so that no expression makes them grow without end. */
function bounded(text: string): string {
  return text.length <= MAX_TEXT_LENGTH ? text : text.slice(0, MAX_TEXT_LENGTH);
}

/** What is wrong with a regular expression, if anything: too long, too many repetitions, or not RE2's syntax. */
export function findPatternFault(pattern: string): string | undefined {
  if (pattern.length > MAX_PATTERN_LENGTH) return `it has ${pattern.length} characters, ${MAX_PATTERN_LENGTH} at most`;
  const repeats = [...pattern.matchAll(/\{(\d+)(?:,(\d*))?\}/g)].map(([, low, high]) => Number(high || low) || 1);
  if (repeats.reduce((product, count) => product * count, 1) > 1000) return "its repetitions multiply to more than 1000";
  try {
    RE2JS.compile(pattern);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** RE2 takes time linear in the text, so that no pattern hangs the process. */
function createMatcher(): (text: string, pattern: string) => boolean | null {
  const patterns = new Map<string, RE2JS | null>();
  return (text, pattern) => {
    let compiled = patterns.get(pattern);
    if (compiled === undefined) {
      if (patterns.size >= PATTERN_CACHE_SIZE) patterns.clear();
      compiled = findPatternFault(pattern) === undefined ? RE2JS.compile(pattern) : null;
      patterns.set(pattern, compiled);
    }
    return compiled === null ? null : compiled.matcher(text).find();
  };
}

const matchers = new WeakMap<RunContext, ReturnType<typeof createMatcher>>();

function matches([text, pattern]: readonly LinqValue[], context: RunContext): LinqValue {
  let match = matchers.get(context);
  if (match === undefined) matchers.set(context, (match = createMatcher()));
  const subject = bounded(String(text));
  context.effort += subject.length * (1 + String(pattern).length);
  return match(subject, String(pattern));
}

const concatenate: Signature["run"] = (args, context) => bounded(prepare(args.map(String).join(""), false, context));

/** Texts (aggregation-apis.md 1.6). `weak` ignores case; `tok` looks for whole words. */
export const TEXT_FUNCTIONS: Readonly<Record<string, ScalarFunction>> = {
  eqic: textTest((text, other) => text === other, true),
  has: textTest((text, part) => text.includes(part)),
  weakhas: textTest((text, part) => text.includes(part), true),
  toktains: textTest(containsToken),
  weaktoktains: textTest(containsToken, true),
  startswith: textTest((text, part) => text.startsWith(part)),
  endswith: textTest((text, part) => text.endsWith(part)),
  matches: { signatures: [{ takes: ["str", "regex"], gives: "bool", run: matches }] },
  re: { signatures: [{ takes: ["str"], gives: "regex", run: ([pattern]) => pattern as string }] },
  upper: textFunction((text) => text.toUpperCase()),
  lower: textFunction((text) => text.toLowerCase()),
  trim: textFunction((text) => text.trim()),
  length: textFunction((text) => text.length, "int8"),
  concat: { signatures: [{ takes: ["str", "str"], rest: "str", gives: "str", run: concatenate }] },
  str: {
    signatures: [
      { takes: ["timestamp"], gives: "str", run: ([at]) => formatTimestamp(at as number) },
      { takes: ["any"], gives: "str", run: ([value]) => bounded(Array.isArray(value) ? JSON.stringify(value) : String(value)) },
    ],
  },
};
