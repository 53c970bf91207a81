import type { Parameter, ScalarFunction } from "./signature.js";
import { parseTimestamp } from "./time.js";
import { compareValues, keyOf, type LinqValue } from "./value.js";

const PAIR: readonly Parameter[] = ["any", "alike"];

function comparison(test: (order: number) => boolean): ScalarFunction {
  return {
    signatures: [
      { takes: ["timestamp", "str"], gives: "bool", run: ([a, b], { zone }) => testOrder(a, readTime(b, zone), test) },
      { takes: ["str", "timestamp"], gives: "bool", run: ([a, b], { zone }) => testOrder(readTime(a, zone), b, test) },
      { takes: PAIR, gives: "bool", run: ([a, b]) => testOrder(a, b, test) },
    ],
  };
}

function testOrder(a: LinqValue | undefined, b: LinqValue | undefined, test: (order: number) => boolean): LinqValue {
  return a === null || b === null ? null : test(compareValues(a as LinqValue, b as LinqValue));
}

function readTime(value: LinqValue | undefined, zone: Parameters<typeof parseTimestamp>[1]): LinqValue {
  return parseTimestamp(String(value), zone);
}

/** Three-valued: a null decides nothing unless the other operands leave it open. */
function logical(decisive: boolean): ScalarFunction {
  return {
    takesNull: true,
    signatures: [
      {
        takes: ["bool", "bool"],
        rest: "bool",
        gives: "bool",
        run: (args) => (args.includes(decisive) ? decisive : args.includes(null) ? null : !decisive),
      },
    ],
  };
}

function isEmpty(value: LinqValue | undefined): boolean {
  return value === null || value === "" || (Array.isArray(value) && value.length === 0);
}

function predicate(test: (value: LinqValue | undefined) => boolean): ScalarFunction {
  return { takesNull: true, signatures: [{ takes: ["any"], gives: "bool", run: ([value]) => test(value) }] };
}

/** Comparison, logic, membership and null (aggregation-apis.md 1.6). */
export const COMPARISON_FUNCTIONS: Readonly<Record<string, ScalarFunction>> = {
  eq: comparison((order) => order === 0),
  ne: comparison((order) => order !== 0),
  lt: comparison((order) => order < 0),
  le: comparison((order) => order <= 0),
  gt: comparison((order) => order > 0),
  ge: comparison((order) => order >= 0),
  and: logical(false),
  or: logical(true),
  not: { signatures: [{ takes: ["bool"], gives: "bool", run: ([value]) => !value }] },
  in: {
    takesNull: true,
    signatures: [
      // A set in braces is spread into arguments before it comes here.
      {
        takes: ["timestamp"],
        rest: "str",
        gives: "bool",
        run: ([value, ...rest], { zone }) =>
          isMember(
            value,
            rest.map((text) => readTime(text, zone)),
          ),
        prepare: (rest, { zone }) => prepareMembers(rest.map((text) => readTime(text, zone))),
      },
      {
        takes: ["any"],
        rest: "alike",
        gives: "bool",
        run: ([value, ...rest]) => isMember(value, rest),
        prepare: prepareMembers,
      },
      { takes: ["any", "list"], gives: "bool", run: ([value, list]) => isMember(value, list) },
    ],
  },
  isnull: predicate((value) => value === null),
  isnotnull: predicate((value) => value !== null),
  isempty: predicate(isEmpty),
  isnotempty: predicate((value) => !isEmpty(value)),
};

function isMember(value: LinqValue | undefined, items: LinqValue | undefined): LinqValue {
  if (value === null || value === undefined || !Array.isArray(items)) return null;
  return items.some((item: LinqValue) => item !== null && compareValues(value, item) === 0);
}

/** `isMember` of constants, however many, in one look. */
function prepareMembers(items: readonly LinqValue[]): (value: LinqValue) => LinqValue {
  const keys = new Set(items.filter((item) => item !== null).map(keyOf));
  return (value) => (value === null ? null : keys.has(keyOf(value)));
}
