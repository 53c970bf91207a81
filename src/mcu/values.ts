import type { RawValues } from "../codec/layout.js";
import { formatHex, parseHex } from "../core/hex.js";
import type { Profile } from "../profile/profile.js";
import { isAllowed, wireValues } from "../profile/scale.js";
import type { Attrs } from "./model.js";

/** Wire values by datapoint index, as JSON: bytes as hex, numbers beyond 2^53-1 as `18446744073709551615n`, null for none. */
export type SavedValues = readonly (number | string | null)[];

/** Values as the model begins, everything else at its least: zero for most. */
export function initialValues(profile: Profile, initial: Attrs): RawValues {
  const least = profile.datapoints.map(({ dataType, width, min }) =>
    dataType === "binary" ? new Uint8Array(width) : min,
  );
  return mergeValues(least, wireValues(profile, initial));
}

/** `values` with those of `changes` that are set. */
export function mergeValues(values: Readonly<RawValues>, changes: Readonly<RawValues>): RawValues {
  const merged = [...values];
  changes.forEach((value, index) => {
    if (value !== undefined) merged[index] = value;
  });
  return merged;
}

/** Those of `values` that the product's limits allow. */
export function keepAllowed({ datapoints }: Profile, values: Readonly<RawValues>): RawValues {
  const kept: RawValues = [];
  for (const point of datapoints) {
    const value = values[point.index];
    if (value !== undefined && isAllowed(point, value)) kept[point.index] = value;
  }
  return kept;
}

export function saveValues(values: Readonly<RawValues>): SavedValues {
  return Array.from(values, (value) => {
    if (value instanceof Uint8Array) return formatHex(value);
    return typeof value === "bigint" ? `${value}n` : (value ?? null);
  });
}

export function loadValues(saved: SavedValues): RawValues {
  return saved.map((value) => {
    if (typeof value !== "string") return value ?? undefined;
    return value.endsWith("n") ? BigInt(value.slice(0, -1)) : parseHex(value);
  });
}
