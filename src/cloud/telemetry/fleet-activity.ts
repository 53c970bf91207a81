import type { Millis } from "../../core/duration.js";
import { WorkSlice } from "../../core/work-slice.js";
import type { Products } from "../devices/products.js";
import { type ActivityQuery, activeBuckets } from "./activity.js";
import type { TimeBucket } from "./calendar.js";
import type { Source } from "./piece.js";
import type { RollupTable } from "./rollup-table.js";

/**
 * Calls `visit` with each device and each bucket in which it has reported something, device by device; one that
 * returns false is asked no further. Lets the event loop go every few milliseconds.
 */
export async function visitActivity<D extends Source>(
  parts: { readonly products: Products; readonly rollups: RollupTable },
  devices: readonly D[],
  query: ActivityQuery,
  visit: (device: D, bucket: TimeBucket) => boolean,
): Promise<void> {
  const ids = new Map<string, readonly number[]>();
  const slice = new WorkSlice();
  for (const device of devices) {
    const { id, productKey } = device;
    const rollupIds = ids.get(productKey) ?? parts.products.allRollupIds(productKey);
    ids.set(productKey, rollupIds);
    for (const bucket of activeBuckets(parts.rollups, rollupIds, id, query)) {
      if (!visit(device, bucket)) break;
      if (slice.isOver) await slice.rest();
    }
    if (slice.isOver) await slice.rest();
  }
}

/** The devices of each bucket in which some reported, by the bucket's start and in the order of `devices`. */
export async function groupActive<D extends Source>(
  parts: { readonly products: Products; readonly rollups: RollupTable },
  devices: readonly D[],
  query: ActivityQuery,
): Promise<Map<Millis, D[]>> {
  const active = new Map<Millis, D[]>();
  await visitActivity(parts, devices, query, (device, { start }) => {
    const inside = active.get(start);
    if (inside === undefined) active.set(start, [device]);
    else inside.push(device);
    return true;
  });
  return active;
}
