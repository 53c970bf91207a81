import type { Millis } from "../../core/duration.js";
import { WorkSlice } from "../../core/work-slice.js";
import type { Products } from "../devices/products.js";
import type { LogEntry } from "./log-entry.js";
import type { LogTable } from "./log-table.js";
import { type Reading, readAttrs } from "./readings.js";
import { bucketOf } from "./rollup.js";

export interface FleetQuery<D> {
  readonly devices: readonly D[];
  /** Included. */
  readonly start: Millis;
  /** Not included. */
  readonly end: Millis;
  /** All devices by time, the order of `devices` on equal times; device by device without, which is cheaper. */
  readonly isOrdered: boolean;
  /** Whose work reading is; work of its own without. */
  readonly slice?: WorkSlice | undefined;
}

/** One report and whose it is. */
export interface FleetReading<D> extends Reading {
  readonly device: D;
}

interface OwnedEntry<D> {
  readonly device: D;
  readonly entry: LogEntry;
}

/** The reports of many devices, read as they are asked for; lets the event loop go every few milliseconds. */
export async function* readFleet<D extends { readonly id: number }>(
  products: Products,
  log: LogTable,
  query: FleetQuery<D>,
): AsyncGenerator<FleetReading<D>, void> {
  const { slice = new WorkSlice() } = query;
  for await (const { device, entry } of query.isOrdered ? byTime(log, query, slice) : byDevice(log, query, slice)) {
    const attrs = readAttrs(products, entry);
    if (attrs !== undefined && Object.keys(attrs).length > 0) yield { device, at: entry.at, attrs };
    if (slice.isOver) await slice.rest();
  }
}

async function* byDevice<D extends { readonly id: number }>(
  log: LogTable,
  { devices, start, end }: FleetQuery<D>,
  slice: WorkSlice,
): AsyncGenerator<OwnedEntry<D>, void> {
  for (const device of devices) {
    for (const entry of log.range(device.id, start, end)) yield { device, entry };
    if (slice.isOver) await slice.rest();
  }
}

/** Quarter-hour by quarter-hour, so that no more than one of them is held in memory. */
async function* byTime<D extends { readonly id: number }>(
  log: LogTable,
  { devices, start, end }: FleetQuery<D>,
  slice: WorkSlice,
): AsyncGenerator<OwnedEntry<D>, void> {
  const next = new Float64Array(devices.length);
  for (const [index, { id }] of devices.entries()) {
    next[index] = log.nextBucket(id, bucketOf(start)) ?? Number.POSITIVE_INFINITY;
    if (slice.isOver) await slice.rest();
  }
  for (;;) {
    const bucket = next.reduce((least, each) => Math.min(least, each), Number.POSITIVE_INFINITY);
    if (!(bucket < end)) return;
    /** By second, so that no sorting takes long. */
    const seconds: OwnedEntry<D>[][] = [];
    for (const [index, device] of devices.entries()) {
      if (next[index] !== bucket) continue;
      for (const entry of log.bucket(device.id, bucket)) {
        if (entry.at < start || entry.at >= end) continue;
        const second = Math.floor((entry.at - bucket) / 1000);
        seconds[second] ??= [];
        seconds[second].push({ device, entry });
      }
      next[index] = log.nextBucket(device.id, bucket + 1) ?? Number.POSITIVE_INFINITY;
      if (slice.isOver) await slice.rest();
    }
    for (const entries of seconds) {
      if (entries !== undefined) yield* entries.sort((one, other) => one.entry.at - other.entry.at);
    }
  }
}
