import type { Millis } from "../../core/duration.js";
import type { Datapoint } from "../../profile/profile.js";
import type { RollupScale } from "../devices/products.js";
import type { Buckets, TimeBucket } from "./calendar.js";
import type { Rollup } from "./rollup.js";

/** Whose data: a device of the registry. */
export interface Source {
  readonly id: number;
  readonly productKey: string;
}

/** What of a device is asked about, and how it is cut. */
export interface PieceQuery {
  readonly device: Source;
  readonly datapoints: readonly Datapoint[];
  readonly buckets: Buckets;
  /** Included. */
  readonly start: Millis;
  /** Not included. */
  readonly end: Millis;
}

/** What the answer cannot do without. */
export interface PieceNeeds {
  /** Every single reading; where the log is dropped there is none. */
  readonly readings: boolean;
  /** What was last known before the start. */
  readonly previous: boolean;
  /** Which readings came first and last; without it pieces have `count`, `sum`, `min` and `max` alone. */
  readonly order: boolean;
  /** For a question that carries values over time; undefined for others. */
  readonly holding?: {
    /** A value holds so long when nothing newer comes. */
    readonly maxGapMs: Millis;
    /** No value is known to hold beyond it. */
    readonly until: Millis;
  };
}

/** Readings of one datapoint by one scale: some quarter-hours or a single reading. */
export interface ScaledRollup {
  readonly scale: RollupScale;
  readonly rollup: Readonly<Rollup>;
}

/** Readings that are all of one bucket. */
export interface Piece extends ScaledRollup {
  readonly bucket: TimeBucket;
}

/** All that one datapoint has in the range, oldest first. */
export interface DatapointPieces {
  readonly pieces: Piece[];
  /** The newest before the range. */
  previous: ScaledRollup | undefined;
}
