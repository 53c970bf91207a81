import type { RawValues } from "../codec/layout.js";
import type { Profile } from "./profile.js";
import { isAllowed, toDisplay } from "./scale.js";

/** A value that the product's limits do not allow, and the limits, in engineering units; an enum's are its indexes. */
export interface OutOfRange {
  readonly value: unknown;
  readonly min: number | string;
  readonly max: number | string;
}

/** By datapoint name. It marks values and is no error: the bytes are read all the same (uart.md 4.5). */
export type OutOfRangeValues = Readonly<Record<string, OutOfRange>>;

/** The values that are outside their datapoint's limits; undefined when there are none. */
export function findOutOfRange(profile: Profile, values: Readonly<RawValues>): OutOfRangeValues | undefined {
  const found: Record<string, OutOfRange> = {};
  for (const datapoint of profile.datapoints) {
    const raw = values[datapoint.index];
    if (raw === undefined || isAllowed(datapoint, raw)) continue;
    const { name, dataType, labels, min, max, ratio } = datapoint;
    const [least, most] =
      dataType === "enum"
        ? [0, labels.length - 1]
        : [toDisplay(datapoint, ratio < 0 ? max : min), toDisplay(datapoint, ratio < 0 ? min : max)];
    found[name] = { value: toDisplay(datapoint, raw), min: least as OutOfRange["min"], max: most as OutOfRange["max"] };
  }
  return Object.keys(found).length === 0 ? undefined : found;
}

/** `Temperature is 250, outside -13 to 187`, for each value that `out_of_range` of a decoded frame or hop names. */
export function formatOutOfRange(values: unknown): string[] {
  if (typeof values !== "object" || values === null) return [];
  return Object.entries(values as OutOfRangeValues).map(
    ([name, { value, min, max }]) => `${name} is ${String(value)}, outside ${min} to ${max}`,
  );
}
