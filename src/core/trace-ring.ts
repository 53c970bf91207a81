import type { Millis } from "./duration.js";
import {
  type Teller,
  type TraceDetail,
  type TraceEntry,
  type TraceId,
  type TraceSubject,
  toPlain,
} from "./trace-entry.js";

/** Messages up to this length are copied into the ring; longer ones are rare, and get an array of their own. */
const SLOT_LENGTH = 64;

/**
 * The last entries of a trace, by columns: to add one makes no object, and so a busy lab leaves nothing to collect.
 * Objects are made of those that somebody looks at.
 */
export class TraceRing {
  readonly #limit: number;
  readonly #times: Float64Array;
  readonly #ids: Float64Array;
  readonly #notes: Float64Array;
  /** How long the bytes of an entry are; none has a detail of its own. */
  readonly #lengths: Int32Array;
  readonly #bytes: Uint8Array;
  readonly #longBytes: (Uint8Array | undefined)[] = [];
  readonly #hops: string[] = [];
  readonly #subjects: (TraceSubject | undefined)[] = [];
  readonly #details: (TraceDetail | Teller | undefined)[] = [];
  readonly #seen: (SeenEntry | undefined)[] = [];
  #count = 0;
  #first = 0;

  constructor(limit: number) {
    this.#limit = limit;
    this.#times = new Float64Array(limit);
    this.#ids = new Float64Array(limit);
    this.#notes = new Float64Array(limit);
    this.#lengths = new Int32Array(limit);
    this.#bytes = new Uint8Array(limit * SLOT_LENGTH);
  }

  /** How many entries there have ever been. */
  get count(): number {
    return this.#count;
  }

  /** The number of the oldest entry that is still here. */
  get first(): number {
    return this.#first;
  }

  add(
    time: Millis,
    id: TraceId,
    hop: string,
    subject: TraceSubject | undefined,
    detail: TraceDetail | undefined,
  ): void {
    const slot = this.#take(time, id, hop, subject);
    this.#details[slot] = detail;
    this.#lengths[slot] = -1;
  }

  addBytes(
    time: Millis,
    id: TraceId,
    hop: string,
    subject: TraceSubject,
    bytes: Uint8Array,
    teller: Teller,
    note: number,
  ): void {
    const slot = this.#take(time, id, hop, subject);
    const { length } = bytes;
    this.#details[slot] = teller;
    this.#notes[slot] = note;
    this.#lengths[slot] = length;
    if (length > SLOT_LENGTH) {
      this.#longBytes[slot] = bytes.slice();
      return;
    }
    const kept = this.#bytes;
    const from = slot * SLOT_LENGTH;
    // A loop is faster than `set` for so few.
    for (let i = 0; i < length; i += 1) kept[from + i] = bytes[i] as number;
  }

  /** The entry with this number, from `first` to before `count`; always the same object. */
  at(number: number): TraceEntry {
    const slot = number % this.#limit;
    const seen = this.#seen[slot] ?? this.#look(slot);
    this.#seen[slot] = seen;
    return seen;
  }

  /** Forgets every entry; their numbers are not given again. */
  forget(): void {
    this.#first = this.#count;
    for (const column of [this.#longBytes, this.#subjects, this.#details, this.#seen]) column.length = 0;
  }

  #take(time: Millis, id: TraceId, hop: string, subject: TraceSubject | undefined): number {
    const slot = this.#count % this.#limit;
    this.#count += 1;
    if (this.#count - this.#first > this.#limit) this.#first += 1;
    this.#times[slot] = time;
    this.#ids[slot] = id;
    this.#hops[slot] = hop;
    this.#subjects[slot] = subject;
    if (this.#seen[slot] !== undefined) this.#seen[slot] = undefined;
    if (this.#longBytes[slot] !== undefined) this.#longBytes[slot] = undefined;
    return slot;
  }

  #look(slot: number): SeenEntry {
    const length = this.#lengths[slot] as number;
    const from = slot * SLOT_LENGTH;
    const bytes =
      length < 0 ? undefined : (this.#longBytes[slot] ?? this.#bytes.slice(from, from + Math.min(length, SLOT_LENGTH)));
    const told = this.#details[slot];
    const note = this.#notes[slot] as number;
    return new SeenEntry(
      {
        at: this.#times[slot] as number,
        id: `t${this.#ids[slot]}`,
        hop: this.#hops[slot] as string,
      },
      this.#subjects[slot],
      bytes === undefined ? () => told as TraceDetail | undefined : () => (told as Teller).describe(bytes, note),
    );
  }
}

class SeenEntry implements TraceEntry {
  readonly at: Millis;
  readonly id: string;
  readonly hop: string;
  readonly did: string | undefined;
  readonly mac: string | undefined;
  readonly #describe: () => TraceDetail | undefined;
  #detail: TraceDetail | undefined;
  #isDescribed = false;

  constructor(
    { at, id, hop }: Pick<TraceEntry, "at" | "id" | "hop">,
    subject: TraceSubject | undefined,
    describe: () => TraceDetail | undefined,
  ) {
    this.at = at;
    this.id = id;
    this.hop = hop;
    this.did = subject?.did;
    this.mac = subject?.mac;
    this.#describe = describe;
  }

  get detail(): TraceDetail | undefined {
    if (!this.#isDescribed) {
      this.#isDescribed = true;
      this.#detail = this.#describe();
    }
    return this.#detail;
  }

  toJSON(): TraceEntry {
    return toPlain(this);
  }
}
