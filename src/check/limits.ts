import type { RawValue, RawValues } from "../codec/layout.js";
import { formatHex } from "../core/hex.js";
import { toWhole, type Whole } from "../core/numbers/whole.js";
import type { Datapoint, Profile } from "../profile/profile.js";
import { isAllowed, toDisplay, widthLimit } from "../profile/scale.js";

/** A datapoint with a wire value that its definition does not allow. */
export interface Excess {
  readonly point: Datapoint;
  readonly value: RawValue;
}

/** Every datapoint whose wire value its definition does not allow (uart.md 4.5). */
export function findExcesses(profile: Profile, values: Readonly<RawValues>): Excess[] {
  return profile.datapoints.flatMap((point) => {
    const value = values[point.index];
    return value === undefined || isAllowed(point, value) ? [] : [{ point, value }];
  });
}

/** Excesses in words: `LED_R 255, of 0..254`. */
export function describeExcesses(excesses: readonly Excess[]): string {
  return excesses.map(({ point, value }) => `${point.name} ${value}, of ${describeLimits(point)}`).join("; ");
}

/** The least and the most wire value that a datapoint allows; two patterns for a binary (uart.md 4.5). */
export function limits(point: Datapoint): [RawValue, RawValue] {
  if (point.dataType !== "binary") return [lowest(point), highest(point)];
  return [new Uint8Array(point.width), Uint8Array.from({ length: point.width }, (_, at) => (at * 37 + 1) & 0x7f)];
}

/** A value that the wire can carry and the datapoint does not allow. */
export function findBeyond(point: Datapoint): Whole | undefined {
  if (point.dataType === "bool" || point.dataType === "binary") return undefined;
  const widest = point.dataType === "enum" ? 2 ** point.width - 1 : widthLimit(point.dataType);
  if (highest(point) < widest) return toWhole(BigInt(highest(point)) + 1n);
  return lowest(point) > 0 ? toWhole(BigInt(lowest(point)) - 1n) : undefined;
}

/** A datapoint's limits in words. */
export function describeLimits(point: Datapoint): string {
  return `${lowest(point)}..${highest(point)}`;
}

/** Values of datapoints in words, an enum by its label: `mode is Cool and power is true`. */
export function describeValues(profile: Profile, values: Readonly<RawValues>): string {
  return profile.datapoints
    .flatMap((point) => {
      const value = values[point.index];
      return value === undefined ? [] : [`${point.name} is ${toDisplay(point, value)}`];
    })
    .join(" and ");
}

/** Wire values of one datapoint and no other. */
export function only(point: Datapoint, value: RawValue): RawValues {
  const values: RawValues = [];
  values[point.index] = value;
  return values;
}

/** True for the same number, or the same bytes. */
export function isEqualValue(a: RawValue | undefined, b: RawValue | undefined): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return formatHex(a) === formatHex(b);
  return a === b;
}

function lowest(point: Datapoint): Whole {
  return point.dataType === "bool" || point.dataType === "enum" ? 0 : point.min;
}

function highest(point: Datapoint): Whole {
  if (point.dataType === "bool") return 1;
  return point.dataType === "enum" ? point.labels.length - 1 : point.max;
}
