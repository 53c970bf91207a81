import {
  type AggregateState,
  brokenState,
  MAX_COLLECTED,
  NUMBER_ENTRY_BYTES,
  type SavedState,
  savedList,
  savedNumber,
  tooManyValues,
} from "./aggregate-state.js";
import { compareValues, keyOf, type LinqValue, sizeOf } from "./value.js";

/** Bytes of a state with one value, and of a value collected beside the value and its key, estimated. */
const CHOICE_BYTES = 80;
const COLLECTION_BYTES = 160;
const ENTRY_BYTES = NUMBER_ENTRY_BYTES + 64;

/** `min` and `max`: null is no value. */
export class ExtremeState implements AggregateState {
  readonly #sign: 1 | -1;
  #value: LinqValue = null;
  held = CHOICE_BYTES;

  constructor(which: "min" | "max") {
    this.#sign = which === "min" ? 1 : -1;
  }

  add(value: LinqValue): void {
    if (value === null) return;
    if (this.#value !== null && compareValues(value, this.#value) * this.#sign >= 0) return;
    this.#value = value;
    this.held = CHOICE_BYTES + sizeOf(value);
  }

  absorb(saved: SavedState): void {
    const [value] = saved;
    if (value === undefined) throw brokenState();
    this.add(value);
  }

  save(): SavedState {
    return [this.#value];
  }

  result(): LinqValue {
    return this.#value;
  }
}

/** `first` and `last` by the rows' time; of one time, the least and the greatest value. The `nn` forms pass null over. */
export class EndState implements AggregateState {
  readonly #sign: 1 | -1;
  readonly #skipsNull: boolean;
  #at: number | undefined;
  #value: LinqValue = null;
  held = CHOICE_BYTES;

  constructor(which: "first" | "last", skipsNull = false) {
    this.#sign = which === "first" ? 1 : -1;
    this.#skipsNull = skipsNull;
  }

  add(value: LinqValue, at: number): void {
    if (value === null && this.#skipsNull) return;
    const order = this.#at === undefined ? -1 : (at - this.#at || compareValues(value, this.#value)) * this.#sign;
    if (order >= 0) return;
    this.#at = at;
    this.#value = value;
    this.held = CHOICE_BYTES + sizeOf(value);
  }

  absorb(saved: SavedState): void {
    const [value] = saved;
    if (value === undefined) return;
    this.add(value, savedNumber(saved, 1));
  }

  save(): SavedState {
    return this.#at === undefined ? [] : [this.#value, this.#at];
  }

  result(): LinqValue {
    return this.#value;
  }
}

export type Collecting = "all" | "compact" | "sorted" | "distinct" | "size";

/**
 * The values of a group: `collect` all by time, `collectcompact` without null, `collectsorted` by value,
 * `collectdistinct` each once by value, `sizedistinct` how many of these. Throws `linq-limit` above MAX_COLLECTED.
 */
export class CollectState implements AggregateState {
  readonly #what: Collecting;
  readonly #entries = new Map<string, { readonly value: LinqValue; readonly at: number; count: number }>();
  #count = 0;
  held = COLLECTION_BYTES;

  constructor(what: Collecting) {
    this.#what = what;
  }

  add(value: LinqValue, at: number, count = 1): void {
    if (value === null && this.#what !== "all") return;
    const isOnce = this.#what === "distinct" || this.#what === "size";
    const time = isOnce || this.#what === "sorted" ? 0 : at;
    const key = `${time} ${keyOf(value)}`;
    const entry = this.#entries.get(key);
    if (entry !== undefined && isOnce) return;
    this.#count += count;
    if (this.#count > MAX_COLLECTED) throw tooManyValues();
    if (entry === undefined) {
      this.#entries.set(key, { value, at: time, count });
      this.held += ENTRY_BYTES + sizeOf(value) + sizeOf(key);
    } else entry.count += count;
  }

  absorb(saved: SavedState): void {
    for (let index = 0; index < saved.length; index += 1) {
      const [value = null, ...numbers] = savedList(saved, index);
      this.add(value, savedNumber(numbers, 0), savedNumber(numbers, 1));
    }
  }

  save(): SavedState {
    return [...this.#entries.values()].map(({ value, at, count }) => [value, at, count]);
  }

  result(): LinqValue {
    if (this.#what === "size") return this.#count;
    const entries = [...this.#entries.values()];
    entries.sort((one, other) => one.at - other.at || compareValues(one.value, other.value));
    return entries.flatMap(({ value, count }) => Array.from({ length: count }, () => value));
  }
}
