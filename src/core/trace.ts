import type { Clock } from "./clock.js";
import type { Millis } from "./duration.js";

/** One hop of a value on its road (architecture.md 1), as plain JSON. */
export interface TraceEntry {
  readonly at: Millis;
  /** The correlation id shared by all hops of one control or report. */
  readonly id: string;
  readonly hop: string;
  readonly did?: string;
  readonly detail?: Readonly<Record<string, unknown>>;
}

/** The last hops of everything, newest last, bounded. */
export class Trace {
  readonly #clock: Clock;
  readonly #limit: number;
  #entries: TraceEntry[] = [];
  #count = 0;

  constructor(clock: Clock, limit = 10_000) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** A fresh correlation id. */
  nextId(): string {
    this.#count += 1;
    return `t${this.#count}`;
  }

  record(id: string, hop: string, did?: string, detail?: TraceEntry["detail"]): void {
    this.#entries.push({
      at: this.#clock.now(),
      id,
      hop,
      ...(did === undefined ? {} : { did }),
      ...(detail === undefined ? {} : { detail }),
    });
    if (this.#entries.length > this.#limit * 2) this.#entries = this.#entries.slice(-this.#limit);
  }

  [Symbol.iterator](): Iterator<TraceEntry> {
    return this.#entries.slice(-this.#limit)[Symbol.iterator]();
  }
}
