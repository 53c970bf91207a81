import { type AggregateState, type SavedState, savedList, savedNumber } from "./aggregate-state.js";
import { ExactSum } from "./exact-sum.js";
import { finiteOrNull, type LinqValue } from "./value.js";

/** Beyond this the exact sums would overflow; such a value counts as null. */
const LARGEST = 1e150;

/** `count()` counts rows, `count(x)` those where x is not null. */
export class CountState implements AggregateState {
  #count = 0;
  readonly held = 40;

  add(value: LinqValue): void {
    if (value !== null) this.#count += 1;
  }

  absorb(saved: SavedState): void {
    this.#count += savedNumber(saved, 0);
  }

  save(): SavedState {
    return [this.#count];
  }

  result(): number {
    return this.#count;
  }
}

export type Moment = "sum" | "sum2" | "avg" | "var" | "uvar" | "stddev" | "ustddev";

/**
 * Sum, sum of squares, mean and variance of numbers, all exact until read. `avg`, the variances and deviations
 * count a null as nought unless `skipsNull` (the `nn` forms, aggregation-apis.md 1.6); the `u` forms divide by n - 1.
 */
export class MomentState implements AggregateState {
  readonly #moment: Moment;
  readonly #skipsNull: boolean;
  readonly #needsSquares: boolean;
  #rows = 0;
  #numbers = 0;
  readonly #sum = new ExactSum();
  readonly #squares = new ExactSum();
  readonly held = 360;

  constructor(moment: Moment, skipsNull = false) {
    this.#moment = moment;
    this.#skipsNull = skipsNull;
    this.#needsSquares = moment !== "sum" && moment !== "avg";
  }

  add(value: LinqValue): void {
    this.#rows += 1;
    if (typeof value !== "number" || Math.abs(value) > LARGEST) return;
    this.#numbers += 1;
    this.#sum.add(value);
    if (this.#needsSquares) this.#squares.addProduct(value, value);
  }

  absorb(saved: SavedState): void {
    this.#rows += savedNumber(saved, 0);
    this.#numbers += savedNumber(saved, 1);
    for (const partial of savedList(saved, 2)) this.#sum.add(Number(partial));
    for (const partial of savedList(saved, 3)) this.#squares.add(Number(partial));
  }

  save(): SavedState {
    return [this.#rows, this.#numbers, this.#sum.partials.slice(), this.#squares.partials.slice()];
  }

  /** Null without a number to go by. */
  result(): number | null {
    if (this.#numbers === 0) return null;
    const count = this.#skipsNull ? this.#numbers : this.#rows;
    switch (this.#moment) {
      case "sum":
        return finiteOrNull(this.#sum.value());
      case "sum2":
        return finiteOrNull(this.#squares.value());
      case "avg":
        return finiteOrNull(this.#sum.value() / count);
      case "var":
        return finiteOrNull(this.#spread(count) / count / count);
      case "uvar":
        return finiteOrNull(this.#spread(count) / count / (count - 1));
      case "stddev":
        return finiteOrNull(Math.sqrt(this.#spread(count) / count / count));
      case "ustddev":
        return finiteOrNull(Math.sqrt(this.#spread(count) / count / (count - 1)));
    }
  }

  /** n times the sum of squares minus the square of the sum, rounded once. */
  #spread(count: number): number {
    const spread = new ExactSum();
    for (const square of this.#squares.partials) spread.addProduct(count, square);
    for (const one of this.#sum.partials) {
      for (const other of this.#sum.partials) spread.addProduct(-one, other);
    }
    return Math.max(0, spread.value());
  }
}
