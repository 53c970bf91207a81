import type { ScalarFunction, Signature } from "./signature.js";
import { finiteOrNull, type LinqType, type LinqValue } from "./value.js";

type Arithmetic = (a: number, b: number) => number;

const widest = (types: readonly LinqType[]): LinqType => {
  if (types.includes("float8")) return "float8";
  return types.every((type) => type === "duration") ? "duration" : "int8";
};

const num = (value: LinqValue | undefined): number => value as number;

function numeric(operate: Arithmetic, gives: Signature["gives"] = widest): Signature {
  return { takes: ["number", "number"], gives, run: ([a, b]) => finiteOrNull(operate(num(a), num(b))) };
}

function unary(operate: (value: number) => number, gives: Signature["gives"]): ScalarFunction {
  return { signatures: [{ takes: ["number"], gives, run: ([value]) => finiteOrNull(operate(num(value))) }] };
}

const plusTime =
  (sign: 1 | -1): Signature["run"] =>
  ([a, b]) =>
    finiteOrNull(num(a) + sign * num(b));

/** `/` of two integers is integer division (aggregation-apis.md 1.6); of anything by nought, null. */
const division: Signature = {
  takes: ["number", "number"],
  gives: (types) => (types.includes("float8") ? "float8" : "int8"),
  run: ([a, b]) => finiteOrNull(num(a) / num(b)),
};
const integerDivision: Signature = {
  ...division,
  takes: ["int8", "int8"],
  run: ([a, b]) => finiteOrNull(Math.trunc(num(a) / num(b))),
};

/** Half away from nought, to `digits` decimals. */
function roundTo(value: number, digits: number): number {
  const factor = 10 ** Math.min(15, Math.max(0, Math.trunc(digits)));
  return (Math.sign(value) * Math.round((Math.abs(value) + Number.EPSILON * Math.abs(value)) * factor)) / factor;
}

function toNumber(value: LinqValue | undefined): number | null {
  if (typeof value === "string" && !/^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/.test(value)) return null;
  return finiteOrNull(Number(value));
}

function truncated(value: number | null): number | null {
  return value === null ? null : finiteOrNull(Math.trunc(value));
}

/** Arithmetic and conversions to numbers (aggregation-apis.md 1.6). A result that is no finite number is null. */
export const NUMBER_FUNCTIONS: Readonly<Record<string, ScalarFunction>> = {
  add: {
    signatures: [
      numeric((a, b) => a + b),
      { takes: ["timestamp", "int8"], gives: "timestamp", run: plusTime(1) },
      { takes: ["int8", "timestamp"], gives: "timestamp", run: plusTime(1) },
    ],
  },
  sub: {
    signatures: [
      numeric((a, b) => a - b),
      { takes: ["timestamp", "timestamp"], gives: "duration", run: plusTime(-1) },
      { takes: ["timestamp", "int8"], gives: "timestamp", run: plusTime(-1) },
    ],
  },
  mul: { signatures: [numeric((a, b) => a * b)] },
  div: { signatures: [integerDivision, division] },
  rdiv: { signatures: [numeric((a, b) => a / b, "float8")] },
  rem: { signatures: [numeric((a, b) => a % b)] },
  mod: { signatures: [numeric((a, b) => a - b * Math.floor(a / b))] },
  neg: unary((value) => -value, widest),
  abs: unary(Math.abs, widest),
  floor: unary(Math.floor, "int8"),
  ceil: unary(Math.ceil, "int8"),
  round: {
    signatures: [
      { takes: ["number"], gives: "int8", run: ([value]) => finiteOrNull(roundTo(num(value), 0)) },
      {
        takes: ["number", "int8"],
        gives: "float8",
        run: ([value, digits]) => finiteOrNull(roundTo(num(value), num(digits))),
      },
    ],
  },
  int: { signatures: [{ takes: ["any"], gives: "int8", run: ([value]) => truncated(toNumber(value)) }] },
  float: { signatures: [{ takes: ["any"], gives: "float8", run: ([value]) => toNumber(value) }] },
};
