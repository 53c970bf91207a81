import type { Millis } from "../../core/duration.js";
import { WorkSlice } from "../../core/work-slice.js";
import { type DisplayValues, displayValues } from "../../profile/scale.js";
import type { Products } from "../devices/products.js";
import type { LogEntry } from "./log-entry.js";
import { LOG_KIND } from "./log-kind.js";
import type { LogTable } from "./log-table.js";
import type { Source } from "./piece.js";
import { unpackReport } from "./report.js";
import { BUCKET_MS, bucketOf } from "./rollup.js";
import type { RollupTable } from "./rollup-table.js";

export interface ReadingsQuery {
  readonly device: Source;
  /** Included. */
  readonly start: Millis;
  /** Not included. */
  readonly end: Millis;
  /** Oldest first, or newest first; arrival order on equal times, or just the other way round. By default `asc`. */
  readonly order?: "asc" | "desc";
  /** Only these datapoints, and no reports without one of them; all by default. */
  readonly names?: readonly string[];
}

/** One report: the values it has, in engineering units. */
export interface Reading {
  readonly at: Millis;
  readonly attrs: Readonly<DisplayValues>;
  /** What came along with an upload, as it was given. */
  readonly detail?: string;
}

/** A question about datapoints that have rollups, which tell where in the log their reports are. */
export interface NumbersQuery extends Omit<ReadingsQuery, "names"> {
  /** Numeric datapoints, in every version of the profile. */
  readonly names: readonly string[];
}

export interface ReadingParts {
  readonly products: Products;
  readonly log: LogTable;
  readonly rollups: RollupTable;
}

/** Some of many reports. */
export interface ReadingsPage {
  /** How many there are, on all pages. */
  readonly total: number;
  readonly readings: readonly Reading[];
}

/** The reports that the log still has, read as they are asked for. */
export function* readReadings(products: Products, log: LogTable, query: ReadingsQuery): Generator<Reading> {
  const { device, start, end, order = "asc", names } = query;
  for (const entry of log.range(device.id, start, end, order)) {
    const attrs = readAttrs(products, entry);
    if (attrs === undefined) continue;
    const picked = names === undefined ? attrs : pick(attrs, names);
    if (Object.keys(picked).length === 0) continue;
    const { at, detail, kind } = entry;
    yield { at, attrs: picked, ...(detail === undefined || kind === LOG_KIND.dev2app ? {} : { detail }) };
  }
}

/** What `readReadings` gives of numeric datapoints; quarter-hours in which none of them was reported are passed over. */
export function* readNumbers(parts: ReadingParts, query: NumbersQuery): Generator<Reading> {
  const { products, log, rollups } = parts;
  const { device, start, end, order = "asc", names } = query;
  const ids = names.flatMap((name) => products.scalesOf(device.productKey, name).map(({ id }) => id));
  const isForward = order === "asc";
  for (let [low, high] = [start, end]; low < high; ) {
    const found = isForward
      ? Math.min(...ids.map((id) => rollups.next(device.id, id, bucketOf(low)) ?? Number.POSITIVE_INFINITY))
      : Math.max(...ids.map((id) => rollups.before(device.id, id, high)?.bucket ?? Number.NEGATIVE_INFINITY));
    const [from, to] = [Math.max(found, low), Math.min(found + BUCKET_MS, high)];
    if (!(from < to)) return;
    yield* readReadings(products, log, { device, start: from, end: to, order, names });
    if (isForward) low = to;
    else high = from;
  }
}

/** One page of reports; all are gone through for their number, in slices. */
export async function readPage(all: Iterable<Reading>, skip: number, limit: number): Promise<ReadingsPage> {
  const readings: Reading[] = [];
  const slice = new WorkSlice();
  let total = 0;
  for (const reading of all) {
    if (total >= skip && readings.length < limit) readings.push(reading);
    total += 1;
    if (slice.isOver) await slice.rest();
  }
  return { total, readings };
}

/** The values that a log entry reports, in engineering units; undefined when it reports none. */
export function readAttrs(products: Products, entry: LogEntry): DisplayValues | undefined {
  const version = products.version(entry.profileId);
  const values = version === undefined ? undefined : unpackReport(version.profile.layout, entry);
  return version === undefined || values === undefined ? undefined : displayValues(version.profile, values);
}

function pick(attrs: DisplayValues, names: readonly string[]): DisplayValues {
  const picked: DisplayValues = {};
  for (const name of names) {
    const value = Object.hasOwn(attrs, name) ? attrs[name] : undefined;
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}
