import type { Millis } from "../../core/duration.js";
import { GizlabError } from "../../core/errors.js";
import type { Datapoint } from "../../profile/profile.js";
import { decimalsOf, roundTo } from "../../profile/scale.js";
import type { Product, Products, RollupScale } from "../devices/products.js";
import { type CalendarUnit, calendarBucket } from "./calendar.js";
import type { LogTable } from "./log-table.js";
import { unpackReport } from "./report.js";
import { BUCKET_MS, bucketOf } from "./rollup.js";
import type { RollupTable } from "./rollup-table.js";
import type { Zone } from "./zone.js";

export type Aggregator = "sum" | "avg" | "max" | "min";

/** One question to the engine that all faces ask. */
export interface AggregateQuery {
  readonly deviceId: number;
  readonly product: Product;
  readonly datapoints: readonly Datapoint[];
  readonly aggregator: Aggregator;
  readonly unit: CalendarUnit;
  readonly zone: Zone;
  /** Included. */
  readonly start: Millis;
  /** Not included. */
  readonly end: Millis;
}

/** One bucket; datapoints without a reading in it are absent. */
export interface AggregateBucket {
  readonly start: Millis;
  readonly values: Readonly<Record<string, number>>;
}

/** At most this many buckets in one answer. */
export const MAX_BUCKETS = 200_000;

/** Rollups of one scale, in wire values; by the scale's id in a bucket. */
interface Partial {
  count: number;
  sum: number;
  min: number;
  max: number;
}

/** By the start of the bucket, then by the id of the scale. */
type Buckets = Map<Millis, Map<number, Partial>>;

/** Answers from rollups, and from the log where the ends of the query cut a quarter-hour. */
export class AggregateEngine {
  readonly #products: Products;
  readonly #rollups: RollupTable;
  readonly #log: LogTable;

  constructor(products: Products, rollups: RollupTable, log: LogTable) {
    this.#products = products;
    this.#rollups = rollups;
    this.#log = log;
  }

  /** Buckets in time order; empty ones are absent. Only readings inside [start, end) count. Throws `too-many-buckets`. */
  query(query: AggregateQuery): AggregateBucket[] {
    const buckets: Buckets = new Map();
    const { productKey } = query.product;
    const scales = query.datapoints.map(({ name }) => this.#products.scalesOf(productKey, name));
    const firstWhole = Math.min(Math.ceil(query.start / BUCKET_MS) * BUCKET_MS, query.end);
    const lastWhole = Math.max(bucketOf(query.end), firstWhole);
    this.#addRaw(buckets, query, query.start, firstWhole);
    for (const { id } of scales.flat()) this.#addRollups(buckets, query, id, firstWhole, lastWhole);
    this.#addRaw(buckets, query, lastWhole, query.end);
    if (buckets.size > MAX_BUCKETS) {
      throw new GizlabError("too-many-buckets", "the query makes too many buckets", {
        expected: `at most ${MAX_BUCKETS}`,
        found: String(buckets.size),
        hint: "ask for a shorter time or a wider unit",
      });
    }
    return [...buckets]
      .sort(([a], [b]) => a - b)
      .map(([start, partials]) => ({ start, values: finishBucket(query, scales, partials) }));
  }

  #addRollups(buckets: Buckets, query: AggregateQuery, scaleId: number, from: Millis, to: Millis): void {
    if (from >= to) return;
    let current: Partial | undefined;
    let currentEnd = Number.NEGATIVE_INFINITY;
    for (const row of this.#rollups.range(query.deviceId, scaleId, from, to)) {
      if (row.bucket >= currentEnd) {
        const bucket = calendarBucket(query.unit, query.zone, row.bucket);
        currentEnd = bucket.end;
        current = partialOf(buckets, bucket.start, scaleId);
      }
      if (current !== undefined) addPartial(current, row.count, row.sum, row.min, row.max);
    }
  }

  #addRaw(buckets: Buckets, query: AggregateQuery, from: Millis, to: Millis): void {
    if (from >= to) return;
    for (const entry of this.#log.range(query.deviceId, from, to)) {
      const version = this.#products.version(entry.profileId);
      if (version === undefined) continue;
      const values = unpackReport(version.profile.layout, entry);
      if (values === undefined) continue;
      const { start } = calendarBucket(query.unit, query.zone, entry.at);
      for (const { name } of query.datapoints) {
        const index = version.profile.datapoints.findIndex((other) => other.name === name);
        const scaleId = version.rollupIds[index];
        const value = values[index];
        if (scaleId === undefined || typeof value !== "number") continue;
        addPartial(partialOf(buckets, start, scaleId), 1, value, value, value);
      }
    }
  }
}

function partialOf(buckets: Buckets, start: Millis, scaleId: number): Partial {
  let partials = buckets.get(start);
  if (partials === undefined) {
    partials = new Map();
    buckets.set(start, partials);
  }
  let partial = partials.get(scaleId);
  if (partial === undefined) {
    partial = { count: 0, sum: 0, min: Number.POSITIVE_INFINITY, max: Number.NEGATIVE_INFINITY };
    partials.set(scaleId, partial);
  }
  return partial;
}

function addPartial(partial: Partial, count: number, sum: number, min: number, max: number): void {
  partial.count += count;
  partial.sum += sum;
  if (min < partial.min) partial.min = min;
  if (max > partial.max) partial.max = max;
}

function finishBucket(
  query: AggregateQuery,
  scales: readonly (readonly RollupScale[])[],
  partials: ReadonlyMap<number, Partial>,
): Record<string, number> {
  const values: Record<string, number> = {};
  query.datapoints.forEach((datapoint, at) => {
    const scaled = (scales[at] ?? []).flatMap((scale) => {
      const partial = partials.get(scale.id);
      return partial === undefined ? [] : [scaleUpPartial(scale, partial)];
    });
    if (scaled.length > 0) values[datapoint.name] = finishValue(query.aggregator, decimalsOf(datapoint), scaled);
  });
  return values;
}

/** From wire values to engineering units; a negative ratio turns the order of values around. */
function scaleUpPartial({ ratio, addition }: RollupScale, { count, sum, min, max }: Partial): Partial {
  const [lowest, highest] = ratio < 0 ? [max, min] : [min, max];
  return {
    count,
    sum: ratio * sum + addition * count,
    min: ratio * lowest + addition,
    max: ratio * highest + addition,
  };
}

/** The average is the exact sum over the count (rest.md 3.2). */
function finishValue(aggregator: Aggregator, decimals: number, scaled: readonly Partial[]): number {
  switch (aggregator) {
    case "sum":
      return roundTo(totalOf(scaled), decimals);
    case "avg":
      return roundTo(totalOf(scaled), decimals) / scaled.reduce((count, partial) => count + partial.count, 0);
    case "min":
      return roundTo(Math.min(...scaled.map(({ min }) => min)), decimals);
    case "max":
      return roundTo(Math.max(...scaled.map(({ max }) => max)), decimals);
  }
}

function totalOf(scaled: readonly Partial[]): number {
  return scaled.reduce((sum, partial) => sum + partial.sum, 0);
}
