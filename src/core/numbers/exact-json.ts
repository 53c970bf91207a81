import { showWhole } from "./whole.js";

/** A string of JSON, or a number; an integer has neither fraction nor exponent. */
const TOKEN = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;
const INTEGER = /^-?[1-9]\d*$/;
/** No integer beyond 2^53 has fewer digits. */
const MANY_DIGITS = /\d{16}/;

/**
 * Reads JSON like `JSON.parse`, but gives a whole number beyond 2^53-1 as the text of its digits instead of rounding
 * it. Throws as `JSON.parse` does.
 */
export function parseExactJson(text: string, reviver?: (key: string, value: unknown) => unknown): unknown {
  return JSON.parse(MANY_DIGITS.test(text) ? quoteLongIntegers(text) : text, reviver);
}

function quoteLongIntegers(text: string): string {
  return text.replace(TOKEN, (token) =>
    INTEGER.test(token) && !Number.isSafeInteger(Number(token)) ? `"${token}"` : token,
  );
}

/** JSON of a value that may hold bigints; beyond 2^53-1 they are texts of digits, as `parseExactJson` gives them. */
export function stringifyExactJson(value: unknown): string {
  return JSON.stringify(value, (_, part: unknown) => (typeof part === "bigint" ? showWhole(part) : part));
}
