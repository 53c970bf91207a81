import type { Millis } from "../../core/duration.js";
import type { RollupScale } from "../devices/products.js";
import { type Buckets, MAX_BUCKETS, type TimeBucket, tooManyBuckets } from "./calendar.js";
import type { DatapointPieces, Piece } from "./piece.js";
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
  readonly bucket: TimeBucket;
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

/** The buckets of one datapoint. */
export class TallySheet {
  readonly #buckets: Buckets;
  readonly #tallies = new Map<Millis, Tally>();
  #current: Tally | undefined;

  constructor(buckets: Buckets) {
    this.#buckets = buckets;
  }

  get tallies(): Iterable<Tally> {
    return this.#tallies.values();
  }

  /** Counts pieces in time order, with growth from one to the next. */
  addAll({ pieces, previous }: DatapointPieces): void {
    let before = previous;
    for (const piece of pieces) {
      this.#add(piece, before);
      before = piece;
    }
  }

  /** Carries each value on until the next, over edges of buckets too. Throws `too-many-buckets`. */
  carryAll({ pieces, previous }: DatapointPieces, holding: Holding): void {
    let before = previous;
    for (const piece of pieces) {
      const { firstT, lastT, integral } = piece.rollup;
      this.#carry(before, firstT, holding);
      if (integral !== null && lastT > firstT && lastT <= holding.until) {
        const tally = this.#scaleAt(firstT, piece.scale);
        tally.integral += integral;
        tally.coveredMs += lastT - firstT;
      }
      before = piece;
    }
    this.#carry(before, holding.until, holding);
  }

  #add({ scale, rollup }: Piece, before: Piece | undefined): void {
    const tally = this.#tallyAt(rollup.firstT);
    const part = scaleOf(tally, scale);
    part.count += rollup.count;
    part.sum += rollup.sum;
    if (rollup.min < part.min) part.min = rollup.min;
    if (rollup.max > part.max) part.max = rollup.max;
    part.growth += rollup.delta;
    if (before?.scale.id === scale.id) part.growth += growth(before.rollup.lastV, rollup.firstV);
    else if (before !== undefined) tally.growth += growthAcross(before, { scale, rollup });
    tally.first ??= { scale, value: rollup.firstV };
    tally.last = { scale, value: rollup.lastV };
  }

  #carry(piece: Piece | undefined, next: Millis, { start, until, maxGapMs }: Holding): void {
    if (piece === undefined) return;
    const { lastT, lastV } = piece.rollup;
    const end = Math.min(next, until, lastT + maxGapMs);
    for (let at = Math.max(lastT, start); at < end; ) {
      const { bucket } = this.#tallyAt(at);
      const to = Math.min(bucket.end, end);
      const tally = this.#scaleAt(at, piece.scale);
      tally.integral += lastV * (to - at);
      tally.coveredMs += to - at;
      at = to;
    }
  }

  #scaleAt(at: Millis, scale: RollupScale): ScaleTally {
    return scaleOf(this.#tallyAt(at), scale);
  }

  #tallyAt(at: Millis): Tally {
    if (this.#current !== undefined && at >= this.#current.bucket.start && at < this.#current.bucket.end) {
      return this.#current;
    }
    const bucket = this.#buckets.at(at);
    let tally = this.#tallies.get(bucket.start);
    if (tally === undefined) {
      if (this.#tallies.size >= MAX_BUCKETS) throw tooManyBuckets();
      tally = { bucket, scales: [], growth: 0, first: undefined, last: undefined };
      this.#tallies.set(bucket.start, tally);
    }
    this.#current = tally;
    return tally;
  }
}

function scaleOf(tally: Tally, scale: RollupScale): ScaleTally {
  const [first] = tally.scales;
  const known = first?.scale.id === scale.id ? first : tally.scales.find((other) => other.scale.id === scale.id);
  if (known !== undefined) return known;
  const made: ScaleTally = {
    scale,
    count: 0,
    sum: 0,
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
    growth: 0,
    integral: 0,
    coveredMs: 0,
  };
  tally.scales.push(made);
  return made;
}

/** A change of scale is no reset: engineering values are compared, and a fall counts from the new wire zero. */
function growthAcross(before: Piece, after: Piece): number {
  const gained = scaleUpValue(after.scale, after.rollup.firstV) - scaleUpValue(before.scale, before.rollup.lastV);
  return gained * Math.sign(after.scale.ratio) >= 0 ? gained : after.scale.ratio * after.rollup.firstV;
}

/** A wire value in engineering units, not rounded. */
export function scaleUpValue({ ratio, addition }: RollupScale, value: number): number {
  return ratio * value + addition;
}
