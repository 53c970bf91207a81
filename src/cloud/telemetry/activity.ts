import type { Millis } from "../../core/duration.js";
import type { Buckets, TimeBucket } from "./calendar.js";
import { bucketOf } from "./rollup.js";
import type { RollupTable } from "./rollup-table.js";

/** A stretch of time and how it is cut. */
export interface ActivityQuery {
  readonly buckets: Buckets;
  readonly start: Millis;
  readonly end: Millis;
}

/** The buckets in which a device has any of some rollups: it goes from one to the next, and reads none of them. */
export function* activeBuckets(
  rollups: RollupTable,
  rollupIds: readonly number[],
  deviceId: number,
  { buckets, start, end }: ActivityQuery,
): Generator<TimeBucket> {
  for (let at = start; at < end; ) {
    const found = rollupIds.map((id) => rollups.next(deviceId, id, bucketOf(at)) ?? Number.POSITIVE_INFINITY);
    const first = Math.min(...found);
    if (!(first < end)) return;
    const bucket = buckets.at(Math.max(first, at));
    yield bucket;
    at = bucket.end;
  }
}
