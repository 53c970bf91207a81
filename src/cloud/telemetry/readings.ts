import type { Millis } from "../../core/duration.js";
import { type DisplayValues, displayValues } from "../../profile/scale.js";
import type { Products } from "../devices/products.js";
import type { LogTable } from "./log-table.js";
import type { Source } from "./piece.js";
import { unpackReport } from "./report.js";

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
}

/** The reports that the log still has, read as they are asked for. */
export function* readReadings(products: Products, log: LogTable, query: ReadingsQuery): Generator<Reading> {
  const { device, start, end, order = "asc", names } = query;
  for (const entry of log.range(device.id, start, end, order)) {
    const version = products.version(entry.profileId);
    if (version === undefined) continue;
    const values = unpackReport(version.profile.layout, entry);
    if (values === undefined) continue;
    const attrs = displayValues(version.profile, values);
    const picked = names === undefined ? attrs : pick(attrs, names);
    if (Object.keys(picked).length > 0) yield { at: entry.at, attrs: picked };
  }
}

function pick(attrs: DisplayValues, names: readonly string[]): DisplayValues {
  const picked: DisplayValues = {};
  for (const name of names) {
    const value = Object.hasOwn(attrs, name) ? attrs[name] : undefined;
    if (value !== undefined) picked[name] = value;
  }
  return picked;
}
