/** What a LINQ cell holds. A timestamp and a duration are milliseconds; a list comes of `collect` and its kin. */
export type LinqValue = number | string | boolean | null | readonly LinqValue[];

/** Types of Devo (aggregation-apis.md 1.7), and `duration`, `list`, `regex` and `null` of expressions. */
export type LinqType = "timestamp" | "str" | "int8" | "float8" | "bool" | "duration" | "list" | "regex" | "null";

/** A column by its place in the row. */
export interface LinqColumn {
  readonly name: string;
  readonly type: LinqType;
}

/** Cells in the order of the columns. */
export type LinqRow = readonly LinqValue[];

/** Characters of a text that an expression makes. */
export const MAX_TEXT_LENGTH = 4096;

/** A finite number, or null: LINQ has no infinity and no NaN, and JSON neither. */
export function finiteOrNull(value: number): number | null {
  // Minus nought is nought, as a group key and in print.
  return Number.isFinite(value) ? value + 0 : null;
}

/** Orders cells of one type; null comes first, then numbers, texts, booleans. */
export function compareValues(one: LinqValue, other: LinqValue): number {
  if (one === other) return 0;
  if (one === null || other === null) return one === null ? -1 : 1;
  if (typeof one === typeof other && typeof one !== "object") return one < other ? -1 : 1;
  const [left, right] = [keyOf(one), keyOf(other)];
  return left < right ? -1 : left > right ? 1 : 0;
}

/** Bytes that a cell takes, estimated. */
export function sizeOf(value: LinqValue): number {
  if (typeof value === "string") return 24 + value.length;
  return Array.isArray(value) ? value.reduce((sum, item) => sum + sizeOf(item), 24) : 16;
}

/** A text that two cells share only if they are equal. */
export function keyOf(value: LinqValue): string {
  if (typeof value === "number") return `n${value}`;
  return typeof value === "string" ? `s${value}` : JSON.stringify(value);
}
