import type { Clock } from "../../core/clock.js";
import type { Millis } from "../../core/duration.js";
import { KeyedTimers } from "../../core/keyed-timers.js";
import type { WorkSlice } from "../../core/work-slice.js";
import { wireValues } from "../../profile/scale.js";
import type { Product, Products } from "../devices/products.js";
import type { Device } from "../devices/registry.js";
import type { Database } from "../store/database.js";
import { type ActivityQuery, activeBuckets } from "./activity.js";
import { AggregateEngine, type AggregateQuery } from "./aggregate.js";
import { type AggregatePage, readAggregatePage, readBuckets } from "./aggregate-turns.js";
import type { AggregateBucket } from "./answer-buckets.js";
import { type Buckets, type TimeBucket, wholeRange } from "./calendar.js";
import { groupActive, visitActivity } from "./fleet-activity.js";
import { type FleetQuery, type FleetReading, readFleet } from "./fleet-readings.js";
import { Fold, type FoldParts, type PastReport } from "./fold.js";
import { type Committed, Journal } from "./journal.js";
import { type Latest, LatestValues } from "./latest.js";
import type { LogEntry } from "./log-entry.js";
import { LOG_KIND } from "./log-kind.js";
import { type LogQuery, LogTable } from "./log-table.js";
import type { Source } from "./piece.js";
import {
  type NumbersQuery,
  type Reading,
  type ReadingsPage,
  type ReadingsQuery,
  readNumbers,
  readPage,
  readReadings,
} from "./readings.js";
import { packImported } from "./report.js";
import { type Purged, Retention, type RetentionLimits } from "./retention.js";
import { countRises, type RiseQuery } from "./rises.js";
import { RollupTable } from "./rollup-table.js";

/** How often what is too old is dropped, and how soon after a start. */
const PURGE_MS = 3_600_000;
const FIRST_PURGE_MS = 60_000;

/** Everything devices ever said: taken in, kept, and asked about. */
export class Telemetry {
  readonly #journal: Journal;
  readonly #fold: Fold;
  readonly #latest: LatestValues;
  readonly #log: LogTable;
  readonly #rollups: RollupTable;
  readonly #products: Products;
  readonly #retention: Retention;
  readonly #engine: AggregateEngine;
  readonly #timers: KeyedTimers<"purge">;

  /**
   * @param clock decides what retention drops, and until when a value is known
   * @param onFolded called in the transaction that adds entries to a quarter-hour of a device
   */
  constructor(database: Database, products: Products, clock: Clock, onFolded?: FoldParts["onFolded"]) {
    this.#products = products;
    const rollups = new RollupTable(database);
    this.#rollups = rollups;
    this.#latest = new LatestValues(database);
    this.#log = new LogTable(database);
    const log = this.#log;
    this.#retention = new Retention(database, clock, { log, rollups });
    const parts = { products, log, rollups, latest: this.#latest, retention: this.#retention };
    this.#fold = new Fold(database, { ...parts, ...(onFolded === undefined ? {} : { onFolded }) });
    this.#journal = new Journal(database, this.#fold, clock);
    this.#engine = new AggregateEngine({ products, rollups, log, retention: this.#retention }, clock);
    this.#timers = new KeyedTimers(clock);
    this.#armPurge(FIRST_PURGE_MS);
  }

  /** Takes a message or event in; `committed` is called once it would survive a crash. */
  append(entry: LogEntry, committed?: Committed): void {
    this.#journal.append(entry, committed);
  }

  /**
   * Takes a past report in, in engineering units; only the datapoints it names count. `detail` is kept with it.
   * Throws the `attr-…` errors of `wireValues`.
   */
  importReport(
    device: Device,
    product: Product,
    at: Millis,
    attrs: Readonly<Record<string, unknown>>,
    committed?: Committed,
    detail?: string,
  ): void {
    const payload = packImported(product.profile.layout, wireValues(product.profile, attrs));
    const { profileId } = product;
    const entry: LogEntry = { deviceId: device.id, at, kind: LOG_KIND.imported, profileId, payload };
    this.append(detail === undefined ? entry : { ...entry, detail }, committed);
  }

  /**
   * Takes many past reports in at once, in the order of their arrival and in one transaction: all are stored or none,
   * with the same rows that `importReport` makes of them. How many they were. Throws what the store refuses with.
   */
  backfill(reports: Iterable<PastReport>): number {
    this.#journal.fold();
    return this.#fold.backfill(reports);
  }

  latest(deviceId: number): Latest | undefined {
    this.#journal.fold();
    return this.#latest.read(deviceId);
  }

  logPage(query: LogQuery): { total: number; entries: LogEntry[] } {
    this.#journal.fold();
    return this.#log.page(query);
  }

  /**
   * Numeric datapoints of a device in buckets, oldest first, empty ones absent; the answer of `AggregateEngine`.
   * Throws `too-many-buckets` and `aggregator-invalid`.
   */
  aggregate(query: AggregateQuery): AggregateBucket[] {
    this.#journal.fold();
    return this.#engine.query(query);
  }

  /** The part of a query's range in which there may be an answer; undefined where there is none. */
  reach(query: AggregateQuery): { readonly start: Millis; readonly end: Millis } | undefined {
    this.#journal.fold();
    return this.#engine.reach(query);
  }

  /** The same answer as `aggregate`, in turns of a few milliseconds: for ranges and widths that somebody else chose. */
  aggregateInTurns(query: AggregateQuery): Promise<AggregateBucket[]> {
    return readBuckets(this, query);
  }

  /** The first `limit` buckets of such an answer. Throws what `aggregate` throws. */
  aggregatePage(query: AggregateQuery, limit: number): Promise<AggregatePage> {
    return readAggregatePage(this, query, limit);
  }

  /** The reports in a range one by one, as far as the log is kept; what comes in while reading may be missed. */
  readings(query: ReadingsQuery): Generator<Reading> {
    this.#journal.fold();
    return readReadings(this.#products, this.#log, query);
  }

  /** Those of numeric datapoints, where the rollups say that there are some. */
  numbers(query: NumbersQuery): Generator<Reading> {
    this.#journal.fold();
    const start = Math.max(query.start, this.logStart);
    return readNumbers({ products: this.#products, log: this.#log, rollups: this.#rollups }, { ...query, start });
  }

  /** One page of reports, and how many there are in all; lets the event loop go every few milliseconds. */
  readingsPage(query: ReadingsQuery, skip: number, limit: number): Promise<ReadingsPage> {
    return readPage(this.readings(query), skip, limit);
  }

  /**
   * The buckets of [start, end) in which a device has reported something, oldest first; a report counts with its
   * whole quarter-hour. Enums and binaries alone are no report: they have no rollups.
   */
  activeBuckets(device: Device, buckets: Buckets, start: Millis, end: Millis): Generator<TimeBucket> {
    this.#journal.fold();
    return activeBuckets(this.#rollups, this.#products.allRollupIds(device.productKey), device.id, {
      buckets,
      start,
      end,
    });
  }

  /** What `activeBuckets` says of many devices: those of each bucket, by its start and in the order of `devices`. */
  groupActive<D extends Source>(devices: readonly D[], query: ActivityQuery): Promise<Map<Millis, D[]>> {
    this.#journal.fold();
    return groupActive({ products: this.#products, rollups: this.#rollups }, devices, query);
  }

  /** How many devices have reported something in the quarter-hours of [start, end). */
  async countActive(devices: readonly Source[], start: Millis, end: Millis): Promise<number> {
    this.#journal.fold();
    let count = 0;
    const query = { buckets: wholeRange(start, end), start, end };
    await visitActivity({ products: this.#products, rollups: this.#rollups }, devices, query, () => {
      count += 1;
      return false;
    });
    return count;
  }

  /** How often bools of a device became true before an instant (`countRises`); rests when the slice is over. */
  countRises(query: RiseQuery, slice: WorkSlice): Promise<Record<string, number>> {
    this.#journal.fold();
    return countRises({ products: this.#products, rollups: this.#rollups, engine: this.#engine }, query, slice);
  }

  /** The reports of many devices in a range, as far as the log is kept; what comes in while reading may be missed. */
  fleetReadings<D extends { readonly id: number }>(query: FleetQuery<D>): AsyncGenerator<FleetReading<D>, void> {
    this.#journal.fold();
    return readFleet(this.#products, this.#log, query);
  }

  /** The first quarter-hour that begins at or after `from` and in which a device has entries in the log. */
  nextLogged(deviceId: number, from: Millis): Millis | undefined {
    return this.#log.nextBucket(deviceId, from);
  }

  /** Before this instant the log was dropped; minus infinity when it never was. */
  get logStart(): Millis {
    return this.#retention.logStart;
  }

  /** How long the log and the rollups are kept. */
  get retention(): RetentionLimits {
    return this.#retention.limits;
  }

  /** Changes how long they are kept; `purge` goes by it, every hour by itself. Throws `retention-invalid`. */
  limitRetention(limits: RetentionLimits): void {
    this.#retention.limit(limits);
    this.#armPurge(PURGE_MS);
  }

  /** Drops what is older than the retention says, as of now on the domain clock. */
  purge(): Purged {
    this.#journal.fold();
    return this.#retention.purge();
  }

  /** Computes a device's rollups anew from its log, as far back as that is kept. */
  rebuild(deviceId: number): void {
    this.#journal.fold();
    this.#fold.rebuild(deviceId);
  }

  /** Puts everything that was taken in where a copy of the store finds it. */
  flush(): void {
    this.#journal.fold();
  }

  /** Forgets what it has read of the store, and what has not got there yet. */
  reload(): void {
    this.#journal.drop();
    this.#latest.forget();
    this.#log.reload();
    this.#rollups.hours.forget();
    this.#retention.reload();
    this.#armPurge(FIRST_PURGE_MS);
  }

  close(): void {
    this.#timers.clear();
    this.#journal.close();
  }

  /** Nothing waits where everything is kept for ever. */
  #armPurge(delayMs: Millis): void {
    this.#timers.cancel("purge");
    const { logMs, rollupsMs } = this.retention;
    if (logMs === undefined && rollupsMs === undefined) return;
    this.#timers.set("purge", delayMs, () => {
      try {
        this.purge();
      } catch {
        // The store refuses now; an hour later there is as much to drop.
      }
      this.#armPurge(PURGE_MS);
    });
  }
}
