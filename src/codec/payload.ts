import { formatCount } from "../core/count-text.js";
import { GizlabError } from "../core/errors.js";
import { formatHex, parseHex } from "../core/hex.js";
import { ByteReader, ByteWriter } from "./cursor.js";

/** One field of a payload. Optional fields come last and may be missing in older firmware. */
export type FieldShape = {
  readonly name: string;
  readonly optional: boolean;
  /** Only there when this bit of the field `flags`, read before it, is set. */
  readonly flagBit?: number;
} & (
  | { readonly kind: "uint"; readonly bytes: 1 | 2 | 4 }
  | { readonly kind: "text" | "hex"; readonly length: number }
  /** u16 length, then text. */
  | { readonly kind: "counted-text" }
  /** u16 length, then bytes. */
  | { readonly kind: "counted-hex" }
  /** Text up to a NUL. */
  | { readonly kind: "nul-text" }
  /** Fields that come again and again up to the end; each name gets its number: `ssid_1`, `ssid_2`. */
  | { readonly kind: "repeated"; readonly fields: readonly FieldShape[] }
  /** Whatever is left, as hex. */
  | { readonly kind: "rest" }
);

export type FieldValue = number | string;
export type FieldValues = Readonly<Record<string, FieldValue>>;

/** A field as found in a payload, for decoders and dissectors. */
export interface PlacedField {
  readonly name: string;
  readonly offset: number;
  readonly length: number;
  readonly value: FieldValue;
}

/** The name of bytes that no field of the shape accounts for. */
const EXTRA = "extra";

/** Reads a payload by its shape. Throws `bytes-short`; bytes behind the last field come as `extra`. */
export function placeFields(fields: readonly FieldShape[], payload: Uint8Array): PlacedField[] {
  const reader = new ByteReader(payload, "the payload");
  const placed: PlacedField[] = [];
  placeEach(fields, reader, placed, "");
  if (reader.remaining > 0) {
    const offset = reader.offset;
    placed.push({ name: EXTRA, offset, length: reader.remaining, value: formatHex(reader.rest()) });
  }
  return placed;
}

function placeEach(fields: readonly FieldShape[], reader: ByteReader, placed: PlacedField[], suffix: string): void {
  for (const field of fields) {
    if (field.flagBit !== undefined && !isFlagged(placed, field.flagBit)) continue;
    if (field.optional && reader.remaining === 0) break;
    if (field.kind === "repeated") {
      for (let count = 1; reader.remaining > 0; count += 1) placeEach(field.fields, reader, placed, `_${count}`);
      continue;
    }
    const offset = reader.offset;
    const value = readField(reader, field);
    placed.push({ name: `${field.name}${suffix}`, offset, length: reader.offset - offset, value });
  }
}

function isFlagged(placed: readonly PlacedField[], bit: number): boolean {
  const flags = Number(placed.find(({ name }) => name === "flags")?.value ?? 0);
  return ((flags >> bit) & 1) === 1;
}

/** Reads a payload into a plain object. Throws `bytes-short`. */
export function unpackFields(fields: readonly FieldShape[], payload: Uint8Array): FieldValues {
  return Object.fromEntries(placeFields(fields, payload).map(({ name, value }) => [name, value]));
}

/**
 * Writes a payload; optional fields may be left out from the end only. Bytes under `extra` come last.
 * Throws `field-missing`, `value-too-wide`, `hex-invalid`.
 */
export function packFields(fields: readonly FieldShape[], values: FieldValues): Uint8Array {
  const writer = new ByteWriter();
  const lastGiven = values[EXTRA] === undefined ? findLastGiven(fields, values) : fields.length - 1;
  for (const [index, field] of fields.entries()) {
    if (field.kind === "repeated") {
      packRepeated(writer, field.fields, values);
      continue;
    }
    const value = values[field.name];
    if (value === undefined) {
      if (field.flagBit !== undefined) continue;
      if (field.optional && index > lastGiven) break;
      throw new GizlabError("field-missing", `the payload needs ${field.name}`);
    }
    writeField(writer, field, value);
  }
  return writer.bytes(parseHex(String(values[EXTRA] ?? ""))).finish();
}

/** Numbered fields, up to the first number of which none is given. */
function packRepeated(writer: ByteWriter, fields: readonly FieldShape[], values: FieldValues): void {
  for (let count = 1; fields.some(({ name }) => values[`${name}_${count}`] !== undefined); count += 1) {
    const given = fields.map(({ name }) => [name, values[`${name}_${count}`]] as const);
    const present = given.filter((entry): entry is readonly [string, FieldValue] => entry[1] !== undefined);
    writer.bytes(packFields(fields, Object.fromEntries(present)));
  }
}

function findLastGiven(fields: readonly FieldShape[], values: FieldValues): number {
  return fields.findLastIndex((field) => values[field.name] !== undefined);
}

function requireLength(field: FieldShape & { readonly length: number }, bytes: Uint8Array): Uint8Array {
  if (bytes.length === field.length) return bytes;
  throw new GizlabError("hex-invalid", `${field.name} does not have its fixed length`, {
    expected: formatCount(field.length, "byte"),
    found: String(bytes.length),
  });
}

type SingleField = Exclude<FieldShape, { readonly kind: "repeated" }>;

function readField(reader: ByteReader, field: SingleField): FieldValue {
  switch (field.kind) {
    case "uint":
      if (field.bytes === 1) return reader.uint8(field.name);
      return field.bytes === 2 ? reader.uint16(field.name) : reader.uint32(field.name);
    case "text":
      return reader.text(field.length, field.name);
    case "hex":
      return formatHex(reader.bytes(field.length, field.name));
    case "counted-text":
      return reader.text(reader.uint16(`${field.name} length`), field.name);
    case "counted-hex":
      return formatHex(reader.bytes(reader.uint16(`${field.name} length`), field.name));
    case "nul-text":
      return reader.nulText();
    case "rest":
      return formatHex(reader.rest());
  }
}

function writeField(writer: ByteWriter, field: SingleField, value: FieldValue): void {
  switch (field.kind) {
    case "uint":
      if (field.bytes === 1) writer.uint8(Number(value));
      else if (field.bytes === 2) writer.uint16(Number(value));
      else writer.uint32(Number(value));
      return;
    case "text":
      writer.text(String(value), field.length);
      return;
    case "hex":
      writer.bytes(requireLength(field, parseHex(String(value))));
      return;
    case "counted-text":
      writer.countedText(String(value));
      return;
    case "counted-hex": {
      const bytes = parseHex(String(value));
      writer.uint16(bytes.length).bytes(bytes);
      return;
    }
    case "nul-text":
      writer.text(String(value), String(value).length).uint8(0);
      return;
    case "rest":
      writer.bytes(parseHex(String(value)));
      return;
  }
}

/** How many bytes the fields take at the start of a payload. Throws `bytes-short`. */
export function measureFields(fields: readonly FieldShape[], payload: Uint8Array): number {
  const reader = new ByteReader(payload, "the body");
  placeEach(fields, reader, [], "");
  return reader.offset;
}
