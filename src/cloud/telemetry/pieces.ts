import type { Millis } from "../../core/duration.js";
import type { Products, RollupScale } from "../devices/products.js";
import { HOUR_MS } from "./hour-page.js";
import type { LogTable } from "./log-table.js";
import type { DatapointPieces, PieceNeeds, PieceQuery, ScaledRollup } from "./piece.js";
import { PieceRun } from "./piece-run.js";
import { toReading, unpackReport } from "./report.js";
import type { Retention } from "./retention.js";
import { BUCKET_MS, bucketOf, startRollup } from "./rollup.js";
import type { RollupRow, RollupTable } from "./rollup-table.js";

/** One datapoint's share of the work. */
interface Work {
  readonly query: PieceQuery;
  readonly needs: PieceNeeds;
  /** The datapoint's place in the query. */
  readonly place: number;
  readonly raw: RawQuarters;
  readonly found: DatapointPieces;
}

export interface PieceParts {
  readonly products: Products;
  readonly rollups: RollupTable;
  readonly log: LogTable;
  readonly retention: Retention;
}

/** Buckets that do not begin with an hour of UTC are made of hours when they are no narrower. */
const MIN_CUT_MS = 4 * HOUR_MS;

/** Which datapoints, by their place in the query, are to be read from the log in which quarter-hours. */
type RawQuarters = Map<Millis, Set<number>>;

/**
 * Reads a range as rollups where a whole quarter-hour lies in one bucket, and reading by reading elsewhere. Where the
 * log is dropped a quarter-hour that the range or a bucket cuts counts whole where its first reading lies.
 */
export class PieceReader {
  readonly #parts: PieceParts;

  constructor(parts: PieceParts) {
    this.#parts = parts;
  }

  /** The pieces of each datapoint of the query, in its order. */
  read(query: PieceQuery, needs: PieceNeeds): DatapointPieces[] {
    const raw: RawQuarters = new Map();
    const all = query.datapoints.map((datapoint, place): DatapointPieces => {
      const scales = this.#parts.products.scalesOf(query.device.productKey, datapoint.name);
      const found: DatapointPieces = { pieces: [], previous: undefined };
      if (query.start >= query.end) return found;
      if (needs.previous) found.previous = this.#findPrevious(query, scales);
      this.#readStored({ query, needs, place, raw, found }, scales);
      return found;
    });
    this.#readLog(query, raw, all);
    for (const { pieces } of all) pieces.sort((a, b) => a.rollup.firstT - b.rollup.firstT);
    return all;
  }

  /**
   * The part of a range in which there may be an answer, `now` being as long as values are held; undefined where there
   * is none. The ends of the query may lie beyond all dates.
   */
  reach({ device, datapoints, start, end }: PieceQuery, now: Millis): { start: Millis; end: Millis } | undefined {
    const { products, rollups } = this.#parts;
    let [first, last] = [end, start];
    for (const { name } of datapoints) {
      for (const { id } of products.scalesOf(device.productKey, name)) {
        const newest = rollups.before(device.id, id, end);
        if (newest === undefined) continue;
        const isKnownBefore = rollups.before(device.id, id, bucketOf(start)) !== undefined;
        const next = isKnownBefore ? start : (rollups.next(device.id, id, bucketOf(start)) ?? end);
        first = Math.min(first, Math.max(start, next));
        last = Math.max(last, newest.bucket + BUCKET_MS);
      }
    }
    const until = Math.min(end, Math.max(last, now));
    return first < until ? { start: first, end: until } : undefined;
  }

  /** Looks at the calendar only where something is stored: the ends of the query may lie beyond all dates. */
  #readStored(work: Work, scales: readonly RollupScale[]): void {
    const { query, needs } = work;
    const stored = scales.flatMap(
      ({ id }) => this.#parts.rollups.next(query.device.id, id, bucketOf(query.start)) ?? [],
    );
    const earliest = Math.max(Math.min(...stored), query.start);
    if (!(earliest < query.end)) return;
    const { start, end } = query.buckets.at(earliest);
    const width = end - start;
    // Hours that buckets cut are read as quarter-hours: too many of them if the buckets are hours themselves.
    const isCut = start % HOUR_MS !== 0 && width < MIN_CUT_MS;
    const holdsGaps = needs.holding !== undefined && needs.holding.maxGapMs < HOUR_MS;
    if (width < HOUR_MS || isCut || needs.readings || holdsGaps) this.#readRollups(work, scales);
    else this.#readHours(work, scales);
  }

  #findPrevious(query: PieceQuery, scales: readonly RollupScale[]): ScaledRollup | undefined {
    let newest: ScaledRollup | undefined;
    for (const scale of scales) {
      const rollup = this.#parts.rollups.before(query.device.id, scale.id, bucketOf(query.start));
      if (rollup === undefined) continue;
      if (newest === undefined || rollup.lastT >= newest.rollup.lastT) newest = { scale, rollup };
    }
    return newest;
  }

  #readRollups(work: Work, scales: readonly RollupScale[]): void {
    const { device, start, end } = work.query;
    const rowsByScale = scales.map(({ id }) => this.#parts.rollups.range(device.id, id, bucketOf(start), end));
    const shared = findShared(rowsByScale.map((rows) => rows.map(({ bucket }) => bucket)));
    const isMixed = rowsByScale.filter((rows) => rows.length > 0).length > 1;
    rowsByScale.forEach((rows, at) => {
      const run = new PieceRun(work, scales[at] as RollupScale, isMixed);
      for (const row of rows) this.#readQuarter(work, run, row, shared.has(row.bucket));
    });
  }

  /** Whole hours as they are kept; of those that a bucket or the query cuts, the quarter-hours. */
  #readHours(work: Work, scales: readonly RollupScale[]): void {
    const { rollups } = this.#parts;
    const { device, start, end } = work.query;
    const range = { deviceId: device.id, from: hourOf(start), to: hourOf(end - 1) + HOUR_MS };
    const found = scales.filter(({ id }) => (rollups.next(device.id, id, bucketOf(start)) ?? end) < end);
    const hours = found.map(({ id }): Millis[] => {
      const all: Millis[] = [];
      if (found.length > 1)
        rollups.hours.each({ ...range, datapointId: id, withEnds: false }, (hour) => all.push(hour));
      return all;
    });
    const shared = findShared(hours);
    if (shared.size > 0) return this.#readRollups(work, scales);
    for (const scale of found) {
      const run = new PieceRun(work, scale, found.length > 1);
      const { until = Number.POSITIVE_INFINITY } = work.needs.holding ?? {};
      rollups.hours.each({ ...range, datapointId: scale.id, withEnds: work.needs.order }, (hour, rollup) => {
        const bucket = work.query.buckets.at(hour);
        const next = hour + HOUR_MS;
        const isWhole = hour >= start && next <= end && hour >= bucket.start && next <= bucket.end;
        const isKnown = work.needs.holding === undefined || (rollup.integral !== null && rollup.lastT <= until);
        if (isWhole && isKnown) return run.add(rollup, hour);
        const quarters = rollups.range(device.id, scale.id, Math.max(hour, bucketOf(start)), Math.min(next, end));
        for (const quarter of quarters) this.#readQuarter(work, run, quarter, false);
      });
    }
  }

  #readQuarter(work: Work, run: PieceRun, rollup: RollupRow, isShared: boolean): void {
    const { query, needs } = work;
    const from = rollup.bucket;
    const to = from + BUCKET_MS;
    const isWhole = from >= query.start && to <= query.end && to <= query.buckets.at(from).end && !isShared;
    if (isWhole && !needs.readings && !(needs.holding !== undefined && rollup.integral === null)) {
      run.add(rollup, from);
    } else {
      run.end();
      this.#readCut(work, { scale: run.scale, rollup });
    }
  }

  /** Leaves a quarter-hour to the log, or takes it whole where that is dropped. */
  #readCut({ query, needs, place, raw, found }: Work, cut: ScaledRollup): void {
    const { firstT } = cut.rollup;
    const quarter = bucketOf(firstT);
    if (quarter >= this.#parts.retention.logStart) {
      const places = raw.get(quarter);
      if (places === undefined) raw.set(quarter, new Set([place]));
      else places.add(place);
      return;
    }
    if (needs.readings || firstT >= query.end) return;
    if (firstT >= query.start) found.pieces.push({ ...cut, bucket: query.buckets.at(firstT) });
    else found.previous = cut;
  }

  #readLog(query: PieceQuery, raw: RawQuarters, all: readonly DatapointPieces[]): void {
    const columns = new Map<number, readonly Column[]>();
    for (const [from, to] of findRuns([...raw.keys()].sort((a, b) => a - b))) {
      for (const entry of this.#parts.log.range(query.device.id, from, Math.min(to, query.end))) {
        const places = raw.get(bucketOf(entry.at));
        const version = this.#parts.products.version(entry.profileId);
        if (places === undefined || version === undefined) continue;
        const values = unpackReport(version.profile.layout, entry);
        if (values === undefined) continue;
        let known = columns.get(entry.profileId);
        if (known === undefined) {
          known = this.#findColumns(query, entry.profileId);
          columns.set(entry.profileId, known);
        }
        for (const { index, scale, place } of known) {
          const reading = toReading(values[index]);
          const found = all[place];
          if (reading === undefined || found === undefined || !places.has(place)) continue;
          const single: ScaledRollup = { scale, rollup: startRollup(entry.at, reading) };
          if (entry.at >= query.start) found.pieces.push({ ...single, bucket: query.buckets.at(entry.at) });
          else found.previous = single;
        }
      }
    }
  }

  /** Where the reports of a profile version have the queried datapoints. */
  #findColumns({ device, datapoints }: PieceQuery, profileId: number): Column[] {
    const version = this.#parts.products.version(profileId);
    return datapoints.flatMap(({ name }, place): Column[] => {
      const index = version?.profile.datapoints.findIndex((other) => other.name === name) ?? -1;
      const id = version?.rollupIds[index];
      const scale = this.#parts.products.scalesOf(device.productKey, name).find((other) => other.id === id);
      return scale === undefined ? [] : [{ index, scale, place }];
    });
  }
}

function hourOf(at: Millis): Millis {
  return Math.floor(at / HOUR_MS) * HOUR_MS;
}

interface Column {
  /** In the profile. */
  readonly index: number;
  /** In the query. */
  readonly place: number;
  readonly scale: RollupScale;
}

/** The quarter-hours or hours with readings by several scales: their order is known to the log alone. */
function findShared(startsByScale: readonly (readonly Millis[])[]): ReadonlySet<Millis> {
  const shared = new Set<Millis>();
  if (startsByScale.filter((starts) => starts.length > 0).length < 2) return shared;
  const seen = new Set<Millis>();
  for (const start of startsByScale.flat()) {
    if (seen.has(start)) shared.add(start);
    seen.add(start);
  }
  return shared;
}

/** Quarter-hours without a hole between them, put together. */
function findRuns(quarters: readonly Millis[]): [from: Millis, to: Millis][] {
  const runs: [Millis, Millis][] = [];
  for (const quarter of quarters) {
    const run = runs.at(-1);
    if (run?.[1] === quarter) run[1] = quarter + BUCKET_MS;
    else runs.push([quarter, quarter + BUCKET_MS]);
  }
  return runs;
}
