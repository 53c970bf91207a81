import { LinqError } from "./linq-error.js";
import type { LinqValue } from "./value.js";

/** A state as plain JSON, for a task that survives a restart. */
export type SavedState = readonly LinqValue[];

/**
 * What an aggregate knows of the rows of one group. Adding rows one by one, or merging states of parts of them in
 * any order, gives the same result.
 */
export interface AggregateState {
  /** Bytes that it takes at the moment, estimated: what one evaluation may hold is limited. */
  readonly held: number;
  /** @param at the row's time in milliseconds, by which `first` and `last` go. */
  add(value: LinqValue, at: number): void;
  /** Merges what a state of the same aggregate saved. Throws `linq-state` for anything else. */
  absorb(saved: SavedState): void;
  save(): SavedState;
  result(): LinqValue;
}

/** Bytes of an entry of a map of numbers, estimated. */
export const NUMBER_ENTRY_BYTES = 48;

/** Values that one group may keep, of `collect` and its kin. */
export const MAX_COLLECTED = 10_000;

/** The number at `index` of a saved state. Throws `linq-state`. */
export function savedNumber(saved: SavedState, index: number): number {
  const value = saved[index];
  if (typeof value !== "number") throw brokenState();
  return value;
}

/** The list at `index` of a saved state. Throws `linq-state`. */
export function savedList(saved: SavedState, index: number): readonly LinqValue[] {
  const value = saved[index];
  if (!Array.isArray(value)) throw brokenState();
  return value;
}

/** `linq-state`: what was saved is no state of this aggregate. */
export function brokenState(): LinqError {
  return new LinqError("linq-state", "this is no saved state of the aggregate", undefined);
}

/** `linq-limit`: a group outgrew what is kept. */
export function tooManyValues(): LinqError {
  const hint = "group by a shorter period, or count distinct values with hllppcount";
  return new LinqError("linq-limit", `a group collects at most ${MAX_COLLECTED} values`, undefined, { hint });
}
