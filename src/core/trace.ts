import type { Clock } from "./clock.js";
import { Correlation } from "./correlation.js";
import type { Millis } from "./duration.js";

export type TraceDetail = Readonly<Record<string, unknown>>;

/** A detail that is worked out when somebody looks: on the hot path only what it needs is kept. */
export interface LazyDetail {
  describe(): TraceDetail;
}

/** A correlation id on its way; people see it as `t12`. */
export type TraceId = number;

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

/** Entries kept for those who look back; so few that they die young, which a busy lab's garbage collection likes. */
const KEPT = 4000;

/** The last hops of everything, newest last, bounded. Details are worked out when somebody looks. */
export class Trace {
  readonly #clock: Clock;
  readonly #limit: number;
  readonly #listeners = new Set<TraceListener>();
  readonly #onTheRoad = { up: new Map<string, Correlation>(), down: new Map<string, Correlation>() };
  #entries: KeptEntry[] = [];
  #count = 0;
  /** Entries that were dropped from the front. */
  #dropped = 0;

  constructor(clock: Clock, limit = KEPT) {
    this.#clock = clock;
    this.#limit = limit;
  }

  /** A fresh correlation id. */
  nextId(): TraceId {
    this.#count += 1;
    return this.#count;
  }

  /** @param subject is kept, so it must not change */
  record(id: TraceId, hop: string, subject?: TraceSubject, detail?: TraceDetail | LazyDetail): void {
    const entry = new KeptEntry(this.#clock.now(), id, hop, subject, detail);
    this.#entries.push(entry);
    if (this.#entries.length > this.#limit * 2) {
      this.#dropped += this.#entries.length - this.#limit;
      this.#entries = this.#entries.slice(-this.#limit);
    }
    for (const listener of this.#listeners) listener(entry);
  }

  /** The messages of one device that are between two of its hops, by `stretch` of the road. */
  onTheRoad(did: string, stretch: "up" | "down"): Correlation {
    const devices = this.#onTheRoad[stretch];
    let correlation = devices.get(did);
    if (correlation === undefined) {
      correlation = new Correlation();
      devices.set(did, correlation);
    }
    return correlation;
  }

  /** What is between two hops of a device is lost, as when its connection ends. */
  leaveRoad(did: string): void {
    this.#onTheRoad.up.delete(did);
    this.#onTheRoad.down.delete(did);
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

  /** False when something that came since a position is no longer kept. */
  keepsFrom(position: number): boolean {
    return position >= this.#dropped;
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
    this.#onTheRoad.up.clear();
    this.#onTheRoad.down.clear();
  }

  *[Symbol.iterator](): Iterator<TraceEntry> {
    for (const entry of this.#entries.slice(-this.#limit)) yield entry.toJSON();
  }
}

/** Made for every hop, so with plain fields: `#private` ones cost a microsecond to make in V8 11. */
class KeptEntry implements TraceEntry {
  readonly at: Millis;
  readonly hop: string;
  private readonly number: TraceId;
  private readonly subject: TraceSubject | undefined;
  private told: TraceDetail | LazyDetail | undefined;

  constructor(
    at: Millis,
    number: TraceId,
    hop: string,
    subject: TraceSubject | undefined,
    detail: TraceDetail | LazyDetail | undefined,
  ) {
    this.at = at;
    this.hop = hop;
    this.number = number;
    this.subject = subject;
    this.told = detail;
  }

  get id(): string {
    return `t${this.number}`;
  }

  get did(): string | undefined {
    return this.subject?.did;
  }

  get mac(): string | undefined {
    return this.subject?.mac;
  }

  get detail(): TraceDetail | undefined {
    const { told } = this;
    if (isLazy(told)) this.told = told.describe();
    return this.told as TraceDetail | undefined;
  }

  toJSON(): TraceEntry {
    const { at, id, hop, did, mac, detail } = this;
    return {
      at,
      id,
      hop,
      ...(did === undefined ? {} : { did }),
      ...(mac === undefined ? {} : { mac }),
      ...(detail === undefined ? {} : { detail }),
    };
  }
}

function isLazy(detail: TraceDetail | LazyDetail | undefined): detail is LazyDetail {
  return typeof detail?.describe === "function";
}
