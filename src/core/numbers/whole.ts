/** A whole number with all its digits: a number up to 2^53-1, a bigint only beyond. */
export type Whole = number | bigint;

/** The largest value of 8 bytes. */
export const MAX_UINT64 = 2n ** 64n - 1n;

/** The number of a bigint where it keeps every digit, else the bigint. */
export function toWhole(value: bigint): Whole {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** A whole number as JSON and people see it: beyond 2^53-1 its digits are a text, which no reader rounds. */
export function showWhole(value: Whole): number | string {
  const whole = typeof value === "bigint" ? toWhole(value) : value;
  return typeof whole === "bigint" ? String(whole) : whole;
}

/** Values that may be given as bigint, as JSON can hold them. */
export function showBigints<T>(
  values: Readonly<Record<string, T>>,
): Record<string, Exclude<T, bigint> | number | string> {
  const shown = Object.entries(values).map(([name, value]) => [
    name,
    typeof value === "bigint" ? showWhole(value) : value,
  ]);
  return Object.fromEntries(shown) as Record<string, Exclude<T, bigint> | number | string>;
}

/** The number of a value that may be the text of digits beyond 2^53; null for what is neither. */
export function toNumber(value: unknown): number | null {
  if (typeof value === "number") return value;
  return typeof value === "string" && /^-?(?=[\d.]{16})\d+(?:\.\d+)?$/.test(value) ? Number(value) : null;
}
