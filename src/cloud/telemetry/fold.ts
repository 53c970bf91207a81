import type { RawValues } from "../../codec/layout.js";
import type { Millis } from "../../core/duration.js";
import type { Product, Products } from "../devices/products.js";
import type { Database } from "../store/database.js";
import { EntryWriter, readEntries } from "./entry-codec.js";
import type { LatestValues } from "./latest.js";
import type { LogEntry } from "./log-entry.js";
import { LOG_KIND } from "./log-kind.js";
import type { LogTable } from "./log-table.js";
import { Pending, type PendingBucket } from "./pending.js";
import { packImported, toReading, unpackReport } from "./report.js";
import type { Retention } from "./retention.js";
import { addReading, type Rollup, startRollup } from "./rollup.js";
import type { RollupTable } from "./rollup-table.js";

/** A report of the past, in wire values by datapoint index; only those it names count. */
export interface PastReport {
  readonly deviceId: number;
  readonly product: Product;
  readonly at: Millis;
  readonly values: Readonly<RawValues>;
}

export interface FoldParts {
  readonly products: Products;
  readonly log: LogTable;
  readonly rollups: RollupTable;
  readonly latest: LatestValues;
  readonly retention: Retention;
  /** Called in the transaction, for each quarter-hour of a device that gets entries. */
  readonly onFolded?: (deviceId: number, bucket: Millis) => void;
}

/**
 * Moves what the journal holds into log, rollups and latest values, in one transaction: after a crash at any moment
 * the journal is either folded or still there. Reports in time order are merged into their bucket; one that is
 * older than what the bucket holds makes the bucket be computed anew from the log.
 */
export class Fold {
  readonly #parts: FoldParts;
  readonly #pending: Pending;
  readonly #readJournal;
  readonly #clearJournal;
  readonly #foldInTransaction: () => void;
  readonly #backfillInTransaction: (pending: Pending) => void;
  readonly #rebuildInTransaction: (deviceId: number) => void;

  constructor(database: Database, parts: FoldParts) {
    this.#parts = parts;
    this.#pending = new Pending(parts.products);
    this.#readJournal = database.prepare<[], { entries: Uint8Array }>("SELECT entries FROM journal ORDER BY seq");
    this.#clearJournal = database.prepare("DELETE FROM journal");
    this.#foldInTransaction = database.transaction(() => {
      this.#clearJournal.run();
      this.#store(this.#pending);
    });
    this.#backfillInTransaction = database.transaction((pending: Pending) => this.#store(pending, true));
    this.#rebuildInTransaction = database.transaction((deviceId: number) => {
      parts.rollups.removeSince(deviceId, parts.retention.logStart);
      for (const bucket of parts.log.buckets(deviceId)) {
        if (bucket >= parts.retention.logStart) this.#recompute(deviceId, bucket);
      }
    });
  }

  /** Entries taken over and not yet folded. */
  get pendingCount(): number {
    return this.#pending.count;
  }

  /** Takes over entries that the journal now holds, in the order they were committed, as `written` up to `ends`. */
  take(entries: readonly LogEntry[], written: EntryWriter, ends: readonly number[]): void {
    let start = 0;
    for (let i = 0; i < entries.length; i += 1) {
      const end = ends[i] as number;
      this.#pending.add(entries[i] as LogEntry, written, start, end);
      start = end;
    }
  }

  /** Stores what was taken over, and empties the journal. */
  run(): void {
    if (this.#pending.count === 0) return;
    this.#inTransaction(this.#foldInTransaction);
    this.#pending.clear();
  }

  /** Forgets what was taken over. */
  drop(): void {
    this.#pending.clear();
  }

  /** Folds what an earlier process committed and could not fold any more. */
  recover(): void {
    const writer = new EntryWriter();
    for (const row of this.#readJournal.all()) {
      for (const entry of readEntries(row.entries)) {
        writer.clear();
        writer.add(entry);
        this.#pending.add(entry, writer, 0, writer.length);
      }
    }
    this.run();
  }

  /**
   * Stores many reports of any time and order without the journal, all of them or none: the rows are those that they
   * would make one by one. What was taken over must have been folded before.
   */
  backfill(reports: Iterable<PastReport>): number {
    const pending = new Pending(this.#parts.products);
    for (const { deviceId, at, product, values } of reports) {
      const payload = packImported(product.profile.layout, values);
      const entry = { deviceId, at, kind: LOG_KIND.imported, profileId: product.profileId, payload };
      pending.addReport(entry, values);
    }
    this.#inTransaction(() => this.#backfillInTransaction(pending));
    return pending.count;
  }

  /** Computes a device's rollups anew from its log, as far back as that is kept; the rows come out the same as before. */
  rebuild(deviceId: number): void {
    this.#inTransaction(() => this.#rebuildInTransaction(deviceId));
  }

  /** Runs a transaction; one that fails takes back what is remembered of the store, too. */
  #inTransaction(action: () => void): void {
    try {
      action();
    } catch (error) {
      this.#parts.latest.forget();
      this.#parts.rollups.hours.forget();
      throw error;
    }
  }

  /** @param isBulk many entries of times of which little is stored yet: it pays to look whether a bucket is new */
  #store(pending: Pending, isBulk = false): void {
    const { latest } = this.#parts;
    for (const [deviceId, device] of pending.devices) {
      for (const bucket of device.buckets.values()) this.#storeBucket(deviceId, bucket, isBulk);
      for (const { profile, values, times } of device.latest.values()) latest.merge(deviceId, profile, values, times);
      if (device.latest.size > 0) latest.store(deviceId);
    }
    this.#parts.rollups.hours.tidy(isBulk ? Number.POSITIVE_INFINITY : undefined);
  }

  #storeBucket(deviceId: number, { start, entries, rollups, isOrdered }: PendingBucket, isBulk: boolean): void {
    const { log, rollups: table, retention } = this.#parts;
    const isNew = isBulk && !log.has(deviceId, start);
    log.add(deviceId, start, entries.finish());
    this.#parts.onFolded?.(deviceId, start);
    if (start < retention.logStart) {
      const sorted = readEntries(entries.finish()).sort((a, b) => a.at - b.at);
      table.mergeLate(deviceId, start, this.#rollUp(sorted));
    } else if (isNew && isOrdered) {
      table.replace(deviceId, start, rollups);
    } else if (!isOrdered || !table.merge(deviceId, start, rollups)) {
      this.#recompute(deviceId, start);
    }
  }

  #recompute(deviceId: number, bucket: Millis): void {
    this.#parts.rollups.replace(deviceId, bucket, this.#rollUp(this.#parts.log.bucket(deviceId, bucket)));
  }

  /** The rollups of entries in time order. */
  #rollUp(entries: readonly LogEntry[]): Map<number, Rollup> {
    const rollups = new Map<number, Rollup>();
    for (const entry of entries) {
      const version = this.#parts.products.version(entry.profileId);
      if (version === undefined) continue;
      const values = unpackReport(version.profile.layout, entry);
      if (values === undefined) continue;
      version.rollupIds.forEach((id, index) => {
        const value = values[index];
        const reading = toReading(value);
        if (id === undefined || reading === undefined) return;
        const rollup = rollups.get(id);
        if (rollup === undefined) rollups.set(id, startRollup(entry.at, reading));
        else addReading(rollup, entry.at, reading);
      });
    }
    return rollups;
  }
}
