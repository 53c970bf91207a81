import { COMPARISON_FUNCTIONS } from "./comparison-functions.js";
import { NUMBER_FUNCTIONS } from "./number-functions.js";
import { commonType, type ScalarFunction, type Signature } from "./signature.js";
import { TEXT_FUNCTIONS } from "./text-functions.js";
import { TIME_FUNCTIONS } from "./time-functions.js";
import { compareValues, type LinqType, type LinqValue } from "./value.js";

/** `decode(x, a, A, b, B, otherwise)`: the result of the first value that equals x; null when none does. */
const decode: Signature = {
  takes: ["any", "any", "any"],
  rest: "any",
  gives: (types) => commonType(types.filter((_type, index) => isDecodeResult(index, types.length))) ?? "str",
  run: ([value, ...rest]) => {
    for (let at = 0; at + 1 < rest.length; at += 2) {
      if (value !== null && compareValues(value as LinqValue, rest[at] as LinqValue) === 0)
        return rest[at + 1] as LinqValue;
    }
    return rest.length % 2 === 1 ? (rest.at(-1) as LinqValue) : null;
  },
};

function isDecodeResult(index: number, count: number): boolean {
  return index > 0 && (index % 2 === 0 || index === count - 1);
}

const second = (types: readonly LinqType[]): LinqType => commonType(types.slice(-2)) ?? "null";

/** Every function of a row (aggregation-apis.md 1.6), operators by their function names. */
export const SCALAR_FUNCTIONS: ReadonlyMap<string, ScalarFunction> = new Map(
  Object.entries({
    ...COMPARISON_FUNCTIONS,
    ...NUMBER_FUNCTIONS,
    ...TEXT_FUNCTIONS,
    ...TIME_FUNCTIONS,
    nvl: {
      takesNull: true,
      signatures: [
        { takes: ["any", "alike"], gives: second, run: ([a, b]) => (a === null ? (b as LinqValue) : (a as LinqValue)) },
      ],
    },
    ifthenelse: {
      takesNull: true,
      signatures: [
        {
          takes: ["bool", "any"],
          gives: ([, then = "null"]) => then,
          run: ([test, then]) => (test === true ? (then as LinqValue) : null),
        },
        {
          takes: ["bool", "any", "any"],
          gives: second,
          run: ([test, then, otherwise]) => (test === true ? (then as LinqValue) : (otherwise as LinqValue)),
        },
      ],
    },
    decode: { takesNull: true, signatures: [decode] },
  } satisfies Record<string, ScalarFunction>),
);
