import { type AggregateState, NUMBER_ENTRY_BYTES, type SavedState, savedList, savedNumber } from "./aggregate-state.js";
import type { LinqValue } from "./value.js";

/** Distinct values kept exactly; with more of them every value is kept to four significant digits. */
export const EXACT_QUANTILE_VALUES = 10_000;
const SIGNIFICANT_DIGITS = 4;
const VALUES_ROUNDED_AT_ONCE = 8;

/**
 * Percentiles: exact up to EXACT_QUANTILE_VALUES distinct values, within 0.05 % of the value above. Whether values
 * are rounded depends on which values there are, not on their order, so merging in any order gives one result.
 * Between two values it interpolates, as PostgreSQL's `percentile_cont`.
 */
export class QuantileState implements AggregateState {
  readonly #fraction: number;
  #counts = new Map<number, number>();
  #isRounded = false;
  /** Exact values that are still to be rounded: a few with each value added, so that none takes long. */
  #exact: Iterator<[number, number]> | undefined;
  #exactSize = 0;

  /** @param percent 0 to 100 */
  constructor(percent: number) {
    this.#fraction = percent / 100;
  }

  get held(): number {
    return 200 + (this.#counts.size + this.#exactSize) * NUMBER_ENTRY_BYTES;
  }

  add(value: LinqValue): void {
    if (typeof value === "number") this.#count(value, 1);
  }

  absorb(saved: SavedState): void {
    if (savedNumber(saved, 0) === 1) this.#round();
    const values = savedList(saved, 1);
    const counts = savedList(saved, 2);
    for (let index = 0; index < values.length; index += 1) {
      this.#count(savedNumber(values, index), savedNumber(counts, index));
    }
  }

  save(): SavedState {
    this.#roundNext(Number.POSITIVE_INFINITY);
    return [this.#isRounded ? 1 : 0, [...this.#counts.keys()], [...this.#counts.values()]];
  }

  result(): number | null {
    this.#roundNext(Number.POSITIVE_INFINITY);
    const values = [...this.#counts].sort(([one], [other]) => one - other);
    const total = values.reduce((sum, [, count]) => sum + count, 0);
    if (total === 0) return null;
    const rank = this.#fraction * (total - 1);
    const low = valueAt(values, Math.floor(rank));
    return low + (valueAt(values, Math.ceil(rank)) - low) * (rank - Math.floor(rank));
  }

  #count(value: number, count: number): void {
    if (this.#exact !== undefined) this.#roundNext(VALUES_ROUNDED_AT_ONCE);
    const kept = this.#isRounded ? roundValue(value) : value;
    this.#counts.set(kept, (this.#counts.get(kept) ?? 0) + count);
    if (!this.#isRounded && this.#counts.size > EXACT_QUANTILE_VALUES) this.#round();
  }

  #round(): void {
    if (this.#isRounded) return;
    this.#isRounded = true;
    this.#exact = this.#counts.entries();
    this.#exactSize = this.#counts.size;
    this.#counts = new Map();
  }

  #roundNext(most: number): void {
    for (let left = most; left > 0 && this.#exact !== undefined; left -= 1) {
      const { done, value } = this.#exact.next();
      if (done === true) {
        this.#exact = undefined;
        this.#exactSize = 0;
        return;
      }
      const kept = roundValue(value[0]);
      this.#counts.set(kept, (this.#counts.get(kept) ?? 0) + value[1]);
    }
  }
}

function roundValue(value: number): number {
  return Number(value.toPrecision(SIGNIFICANT_DIGITS));
}

function valueAt(values: readonly (readonly [number, number])[], rank: number): number {
  let passed = 0;
  for (const [value, count] of values) {
    passed += count;
    if (rank < passed) return value;
  }
  return values.at(-1)?.[0] ?? 0;
}
