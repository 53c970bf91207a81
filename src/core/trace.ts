import type { Clock } from "./clock.js";
import { Correlation } from "./correlation.js";
import type { Millis } from "./duration.js";
import {
  type Teller,
  type TraceDetail,
  type TraceEntry,
  type TraceId,
  type TraceSubject,
  toPlain,
} from "./trace-entry.js";
import { TraceRing } from "./trace-ring.js";

export type { Teller, TraceDetail, TraceEntry, TraceId, TraceSubject } from "./trace-entry.js";

/** What a trace remembers over a restore: the ids it has given out. */
export interface TraceState {
  readonly count: number;
}

export type TraceListener = (entry: TraceEntry) => void;

/** Entries kept for those who look back. */
const KEPT = 8000;

/** The last hops of everything, newest last, bounded. Details are worked out when somebody looks. */
export class Trace {
  readonly #clock: Clock;
  readonly #ring: TraceRing;
  readonly #listeners = new Set<TraceListener>();
  readonly #onTheRoad = { up: new Map<string, Correlation>(), down: new Map<string, Correlation>() };
  #count = 0;
  /** The time of entries that are recorded after the fact. */
  #pastAt: Millis | undefined;

  constructor(clock: Clock, limit = KEPT) {
    this.#clock = clock;
    this.#ring = new TraceRing(limit);
  }

  /** The time that an entry gets. */
  get now(): Millis {
    return this.#pastAt ?? this.#clock.now();
  }

  /** Runs `record`, whose entries get the time `at`, at which they happened. */
  recordAt(at: Millis, record: () => void): void {
    const before = this.#pastAt;
    this.#pastAt = at;
    try {
      record();
    } finally {
      this.#pastAt = before;
    }
  }

  /** A fresh correlation id. */
  nextId(): TraceId {
    this.#count += 1;
    return this.#count;
  }

  /** @param subject is kept, so it must not change */
  record(id: TraceId, hop: string, subject?: TraceSubject, detail?: TraceDetail): void {
    this.#ring.add(this.now, id, hop, subject, detail);
    if (this.#listeners.size > 0) this.#tell();
  }

  /** Records a hop of bytes, which are copied; `teller` is asked about them when somebody looks. */
  recordBytes(id: TraceId, hop: string, subject: TraceSubject, bytes: Uint8Array, teller: Teller, note = 0): void {
    this.#ring.addBytes(this.now, id, hop, subject, bytes, teller, note);
    if (this.#listeners.size > 0) this.#tell();
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
    this.#onTheRoad.up.get(did)?.clear();
    this.#onTheRoad.down.get(did)?.clear();
  }

  /** Calls `listener` with every entry to come, until the returned function is called. */
  listen(listener: TraceListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** How many entries there have been; a place to look on `from`. */
  get position(): number {
    return this.#ring.count;
  }

  /** False when something that came since a position is no longer kept. */
  keepsFrom(position: number): boolean {
    return position >= this.#ring.first;
  }

  /** The kept entries from a position on, oldest first. */
  from(position: number): readonly TraceEntry[] {
    const entries: TraceEntry[] = [];
    for (let at = Math.max(position, this.#ring.first); at < this.#ring.count; at += 1) entries.push(this.#ring.at(at));
    return entries;
  }

  save(): TraceState {
    return { count: this.#count };
  }

  /** Forgets all entries and goes on counting ids from a saved state. */
  load({ count }: TraceState): void {
    this.#ring.forget();
    this.#count = count;
    for (const stretch of [this.#onTheRoad.up, this.#onTheRoad.down]) {
      for (const correlation of stretch.values()) correlation.clear();
    }
  }

  *[Symbol.iterator](): Iterator<TraceEntry> {
    for (const entry of this.from(0)) yield toPlain(entry);
  }

  #tell(): void {
    const entry = this.#ring.at(this.#ring.count - 1);
    for (const listener of this.#listeners) listener(entry);
  }
}
