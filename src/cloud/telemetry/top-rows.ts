export type SortDirection = "asc" | "desc";

/** Few rows are put in order no more often than when so many more than wanted have come together. */
const SPARE = 16;

/**
 * The first so many of rows that come in time order: as they come, or by value, equal ones as they come. Never holds
 * more than twice as many, and some.
 */
export class TopRows<Row extends { readonly value: number }> {
  readonly #limit: number;
  readonly #isByValue: boolean;
  readonly #sign: number;
  #rows: Row[] = [];

  constructor(limit: number, isByValue: boolean, direction: SortDirection) {
    this.#limit = limit;
    this.#isByValue = isByValue;
    this.#sign = direction === "asc" ? 1 : -1;
  }

  /** True when nothing that comes later can be among the first. */
  get isFull(): boolean {
    return !this.#isByValue && this.#rows.length >= this.#limit;
  }

  /** Rows that `finish` would give now. */
  get size(): number {
    return Math.min(this.#rows.length, this.#limit);
  }

  add(row: Row): void {
    if (this.isFull) return;
    this.#rows.push(row);
    if (this.#rows.length >= 2 * this.#limit + SPARE) this.#cut();
  }

  finish(): Row[] {
    this.#cut();
    return this.#rows;
  }

  /** Sorting is stable, so that what came earlier stays before its equals. */
  #cut(): void {
    if (this.#isByValue) this.#rows.sort((a, b) => this.#sign * (a.value - b.value));
    this.#rows.length = Math.min(this.#rows.length, this.#limit);
  }
}
