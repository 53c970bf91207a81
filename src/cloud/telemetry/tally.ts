import type { Millis } from "../../core/duration.js";
import type { RollupScale } from "../devices/products.js";
import { type Buckets, MAX_BUCKETS, type TimeBucket, tooManyBuckets } from "./calendar.js";
import type { DatapointPieces, Piece, ScaledRollup } from "./piece.js";
import { growth } from "./rollup.js";

/** One value and how it is put into engineering units. */
export interface ScaledValue {
  readonly scale: RollupScale;
  /** On the wire. */
  readonly value: number;
}

/** What one bucket has by one scale, in wire values. */
export interface ScaleTally {
  readonly scale: RollupScale;
  count: number;
  sum: number;
  min: number;
  max: number;
  /** What a counter gained, each reading against the one before it, wherever that was. */
  growth: number;
  /** Value times milliseconds of the time for which a value is known. */
  integral: number;
  coveredMs: Millis;
}

/** What one datapoint has in one bucket. */
export interface Tally {
  bucket: TimeBucket;
  /** Of a scale that has nothing in this bucket all numbers are 0. */
  readonly scales: ScaleTally[];
  /** Growth from a reading by one scale to one by another, in engineering units. */
  growth: number;
  first: ScaledValue | undefined;
  last: ScaledValue | undefined;
}

/** How long a value holds. */
export interface Holding {
  readonly start: Millis;
  /** No value is known to hold beyond it. */
  readonly until: Millis;
  /** A value holds so long when nothing newer comes. */
  readonly maxGapMs: Millis;
}

/** Goes through the buckets of one datapoint in order. Each is told once, and is the next one's afterwards. */
export class TallySheet {
  readonly #buckets: Buckets;
  readonly #tell: (tally: Readonly<Tally>) => void;
  #tally: Tally | undefined;
  #count = 0;

  constructor(buckets: Buckets, tell: (tally: Readonly<Tally>) => void) {
    this.#buckets = buckets;
    this.#tell = tell;
  }

  /** Counts pieces in time order, with growth from one to the next. Throws `too-many-buckets`. */
  addAll({ pieces, previous }: DatapointPieces): void {
    let before = previous;
    for (const piece of pieces) {
      this.#add(piece, before);
      before = piece;
    }
    this.#close();
  }

  /** Carries each value on until the next, over edges of buckets too. Throws `too-many-buckets`. */
  carryAll({ pieces, previous }: DatapointPieces, holding: Holding): void {
    let before = previous;
    for (const piece of pieces) {
      const { firstT, lastT, integral } = piece.rollup;
      this.#carry(before, firstT, holding);
      if (integral !== null && lastT > firstT && lastT <= holding.until) {
        const part = scaleOf(this.#tallyOf(piece.bucket), piece.scale);
        part.integral += integral;
        part.coveredMs += lastT - firstT;
      }
      before = piece;
    }
    this.#carry(before, holding.until, holding);
    this.#close();
  }

  #add({ scale, rollup, bucket }: Piece, before: ScaledRollup | undefined): void {
    const tally = this.#tallyOf(bucket);
    const part = scaleOf(tally, scale);
    part.min = part.count === 0 ? rollup.min : Math.min(part.min, rollup.min);
    part.max = part.count === 0 ? rollup.max : Math.max(part.max, rollup.max);
    part.count += rollup.count;
    part.sum += rollup.sum;
    part.growth += rollup.delta;
    if (before?.scale.id === scale.id) part.growth += growth(before.rollup.lastV, rollup.firstV);
    else if (before !== undefined) tally.growth += growthAcross(before, { scale, rollup });
    tally.first ??= { scale, value: rollup.firstV };
    tally.last = { scale, value: rollup.lastV };
  }

  #carry(piece: ScaledRollup | undefined, next: Millis, { start, until, maxGapMs }: Holding): void {
    if (piece === undefined) return;
    const { lastT, lastV } = piece.rollup;
    const end = Math.min(next, until, lastT + maxGapMs);
    for (let at = Math.max(lastT, start); at < end; ) {
      const bucket = this.#buckets.at(at);
      const to = Math.min(bucket.end, end);
      const part = scaleOf(this.#tallyOf(bucket), piece.scale);
      part.integral += lastV * (to - at);
      part.coveredMs += to - at;
      at = to;
    }
  }

  #tallyOf(bucket: TimeBucket): Tally {
    if (this.#tally?.bucket.start === bucket.start) return this.#tally;
    this.#close();
    this.#count += 1;
    if (this.#count > MAX_BUCKETS) throw tooManyBuckets();
    if (this.#tally === undefined) {
      this.#tally = { bucket, scales: [], growth: 0, first: undefined, last: undefined };
    } else {
      clearTally(this.#tally, bucket);
    }
    return this.#tally;
  }

  #close(): void {
    if (this.#tally !== undefined) this.#tell(this.#tally);
  }
}

function clearTally(tally: Tally, bucket: TimeBucket): void {
  tally.bucket = bucket;
  tally.growth = 0;
  tally.first = undefined;
  tally.last = undefined;
  for (const part of tally.scales) {
    part.count = 0;
    part.sum = 0;
    part.min = 0;
    part.max = 0;
    part.growth = 0;
    part.integral = 0;
    part.coveredMs = 0;
  }
}

function scaleOf(tally: Tally, scale: RollupScale): ScaleTally {
  const [first] = tally.scales;
  const known = first?.scale.id === scale.id ? first : tally.scales.find((other) => other.scale.id === scale.id);
  if (known !== undefined) return known;
  const made: ScaleTally = { scale, count: 0, sum: 0, min: 0, max: 0, growth: 0, integral: 0, coveredMs: 0 };
  tally.scales.push(made);
  return made;
}

/** A change of scale is no reset: engineering values are compared, and a fall counts from the new wire zero. */
function growthAcross(before: ScaledRollup, after: ScaledRollup): number {
  const gained = scaleUpValue(after.scale, after.rollup.firstV) - scaleUpValue(before.scale, before.rollup.lastV);
  return gained * Math.sign(after.scale.ratio) >= 0 ? gained : after.scale.ratio * after.rollup.firstV;
}

/** A wire value in engineering units, not rounded. */
export function scaleUpValue({ ratio, addition }: RollupScale, value: number): number {
  return ratio * value + addition;
}
