import { Parser } from "binary-parser";
import { formatCount } from "../core/count-text.js";
import { GizlabError } from "../core/errors.js";
import { toWhole, type Whole } from "../core/numbers/whole.js";
import { readBits, writeBits } from "./bits.js";
import type { BitSection, FixedLayout, Layout, RawValue, RawValues } from "./layout.js";

/** Wider values do not fit in what binary-parser and bit operators count with. */
const MAX_NUMBER_BYTES = 4;

/** What binary-parser gives. */
type Parsed = number | Uint8Array;
type StatusParser = (bytes: Uint8Array) => RawValues;

/** Takes what binary-parser sets and deletes again of each object that it makes: deleting makes the object slow. */
class Pieces {
  set $parent(_: unknown) {}
  set $root(_: unknown) {}
}

/** Compiled readers of a layout, by how many bytes stand before dev_status. */
const parsers = new WeakMap<Layout, StatusParser[]>();

/**
 * Reads dev_status of the fixed-length protocol (uart.md 4.2). `skip` bytes, such as the action, stand before it.
 * Throws `datapoints-length`.
 */
export function unpackStatus(layout: Layout, bytes: Uint8Array, skip: 0 | 1 = 0): RawValues {
  if (bytes.length - skip !== layout.fixed.statusLength)
    requireLength("dev_status", bytes.subarray(skip), layout.fixed.statusLength);
  let compiled = parsers.get(layout);
  if (compiled === undefined) {
    compiled = [compileStatusParser(layout, 0), compileStatusParser(layout, 1)];
    parsers.set(layout, compiled);
  }
  return (compiled[skip] as StatusParser)(bytes);
}

/** Writes dev_status; datapoints without a value are zero. */
export function packStatus(layout: Layout, values: Readonly<RawValues>): Uint8Array {
  return packSection(layout.fixed, values, layout.fixed.statusLength);
}

/** What a control frame asks for: the flagged writable datapoints. */
export function unpackControl(layout: Layout, data: Uint8Array): RawValues {
  const { flagsLength, writableLength, sections, fields } = layout.fixed;
  requireLength("attr_flags and attr_vals", data, flagsLength + writableLength);
  const flags = data.subarray(0, flagsLength);
  const section = data.subarray(flagsLength);
  const values: RawValues = [];
  writableIndexes(layout).forEach((index, bit) => {
    if (readBits(flags, bit, 1) === 0) return;
    values[index] = readPoint(sections, fields, section, index);
  });
  return values;
}

/** attr_flags and attr_vals for the writable datapoints that have a value; the rest is 0 and not flagged (uart.md 4.3). */
export function packControl(layout: Layout, values: Readonly<RawValues>): Uint8Array {
  const { flagsLength, writableLength } = layout.fixed;
  const flags = new Uint8Array(flagsLength);
  const flagged: RawValues = [];
  writableIndexes(layout).forEach((index, bit) => {
    if (values[index] === undefined) return;
    flagged[index] = values[index];
    writeBits(flags, bit, 1, 1);
  });
  const data = new Uint8Array(flagsLength + writableLength);
  data.set(flags, 0);
  data.set(packSection(layout.fixed, flagged, writableLength), flagsLength);
  return data;
}

function writableIndexes(layout: Layout): number[] {
  return layout.points.filter((point) => point.access === "writable").map((point) => point.index);
}

/** Compiles a reader once per layout: whole bytes and sections by binary-parser, bits out of the sections by our own. */
function compileStatusParser(layout: Layout, skip: number): StatusParser {
  const { sections, fields } = layout.fixed;
  if (sections.length + fields.length === 0) return () => [];
  const parser = new Parser().endianness("big").create(Pieces);
  if (skip > 0) parser.seek(skip);
  const pieces = [
    ...sections.map(({ byteOffset, byteLength }, at) => ({
      byteOffset,
      byteLength,
      name: `s${at}`,
      isNumber: byteLength <= 2,
    })),
    ...fields.map(({ byteOffset, point }) => ({
      byteOffset,
      byteLength: point.width,
      name: `f${point.index}`,
      isNumber: point.dataType !== "binary" && point.width <= MAX_NUMBER_BYTES,
    })),
  ].sort((a, b) => a.byteOffset - b.byteOffset);
  for (const { name, byteLength, isNumber } of pieces) {
    if (!isNumber) parser.buffer(name, { length: byteLength });
    else if (byteLength === 1) parser.uint8(name);
    else if (byteLength === 2) parser.uint16(name);
    else parser.uint32(name);
  }
  const sectionReaders = sections.map((section, at) => ({ key: `s${at}`, read: compileBits(section) }));
  const fieldReaders = fields.map(({ point }) => ({ key: `f${point.index}`, index: point.index, point }));
  const pointCount = layout.points.length;
  return (bytes) => {
    const parsed = parser.parse(bytes) as Record<string, Parsed>;
    const values: RawValues = new Array(pointCount);
    for (const { key, read } of sectionReaders) read(parsed[key] as Parsed, values);
    for (const { key, index, point } of fieldReaders) {
      const value = parsed[key] as Parsed;
      values[index] = typeof value === "number" ? value : readField(value, 0, point);
    }
    return values;
  };
}

/** A section that was read as one integer is taken apart by masks, a wider one bit by bit. */
function compileBits({ points }: BitSection): (section: Parsed, values: RawValues) => void {
  const readers = points.map(({ point, bitOffset }) => ({
    index: point.index,
    bitOffset,
    width: point.width,
    mask: 2 ** point.width - 1,
  }));
  return (section, values) => {
    for (const { index, bitOffset, width, mask } of readers) {
      values[index] = typeof section === "number" ? (section >> bitOffset) & mask : readBits(section, bitOffset, width);
    }
  };
}

function readPoint(
  sections: FixedLayout["sections"],
  fields: FixedLayout["fields"],
  bytes: Uint8Array,
  index: number,
): RawValue | undefined {
  for (const section of sections) {
    const placed = section.points.find(({ point }) => point.index === index);
    if (placed === undefined) continue;
    const part = bytes.subarray(section.byteOffset, section.byteOffset + section.byteLength);
    return readBits(part, placed.bitOffset, placed.point.width);
  }
  const field = fields.find(({ point }) => point.index === index);
  return field === undefined ? undefined : readField(bytes, field.byteOffset, field.point);
}

/** Reads one whole-byte value. */
export function readField(bytes: Uint8Array, offset: number, point: { dataType: string; width: number }): RawValue {
  const end = offset + point.width;
  if (point.dataType === "binary") return Uint8Array.from(bytes.subarray(offset, end));
  if (point.width > MAX_NUMBER_BYTES) return readWide(bytes.subarray(offset, end));
  let value = 0;
  for (let at = offset; at < end; at += 1) value = value * 256 + (bytes[at] as number);
  return value;
}

function readWide(bytes: Uint8Array): Whole {
  let value = 0n;
  for (const byte of bytes) value = value * 256n + BigInt(byte);
  return toWhole(value);
}

/** Writes one whole-byte value; a shorter binary is padded with zeros on the right (uart.md 4.2). */
export function writeField(
  bytes: Uint8Array,
  offset: number,
  point: { dataType: string; width: number },
  value: RawValue,
): void {
  if (value instanceof Uint8Array) {
    bytes.set(value.subarray(0, point.width), offset);
    return;
  }
  if (typeof value === "bigint") {
    for (let at = 0; at < point.width; at += 1)
      bytes[offset + at] = Number(BigInt.asUintN(8, value >> BigInt(8 * (point.width - 1 - at))));
    return;
  }
  let rest = value;
  for (let at = offset + point.width - 1; at >= offset; at -= 1) {
    bytes[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
}

function packSection(layout: FixedLayout, values: Readonly<RawValues>, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (const { byteOffset, byteLength, points } of layout.sections) {
    if (byteOffset >= length) continue;
    const section = bytes.subarray(byteOffset, byteOffset + byteLength);
    for (const { point, bitOffset } of points) {
      const value = values[point.index];
      if (typeof value === "number") writeBits(section, bitOffset, point.width, value);
    }
  }
  for (const { byteOffset, point } of layout.fields) {
    const value = values[point.index];
    if (byteOffset < length && value !== undefined) writeField(bytes, byteOffset, point, value);
  }
  return bytes;
}

/** Refuses data of another length than the profile's, naming both. */
export function requireLength(what: string, data: Uint8Array, expected: number): void {
  if (data.length === expected) return;
  throw new GizlabError("datapoints-length", `${what} does not have the profile's length`, {
    expected: formatCount(expected, "byte"),
    found: String(data.length),
    hint: "the firmware may have been built for another version of the product's datapoints",
  });
}
