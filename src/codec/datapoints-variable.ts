import { formatCount } from "../core/count-text.js";
import { GizlabError } from "../core/errors.js";
import { readBits, writeBits } from "./bits.js";
import { readField, requireLength, writeField } from "./datapoints-fixed.js";
import { isBitType, type Layout, type LayoutPoint, type RawValues } from "./layout.js";

/** Reads attr_flags and the flagged values of a variable-length frame (uart.md 4.4). Padding flags above the last datapoint are ignored. */
export function unpackVariable(layout: Layout, data: Uint8Array): RawValues {
  const flagged = unpackVariableFlags(layout, data.subarray(0, layout.variableFlagsLength));
  const bitPoints = flagged.filter((point) => isBitType(point.dataType));
  const bytePoints = flagged.filter((point) => !isBitType(point.dataType));
  const sectionLength = Math.ceil(bitPoints.reduce((bits, point) => bits + point.width, 0) / 8);
  const valuesLength = bytePoints.reduce((bytes, point) => bytes + point.width, 0);
  requireLength("attr_flags and attr_vals", data, layout.variableFlagsLength + sectionLength + valuesLength);

  const values: RawValues = [];
  let offset = layout.variableFlagsLength;
  const section = data.subarray(offset, offset + sectionLength);
  let bit = 0;
  for (const point of bitPoints) {
    values[point.index] = readBits(section, bit, point.width);
    bit += point.width;
  }
  offset += sectionLength;
  for (const point of bytePoints) {
    values[point.index] = readField(data, offset, point);
    offset += point.width;
  }
  return values;
}

/** attr_flags and values of every datapoint that has one, bits packed compactly in order (uart.md 4.4). */
export function packVariable(layout: Layout, values: Readonly<RawValues>): Uint8Array {
  const { points, variableFlagsLength } = layout;
  let bits = 0;
  let bytes = 0;
  for (const point of points) {
    if (values[point.index] === undefined) continue;
    if (isBitType(point.dataType)) bits += point.width;
    else bytes += point.width;
  }
  const sectionLength = Math.ceil(bits / 8);
  const data = new Uint8Array(variableFlagsLength + sectionLength + bytes);
  const section = bits === 0 ? data : data.subarray(variableFlagsLength, variableFlagsLength + sectionLength);
  let bit = 0;
  let offset = variableFlagsLength + sectionLength;
  for (const point of points) {
    const value = values[point.index];
    if (value === undefined) continue;
    const flagAt = variableFlagsLength - 1 - (point.index >> 3);
    data[flagAt] = (data[flagAt] as number) | (1 << (point.index & 7));
    if (isBitType(point.dataType)) {
      writeBits(section, bit, point.width, value as number);
      bit += point.width;
    } else {
      writeField(data, offset, point, value);
      offset += point.width;
    }
  }
  return data;
}

/** attr_flags with the bits of `points` set. */
export function packVariableFlags(layout: Layout, points: readonly LayoutPoint[]): Uint8Array {
  const flags = new Uint8Array(layout.variableFlagsLength);
  for (const point of points) writeBits(flags, point.index, 1, 1);
  return flags;
}

/** The datapoints whose bit is set in attr_flags, in order. Throws `datapoints-length`. */
export function unpackVariableFlags(layout: Layout, flags: Uint8Array): LayoutPoint[] {
  if (flags.length < layout.variableFlagsLength) {
    throw new GizlabError("datapoints-length", "attr_flags is shorter than the profile needs", {
      expected: formatCount(layout.variableFlagsLength, "byte"),
      found: String(flags.length),
    });
  }
  return layout.points.filter((point) => readBits(flags, point.index, 1) === 1);
}
