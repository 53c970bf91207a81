import type { EvaluationContext } from "./evaluation-context.js";
import type { ScalarFunction, Signature } from "./signature.js";
import { formatTimestamp } from "./time.js";
import { type LinqValue, MAX_TEXT_LENGTH } from "./value.js";

type TextTest = (text: string, part: string) => boolean;

/** True when any of the parts passes. */
function textTest(test: TextTest, ignoresCase = false): ScalarFunction {
  const run: Signature["run"] = (args, context) => {
    const [text = "", ...parts] = args.map((value) => prepare(String(value), ignoresCase, context));
    return parts.some((part) => test(text, part));
  };
  return { signatures: [{ takes: ["str", "str"], rest: "str", gives: "bool", run }] };
}

function prepare(text: string, ignoresCase: boolean, context: EvaluationContext): string {
  context.spend(text.length);
  return ignoresCase ? text.toLowerCase() : text;
}

const isWordCharacter = (character: string | undefined): boolean =>
  character !== undefined && /[\p{L}\p{N}_]/u.test(character);

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

const concatenate: Signature["run"] = (args, context) => {
  let text = "";
  for (const part of args) {
    if (text.length >= MAX_TEXT_LENGTH) break;
    text += prepare(String(part), false, context);
  }
  return bounded(text);
};

/** Texts (aggregation-apis.md 1.6). `weak` ignores case; `tok` looks for whole words. */
export const TEXT_FUNCTIONS: Readonly<Record<string, ScalarFunction>> = {
  eqic: textTest((text, other) => text === other, true),
  has: textTest((text, part) => text.includes(part)),
  weakhas: textTest((text, part) => text.includes(part), true),
  toktains: textTest(containsToken),
  weaktoktains: textTest(containsToken, true),
  startswith: textTest((text, part) => text.startsWith(part)),
  endswith: textTest((text, part) => text.endsWith(part)),
  upper: textFunction((text) => text.toUpperCase()),
  lower: textFunction((text) => text.toLowerCase()),
  trim: textFunction((text) => text.trim()),
  length: textFunction((text) => text.length, "int8"),
  concat: { signatures: [{ takes: ["str", "str"], rest: "str", gives: "str", run: concatenate }] },
  str: {
    signatures: [
      { takes: ["timestamp"], gives: "str", run: ([at]) => formatTimestamp(at as number) },
      {
        takes: ["any"],
        gives: "str",
        run: ([value]) => bounded(Array.isArray(value) ? JSON.stringify(value) : String(value)),
      },
    ],
  },
};
