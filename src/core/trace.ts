import type { Clock } from "./clock.js";
import { Correlation } from "./correlation.js";
import type { Millis } from "./duration.js";

export type TraceDetail = Readonly<Record<string, unknown>>;

/** One hop of a value on its road (architecture.md 1), as plain JSON. */
export interface TraceEntry {
  readonly at: Millis;
  /** The correlation id shared by all hops of one control or report. */
  readonly id: string;
  readonly hop: string;
  readonly did?: string | undefined;
  readonly mac?: string | undefined;
  readonly detail?: TraceDetail | undefined;
}

/** The device an entry is about; a module that has not registered yet has no did. */
export interface TraceSubject {
  readonly did?: string | undefined;
  readonly mac?: string | undefined;
}

/** What a trace remembers over a restore: the ids it has given out. */
export interface TraceState {
  readonly count: number;
}

export type TraceListener = (entry: TraceEntry) => void;

/** Entries kept for those who look back. */
const KEPT = 10_000;

/** The last hops of everything, newest last, bounded. Details are worked out when somebody looks. */
export class Trace {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #listeners = new Set<TraceListener>();
  readonly #onTheRoad = new Map<string, Correlation>();
  #entries: LazyEntry[] = [];
  #count = 0;
  /** Entries that were dropped from the front. */
  #dropped = 0;

  constructor(clock: Clock, limit = KEPT) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** A fresh correlation id. */
  nextId(): string {
    this.#count += 1;
    return `t${this.#count}`;
  }

  record(id: string, hop: string, subject?: TraceSubject, detail?: TraceDetail | (() => TraceDetail)): void {
    const entry = new LazyEntry(this.#clock.now(), id, hop, subject?.did, subject?.mac, detail);
    this.#entries.push(entry);
    if (this.#entries.length > this.#limit * 2) {
      this.#dropped += this.#entries.length - this.#limit;
      this.#entries = this.#entries.slice(-this.#limit);
    }
    for (const listener of this.#listeners) listener(entry);
  }

  /** The messages of one device that are between two of its hops, by `stretch` of the road. */
  onTheRoad(did: string, stretch: "up" | "down"): Correlation {
    const key = `${stretch} ${did}`;
    let correlation = this.#onTheRoad.get(key);
    if (correlation === undefined) {
      correlation = new Correlation();
      this.#onTheRoad.set(key, correlation);
    }
    return correlation;
  }

  /** Calls `listener` with every entry to come, until the returned function is called. */
  listen(listener: TraceListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** How many entries there have been; a place to look on `from`. */
  get position(): number {
    return this.#dropped + this.#entries.length;
  }

  /** The kept entries from a position on, oldest first. */
  from(position: number): readonly TraceEntry[] {
    return this.#entries.slice(Math.max(0, position - this.#dropped));
  }

  save(): TraceState {
    return { count: this.#count };
  }

  /** Forgets all entries and goes on counting ids from a saved state. */
  load({ count }: TraceState): void {
    this.#dropped += this.#entries.length;
    this.#entries = [];
    this.#count = count;
    this.#onTheRoad.clear();
  }

  *[Symbol.iterator](): Iterator<TraceEntry> {
    for (const entry of this.#entries.slice(-this.#limit)) yield entry.toJSON();
  }
}

class LazyEntry implements TraceEntry {
  readonly at: Millis;
  readonly id: string;
  readonly hop: string;
  readonly did: string | undefined;
  readonly mac: string | undefined;
  #detail: TraceDetail | (() => TraceDetail) | undefined;

  constructor(
    at: Millis,
    id: string,
    hop: string,
    did: string | undefined,
    mac: string | undefined,
    detail: TraceDetail | (() => TraceDetail) | undefined,
  ) {
    this.at = at;
    this.id = id;
    this.hop = hop;
    this.did = did;
    this.mac = mac;
    this.#detail = detail;
  }

  get detail(): TraceDetail | undefined {
    if (typeof this.#detail === "function") this.#detail = this.#detail();
    return this.#detail;
  }

  toJSON(): TraceEntry {
    return {
      at: this.at,
      id: this.id,
      hop: this.hop,
      ...(this.did === undefined ? {} : { did: this.did }),
      ...(this.mac === undefined ? {} : { mac: this.mac }),
      ...(this.#detail === undefined ? {} : { detail: this.detail }),
    };
  }
}
