import type { RawValue, RawValues } from "../codec/layout.js";
import type { Datapoint, Profile } from "../profile/profile.js";
import { isAllowed, widthLimit } from "../profile/scale.js";

/** The first datapoint whose wire value its definition does not allow (uart.md 4.5). */
export function findOutOfRange(profile: Profile, values: Readonly<RawValues>): string | undefined {
  for (const point of profile.datapoints) {
    const value = values[point.index];
    if (value !== undefined && !isAllowed(point, value)) return `${point.name} ${value}, of ${describeLimits(point)}`;
  }
  return undefined;
}

/** The least and the most wire value that a datapoint allows; two patterns for a binary (uart.md 4.5). */
export function limits(point: Datapoint): [RawValue, RawValue] {
  if (point.dataType !== "binary") return [lowest(point), highest(point)];
  return [new Uint8Array(point.width), Uint8Array.from({ length: point.width }, (_, at) => (at * 37 + 1) & 0x7f)];
}

/** A value that the wire can carry and the datapoint does not allow. */
export function findBeyond(point: Datapoint): number | undefined {
  if (point.dataType === "bool" || point.dataType === "binary") return undefined;
  const widest = point.dataType === "enum" ? 2 ** point.width - 1 : widthLimit(point.dataType);
  if (highest(point) < widest) return highest(point) + 1;
  return lowest(point) > 0 ? lowest(point) - 1 : undefined;
}

/** A datapoint's limits in words. */
export function describeLimits(point: Datapoint): string {
  return `${lowest(point)}..${highest(point)}`;
}

function lowest(point: Datapoint): number {
  return point.dataType === "bool" || point.dataType === "enum" ? 0 : point.min;
}

function highest(point: Datapoint): number {
  if (point.dataType === "bool") return 1;
  return point.dataType === "enum" ? point.labels.length - 1 : point.max;
}
