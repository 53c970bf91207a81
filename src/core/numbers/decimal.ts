/** An exact decimal number: digits / 10 ** places. */
export interface Decimal {
  readonly digits: bigint;
  readonly places: number;
}

const SURE_DIGITS = 15;
const FORM = /^\s*([+-]?)(\d+)(?:\.(\d*))?(?:e([+-]?\d{1,3}))?\s*$/i;

/** Reads a decimal number from its text; undefined for any other text. */
export function parseDecimal(text: string): Decimal | undefined {
  const found = FORM.exec(text);
  if (found === null) return undefined;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = found;
  const digits = BigInt(`${whole}${fraction}`) * (sign === "-" ? -1n : 1n);
  const places = fraction.length - Number(exponent);
  return places < 0 ? { digits: digits * 10n ** BigInt(-places), places: 0 } : { digits, places };
}

/** A number as it is written: 0.1 is one tenth, not the binary fraction next to it. */
export function decimalOf(value: number | bigint): Decimal {
  return typeof value === "bigint" ? { digits: value, places: 0 } : (parseDecimal(String(value)) as Decimal);
}

/** The digits of a decimal when it is written with `places` decimals, which are no fewer than its own. */
export function digitsAt({ digits, places }: Decimal, wanted: number): bigint {
  return digits * 10n ** BigInt(wanted - places);
}

/** A decimal as a number where that keeps every digit, else as the text of its digits. */
export function showDecimal({ digits, places }: Decimal): number | string {
  const isNegative = digits < 0n;
  const all = String(isNegative ? -digits : digits).padStart(places + 1, "0");
  const whole = all.slice(0, all.length - places);
  const fraction = all.slice(all.length - places).replace(/0+$/, "");
  const text = `${isNegative ? "-" : ""}${whole}${fraction === "" ? "" : `.${fraction}`}`;
  const number = Number(text);
  if (fraction === "") return Number.isSafeInteger(number) ? number : text;
  // 15 digits come back from every number; of more it depends.
  return all.length <= SURE_DIGITS || String(number) === text ? number : text;
}

/** The quotient rounded to the nearest whole number, halves up; the divisor is not 0. */
export function divideNearest(dividend: bigint, divisor: bigint): bigint {
  const [top, bottom] = divisor < 0n ? [-dividend, -divisor] : [dividend, divisor];
  const doubled = 2n * top + bottom;
  const quotient = doubled / (2n * bottom);
  return doubled < 0n && doubled % (2n * bottom) !== 0n ? quotient - 1n : quotient;
}
