import { UsageError } from "./output.js";

/** A whole number given as text. Throws `usage`. */
export function readInteger(
  name: string,
  text: string | undefined,
  fallback: number,
  min: number,
  max: number,
): number {
  if (text === undefined) return fallback;
  const value = Number(text);
  if (!/^-?\d+$/.test(text) || value < min || value > max) {
    throw new UsageError(`--${name} is a whole number, ${min} to ${max}, not "${text}"`);
  }
  return value;
}
