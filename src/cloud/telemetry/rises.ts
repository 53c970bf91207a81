import type { Millis } from "../../core/duration.js";
import { EARLIEST_MS } from "../../core/instant.js";
import type { WorkSlice } from "../../core/work-slice.js";
import type { Datapoint } from "../../profile/profile.js";
import type { Products } from "../devices/products.js";
import type { AggregateEngine } from "./aggregate.js";
import { wholeRange } from "./calendar.js";
import { HOUR_MS, PAGE_MS } from "./hour-page.js";
import type { Source } from "./piece.js";
import { bucketOf, growth } from "./rollup.js";
import type { RollupTable } from "./rollup-table.js";

/** What is read of the store at a time; where no hours are kept yet it takes some milliseconds. */
const STRETCH_MS = 16 * PAGE_MS;

export interface RiseParts {
  readonly products: Products;
  readonly rollups: RollupTable;
  readonly engine: AggregateEngine;
}

/** What is counted: bools of a device, before an instant. */
export interface RiseQuery {
  readonly device: Source;
  readonly datapoints: readonly Datapoint[];
  /** Not included. */
  readonly end: Millis;
}

/**
 * How often each of some bools became true before an instant, by name; one that is true at first has risen. That is
 * what the engine's `delta` and `first` over all time add up to, read stretch by stretch.
 */
export async function countRises(
  parts: RiseParts,
  { device, datapoints, end }: RiseQuery,
  slice: WorkSlice,
): Promise<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const datapoint of datapoints) {
    const [scale, ...more] = parts.products.scalesOf(device.productKey, datapoint.name);
    const isPlain = scale?.ratio === 1 && scale.addition === 0 && more.length === 0;
    const whole = isPlain ? Math.floor(end / HOUR_MS) * HOUR_MS : EARLIEST_MS;
    const walk = isPlain
      ? await walkHours(parts, { device, id: scale.id, end: whole }, slice)
      : { count: 0, last: null };
    counts[datapoint.name] = walk.count + countRest(parts, device, datapoint, [whole, end], walk.last === null);
    if (slice.isOver) await slice.rest();
  }
  return counts;
}

/** The rises of the whole hours before `end`, and the last value there. */
async function walkHours(
  { rollups }: RiseParts,
  { device, id, end }: { readonly device: Source; readonly id: number; readonly end: Millis },
  slice: WorkSlice,
): Promise<{ count: number; last: number | null }> {
  const walk: { count: number; last: number | null } = { count: 0, last: null };
  for (let at = EARLIEST_MS; ; ) {
    const next = rollups.next(device.id, id, bucketOf(at));
    if (next === undefined || next >= end) return walk;
    const from = Math.floor(next / HOUR_MS) * HOUR_MS;
    at = Math.min(from + STRETCH_MS, end);
    const range = { deviceId: device.id, datapointId: id, from, to: at, withEnds: true };
    rollups.hours.each(range, (_hour, { firstV, delta, lastV }) => {
      walk.count += growth(walk.last ?? 0, firstV) + delta;
      walk.last = lastV;
    });
    if (slice.isOver) await slice.rest();
  }
}

/** What the engine says of the last, cut hour. */
function countRest(
  { engine }: RiseParts,
  device: Source,
  datapoint: Datapoint,
  [start, end]: readonly [Millis, Millis],
  isFirst: boolean,
): number {
  const ask = (aggregator: "delta" | "first"): number => {
    const query = { device, datapoints: [datapoint], aggregator, buckets: wholeRange(start, end), start, end };
    return engine.query(query)[0]?.values[datapoint.name] ?? 0;
  };
  return ask("delta") + (isFirst ? ask("first") : 0);
}
