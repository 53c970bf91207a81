import type { EvaluationContext } from "./evaluation-context.js";
import type { LinqType, LinqValue } from "./value.js";

/** What a parameter takes: a type, any number (durations too), anything, or what compares with the first argument. */
export type Parameter = LinqType | "number" | "any" | "alike";

/** One way to call a function. */
export interface Signature {
  readonly takes: readonly Parameter[];
  /** Further arguments of this kind, any number of them. */
  readonly rest?: Parameter;
  readonly gives: LinqType | ((types: readonly LinqType[]) => LinqType);
  /** Called with values of the parameters' types; without null unless the function takes null. */
  run(args: readonly LinqValue[], context: EvaluationContext): LinqValue;
  /** The same as a function of the first argument, where all others are `constants`. */
  prepare?(constants: readonly LinqValue[], context: EvaluationContext): (value: LinqValue) => LinqValue;
}

export interface ScalarFunction {
  readonly signatures: readonly Signature[];
  /** Whether it wants to see null; other functions of null are null (aggregation-apis.md 1.6). */
  readonly takesNull?: boolean;
}

const isNumber = (type: LinqType): boolean => type === "int8" || type === "float8" || type === "duration";

/** Whether an argument of `type` fits; null fits everywhere. */
export function fits(type: LinqType, parameter: Parameter, first: LinqType): boolean {
  if (type === "null" || parameter === "any") return true;
  if (parameter === "number") return isNumber(type);
  if (parameter === "alike") return isComparable(first, type);
  if (parameter === "float8") return isNumber(type);
  if (parameter === "int8") return type === "int8" || type === "duration";
  return type === parameter;
}

/** Whether two types have an order: equal ones, numbers, a timestamp with a text that tells one. */
export function isComparable(one: LinqType, other: LinqType): boolean {
  if (one === "null" || other === "null" || (isNumber(one) && isNumber(other))) return true;
  if (one === "timestamp" || other === "timestamp") return one === other || one === "str" || other === "str";
  return one === other;
}

/** The type of a value that is one or the other: the wider number, or what is not null. */
export function commonType(types: readonly LinqType[]): LinqType | undefined {
  let common: LinqType = "null";
  for (const type of types) {
    if (common === "null" || common === type) common = type;
    else if (isNumber(common) && isNumber(type)) {
      common = common === "float8" || type === "float8" ? "float8" : "int8";
    } else if (type !== "null") return undefined;
  }
  return common;
}

/** The signature that takes arguments of these types, if any. */
export function findSignature(signatures: readonly Signature[], types: readonly LinqType[]): Signature | undefined {
  const first = types.find((type) => type !== "null") ?? "null";
  return signatures.find(({ takes, rest }) => {
    if (types.length < takes.length || (types.length > takes.length && rest === undefined)) return false;
    return types.every((type, index) => fits(type, takes[index] ?? (rest as Parameter), first));
  });
}

/** `round(number)`, `in(any, alike...)`: the ways to call a function, for a refusal. */
export function describeSignatures(name: string, signatures: readonly Signature[]): string {
  const texts = signatures.map(({ takes, rest }) => {
    return `${name}(${[...takes, ...(rest === undefined ? [] : [`${rest}...`])].join(", ")})`;
  });
  return [...new Set(texts)].join(" or ");
}
