import type { Clock } from "../../core/clock.js";
import type { Millis } from "../../core/duration.js";
import { GizlabError } from "../../core/errors.js";
import { decimalsOf, roundTo } from "../../profile/scale.js";
import { type AggregateBucket, AnswerBuckets } from "./answer-buckets.js";
import { rememberBucket, type TimeBucket } from "./calendar.js";
import type { DatapointPieces, PieceNeeds, PieceQuery } from "./piece.js";
import { type PieceParts, PieceReader } from "./pieces.js";
import { BUCKET_MS } from "./rollup.js";
import { type ScaledValue, type ScaleTally, scaleUpValue, type Tally, TallySheet } from "./tally.js";

/**
 * The average over time: each value holds until the next one, into later buckets too, but neither longer than
 * `maxGapMs` (for ever without it) nor beyond now. Time without a known value does not count.
 */
export interface TimeAverage {
  readonly kind: "time-average";
  /** Milliseconds above 0. Below a quarter-hour the log is read, and where that is dropped there is no answer. */
  readonly maxGapMs?: Millis;
}

/**
 * The value that `percent` of the readings do not exceed, interpolated between neighbours as PostgreSQL's
 * percentile_cont does. Always from the log: where that is dropped there is no answer.
 */
export interface Percentile {
  readonly kind: "percentile";
  /** From 0 to 100. */
  readonly percent: number;
}

/**
 * What is made of the readings of a bucket. `delta` is what a counter gained, each reading against the one before
 * it, also where that lies in an earlier bucket or before the query; a fall counts as a restart from zero, and the
 * very first reading as no growth. `first` and `last` go by the time of the reading, arrival order on equal times.
 */
export type Aggregator =
  | "sum"
  | "avg"
  | "max"
  | "min"
  | "count"
  | "first"
  | "last"
  | "delta"
  | TimeAverage
  | Percentile;

/** One question to the engine that all faces ask: numeric datapoints of a device in [start, end), cut into buckets. */
export interface AggregateQuery extends PieceQuery {
  readonly aggregator: Aggregator;
}

/** Answers from rollups, and from the log where a bucket or the query cuts a quarter-hour; the answer is the same. */
export class AggregateEngine {
  readonly #reader: PieceReader;
  readonly #clock: Clock;

  constructor(parts: PieceParts, clock: Clock) {
    this.#reader = new PieceReader(parts);
    this.#clock = clock;
  }

  /** The part of a query's range in which there may be an answer; undefined where there is none. */
  reach(query: PieceQuery): { readonly start: Millis; readonly end: Millis } | undefined {
    return this.#reader.reach(query, this.#clock.now());
  }

  /**
   * Buckets in time order; empty ones are absent. Only readings inside [start, end) count.
   * Throws `too-many-buckets`, and `aggregator-invalid` for a percent or a gap out of its range.
   */
  query(asked: AggregateQuery): AggregateBucket[] {
    const query = { ...asked, buckets: rememberBucket(asked.buckets) };
    checkAggregator(query.aggregator);
    const all = this.#reader.read(query, needsOf(query, this.#clock.now()));
    const answer = new AnswerBuckets();
    query.datapoints.forEach((datapoint, place) => {
      answer.begin(datapoint.name);
      this.#answer(query, all[place] as DatapointPieces, decimalsOf(datapoint), (bucket, value) =>
        answer.tell(bucket, value),
      );
    });
    return answer.inOrder();
  }

  #answer(query: AggregateQuery, pieces: DatapointPieces, decimals: number, tell: Tell): void {
    const { aggregator } = query;
    if (typeof aggregator === "object" && aggregator.kind === "percentile") {
      answerPercentile(aggregator.percent, pieces, decimals, tell);
      return;
    }
    const sheet = new TallySheet(query.buckets, (tally) => {
      const value = typeof aggregator === "object" ? averageTime(tally, decimals) : finish(aggregator, tally, decimals);
      if (value !== undefined) tell(tally.bucket, value);
    });
    if (typeof aggregator === "string") return sheet.addAll(pieces);
    const maxGapMs = aggregator.maxGapMs ?? Number.POSITIVE_INFINITY;
    sheet.carryAll(pieces, { start: query.start, until: Math.min(query.end, this.#clock.now()), maxGapMs });
  }
}

/** Takes the answer of one bucket. */
type Tell = (bucket: TimeBucket, value: number) => void;

function needsOf({ aggregator, end }: AggregateQuery, now: Millis): PieceNeeds {
  if (typeof aggregator === "string") {
    const order = ["first", "last", "delta"].includes(aggregator);
    return { readings: false, previous: aggregator === "delta", order };
  }
  if (aggregator.kind === "percentile") return { readings: true, previous: false, order: true };
  const maxGapMs = aggregator.maxGapMs ?? Number.POSITIVE_INFINITY;
  const holding = { maxGapMs, until: Math.min(end, now) };
  return { readings: maxGapMs < BUCKET_MS, previous: true, order: true, holding };
}

function checkAggregator(aggregator: Aggregator): void {
  if (typeof aggregator === "string") return;
  if (aggregator.kind === "percentile") {
    if (aggregator.percent >= 0 && aggregator.percent <= 100) return;
    throw invalid("a percentile is out of range", "0 to 100", aggregator.percent);
  }
  if (aggregator.maxGapMs === undefined || aggregator.maxGapMs > 0) return;
  throw invalid("a value holds no time at all", "a gap above 0 ms", aggregator.maxGapMs);
}

function invalid(message: string, expected: string, found: number): GizlabError {
  return new GizlabError("aggregator-invalid", message, { expected, found: String(found) });
}

function finish(aggregator: Extract<Aggregator, string>, tally: Readonly<Tally>, decimals: number): number | undefined {
  const { scales } = tally;
  switch (aggregator) {
    case "sum":
      return roundTo(totalOf(scales), decimals);
    case "avg":
      // The exact sum over the count (rest.md 3.2).
      return roundTo(totalOf(scales), decimals) / countOf(scales);
    case "min":
      return roundTo(smallestOf(scales, 1), decimals);
    case "max":
      return roundTo(-smallestOf(scales, -1), decimals);
    case "count":
      return countOf(scales);
    case "first":
      return showValue(tally.first, decimals);
    case "last":
      return showValue(tally.last, decimals);
    case "delta":
      return roundTo(
        scales.reduce((sum, { scale, growth }) => sum + scale.ratio * growth, tally.growth),
        decimals,
      );
  }
}

function totalOf(scales: readonly ScaleTally[]): number {
  return scales.reduce((total, { scale, sum, count }) => total + scale.ratio * sum + scale.addition * count, 0);
}

function countOf(scales: readonly ScaleTally[]): number {
  return scales.reduce((total, { count }) => total + count, 0);
}

/** The smallest value, or the smallest of all turned around by `sign`; a negative ratio turns the order of values around too. */
function smallestOf(scales: readonly ScaleTally[], sign: 1 | -1): number {
  return scales.reduce(
    (smallest, { scale, count, min, max }) =>
      count === 0 ? smallest : Math.min(smallest, sign * scaleUpValue(scale, min), sign * scaleUpValue(scale, max)),
    Number.POSITIVE_INFINITY,
  );
}

function showValue(scaled: ScaledValue | undefined, decimals: number): number | undefined {
  return scaled === undefined ? undefined : roundTo(scaleUpValue(scaled.scale, scaled.value), decimals);
}

function averageTime({ scales }: Tally, decimals: number): number | undefined {
  const coveredMs = scales.reduce((total, part) => total + part.coveredMs, 0);
  if (coveredMs === 0) return undefined;
  const total = scales.reduce(
    (sum, { scale, integral, coveredMs: ms }) => sum + scale.ratio * integral + scale.addition * ms,
    0,
  );
  return roundTo(total, decimals) / coveredMs;
}

function answerPercentile(percent: number, { pieces }: DatapointPieces, decimals: number, tell: Tell): void {
  let bucket: TimeBucket | undefined;
  let values: number[] = [];
  for (const { scale, rollup, bucket: next } of pieces) {
    if (next.start !== bucket?.start) {
      if (bucket !== undefined) tell(bucket, interpolate(values, percent));
      bucket = next;
      values = [];
    }
    values.push(roundTo(scaleUpValue(scale, rollup.firstV), decimals));
  }
  if (bucket !== undefined) tell(bucket, interpolate(values, percent));
}

function interpolate(values: readonly number[], percent: number): number {
  const sorted = Float64Array.from(values).sort();
  const place = (percent / 100) * (sorted.length - 1);
  const below = sorted[Math.floor(place)] as number;
  const above = sorted[Math.ceil(place)] as number;
  return below + (above - below) * (place - Math.floor(place));
}
