import { requestError } from "../request-error.js";

/** A whole number of a query string, 0 to `max`. Throws `request-invalid`. */
export function readCount(name: string, text: string | undefined, fallback: number, max: number): number {
  if (text === undefined) return fallback;
  if (!/^\d{1,15}$/.test(text) || Number(text) > max) throw requestError(`${name} is a whole number, 0 to ${max}`);
  return Number(text);
}

/** A time of a query string in whole seconds or milliseconds since the epoch; within what a calendar can show. Throws `request-invalid`. */
export function readEpoch(name: string, text: string | undefined, unitMs: number): number {
  const value = Number(text);
  const limit = 8.64e15 / unitMs;
  if (text === undefined || !/^-?\d{1,16}$/.test(text) || Math.abs(value) > limit) {
    throw requestError(`${name} is a time in ${unitMs === 1 ? "milliseconds" : "seconds"} since 1970`);
  }
  return value * unitMs;
}

/** One of some words. Throws `request-invalid`. */
export function readWord<T extends string>(
  name: string,
  text: string | undefined,
  words: readonly T[],
  fallback?: T,
): T {
  if (text === undefined && fallback !== undefined) return fallback;
  const word = words.find((candidate) => candidate === text);
  if (word === undefined) throw requestError(`${name} is one of ${words.join(", ")}`);
  return word;
}
