import type { Clock } from "../../core/clock.js";
import { type IoTimer, startIoTimer } from "../../core/io-timer.js";
import type { Database } from "../store/database.js";
import { EntryWriter } from "./entry-codec.js";
import type { Fold } from "./fold.js";
import type { LogEntry } from "./log-entry.js";

/** Called once the entry is on disk, or could not be put there. */
export type Committed = (error: Error | null) => void;

/** So many entries in one turn of the event loop that the next turn's are waited for. */
const CROWD = 8;
/** Folding waits this long for more, so that a bucket is rewritten once for many reports. */
const FOLD_DELAY_MS = 1000;
/** Folding this many entries takes some 25 ms; more are not let pile up. */
const FOLD_AT = 16_000;

/**
 * Takes messages in, in batches: everything that arrives in a turn or two of the event loop is committed as one
 * row and then acknowledged. What is committed is folded into log and rollups a little later.
 */
export class Journal {
  readonly #fold: Fold;
  readonly #clock: Clock;
  readonly #insert;
  readonly #writer = new EntryWriter();
  /** Where each entry of the batch ends in the writer. */
  #ends: number[] = [];
  #entries: LogEntry[] = [];
  #callbacks: Committed[] = [];
  /** What is committed and acknowledged, but not yet counted among what is to be folded. */
  #untaken: readonly LogEntry[] = [];
  #isScheduled = false;
  #foldTimer: IoTimer | undefined;
  #isInTrouble = false;
  #isClosed = false;

  constructor(database: Database, fold: Fold, clock: Clock) {
    this.#fold = fold;
    this.#clock = clock;
    this.#insert = database.prepare<[Uint8Array]>("INSERT INTO journal (entries) VALUES (?)");
    this.#fold.recover();
  }

  /** Adds an entry to the batch of this turn; `committed` is called after its transaction. */
  append(entry: LogEntry, committed?: Committed): void {
    this.#entries.push(entry);
    if (committed !== undefined) this.#callbacks.push(committed);
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => (this.#entries.length < CROWD ? this.commit() : this.#waitTurn()));
  }

  /** Where many report at once, more are on their way already: one commit for all costs less than the turn it waits. */
  #waitTurn(): void {
    this.#clock.stir();
    setImmediate(() => this.commit());
  }

  /** Commits what waits, at once. */
  commit(): void {
    this.#isScheduled = false;
    this.#take();
    if (this.#entries.length === 0) return;
    const entries = this.#entries;
    const callbacks = this.#callbacks;
    this.#entries = [];
    this.#callbacks = [];
    const failure = this.#store(entries);
    if (failure === null) this.#untaken = entries;
    this.#sayTrouble(failure);
    // The acknowledgement first: while it travels, the reports are counted.
    for (const committed of callbacks) committed(failure);
    this.#take();
    if (this.#fold.pendingCount >= FOLD_AT) this.#foldAside();
    else this.#foldTimer ??= startIoTimer(FOLD_DELAY_MS, () => this.#foldAside());
  }

  /** Must come before the writer is used again. */
  #take(): void {
    const entries = this.#untaken;
    this.#untaken = [];
    if (entries.length > 0) this.#fold.take(entries, this.#writer, this.#ends);
  }

  /** One line when the store begins to refuse, so that losing what nobody waits for is not silent. */
  #sayTrouble(failure: Error | null): void {
    if (failure !== null && !this.#isInTrouble) process.stderr.write(`gizlab: the store refuses: ${failure.message}\n`);
    this.#isInTrouble = failure !== null;
  }

  /** Folds where nobody waits for it. */
  #foldAside(): void {
    try {
      this.fold();
    } catch {
      // The journal still has everything: the next reader is told, the next commit tries again.
    }
  }

  /** Brings log, rollups and latest values up to the last entry; every reader calls it first. */
  fold(): void {
    this.#foldTimer?.cancel();
    this.#foldTimer = undefined;
    if (this.#isClosed) return;
    this.commit();
    this.#fold.run();
  }

  /** Forgets what is neither committed nor folded. */
  drop(): void {
    this.#foldTimer?.cancel();
    this.#foldTimer = undefined;
    this.#entries = [];
    this.#untaken = [];
    for (const dropped of this.#callbacks.splice(0)) dropped(new Error("the store was put back"));
    this.#fold.drop();
  }

  close(): void {
    this.fold();
    this.#isClosed = true;
    this.#foldTimer?.cancel();
  }

  /** One statement, and so one transaction. */
  #store(entries: readonly LogEntry[]): Error | null {
    try {
      this.#writer.clear();
      this.#ends = [];
      for (const entry of entries) {
        this.#writer.add(entry);
        this.#ends.push(this.#writer.length);
      }
      this.#insert.run(this.#writer.finish());
      return null;
    } catch (error) {
      return error as Error;
    }
  }
}
