import { packVariable } from "../../codec/datapoints-variable.js";
import type { Layout, RawValue, RawValues } from "../../codec/layout.js";
import { decodeBusinessFrames } from "../../codec/m2m.js";
import { ACTION, isReportAction, unpackP0 } from "../../codec/p0.js";
import { GizlabError } from "../../core/errors.js";
import { readMeasurement } from "../devices/measurement.js";
import type { LogEntry } from "./log-entry.js";
import { LOG_KIND } from "./log-kind.js";

/**
 * The datapoints that a log entry reports, or undefined when it reports none: presence, controls, read replies,
 * passthrough, and frames that do not fit the product. Only actions 04 and 14 are reports (cloud.md 7.1).
 */
export function unpackReport(layout: Layout, entry: LogEntry): Readonly<RawValues> | undefined {
  try {
    if (entry.kind === LOG_KIND.imported) return valuesOf(layout, entry.payload);
    if (entry.kind === LOG_KIND.measured) return [readMeasurement(entry.payload)];
    if (entry.kind !== LOG_KIND.dev2app || entry.payload === undefined) return undefined;
    return valuesOf(layout, entry.p0 ?? decodeBusinessFrames(entry.payload)[0]?.p0);
  } catch (error) {
    if (error instanceof GizlabError) return undefined;
    throw error;
  }
}

function valuesOf(layout: Layout, p0: Uint8Array | undefined): Readonly<RawValues> | undefined {
  if (p0 === undefined || !isReportAction(p0[0])) return undefined;
  const content = unpackP0(layout, p0);
  return content.kind === "report" ? content.values : undefined;
}

/** The payload of an imported report: a bare P0 that names only the datapoints with a value. */
export function packImported(layout: Layout, values: Readonly<RawValues>): Uint8Array {
  const data = packVariable(layout, values);
  const payload = new Uint8Array(data.length + 1);
  payload[0] = ACTION.variableReport;
  payload.set(data, 1);
  return payload;
}

/** What is counted, summed and compared of a value: a number, which of 8 bytes keeps 53 bits; undefined for bytes. */
export function toReading(value: RawValue | undefined): number | undefined {
  return value === undefined || value instanceof Uint8Array ? undefined : Number(value);
}
