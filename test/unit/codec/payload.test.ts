import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../../src/codec/commands.js";
import { type FieldShape, type FieldValue, packFields, placeFields, unpackFields } from "../../../src/codec/payload.js";
import { GizlabError } from "../../../src/core/errors.js";
import { formatHex, parseHex } from "../../../src/core/hex.js";

const SHAPE: readonly FieldShape[] = [
  { kind: "uint", name: "size", bytes: 4, optional: false },
  { kind: "text", name: "version", length: 8, optional: false },
  { kind: "hex", name: "attributes", length: 2, optional: true },
  { kind: "counted-text", name: "data", optional: true },
];

const latin = fc.string({ unit: fc.integer({ min: 1, max: 0xff }).map((code) => String.fromCharCode(code)) });

function anyValue(field: FieldShape): fc.Arbitrary<FieldValue> {
  const hexOf = (length: number, min = length): fc.Arbitrary<string> =>
    fc.uint8Array({ minLength: min, maxLength: length }).map(formatHex);
  switch (field.kind) {
    case "uint":
      return fc.nat(256 ** field.bytes - 1);
    case "text":
      return latin.map((text) => text.slice(0, field.length));
    case "hex":
      return hexOf(field.length);
    case "counted-text":
      return latin;
    case "rest":
      return hexOf(30, 1);
    case "counted-hex":
      return hexOf(30, 0);
    case "nul-text":
      return latin;
    case "repeated":
      throw new TypeError("no UART command repeats fields");
  }
}

describe("packFields and unpackFields", () => {
  it("write big-endian numbers, NUL-padded text, hex, and counted text", () => {
    const values = { size: 0x01020304, version: "v1", attributes: "abcd", data: "k=v" };
    const bytes = packFields(SHAPE, values);
    expect(formatHex(bytes)).toBe("01020304" + "7631000000000000" + "abcd" + "00036b3d76");
    expect(unpackFields(SHAPE, bytes)).toEqual(values);
  });

  it.each(COMMANDS.filter((command) => command.fields.length > 0))(
    "give back what was packed for $name, with any optional fields left out from the end",
    ({ fields }) => {
      const anyFields = fc.tuple(...fields.map((field) => anyValue(field)));
      fc.assert(
        fc.property(anyFields, fc.nat(fields.length), (list, kept) => {
          const count = Math.max(kept, fields.filter((field) => !field.optional).length);
          const values = Object.fromEntries(list.slice(0, count).map((value, at) => [fields[at]?.name ?? "", value]));
          expect(unpackFields(fields, packFields(fields, values))).toEqual(values);
        }),
        { numRuns: 50 },
      );
    },
  );

  it("keep bytes behind the last field as extra, both ways", () => {
    const payload = parseHex("00000001 3132333435363738 0102 0000 DE AD");
    expect(unpackFields(SHAPE, payload)).toMatchObject({ data: "", extra: "dead" });
    expect(formatHex(packFields(SHAPE, unpackFields(SHAPE, payload)))).toBe(formatHex(payload));
  });

  it("keep every byte from 01 to FF of a text, on every version of Node", () => {
    const field: FieldShape = { kind: "text", name: "raw", length: 255, optional: false };
    const bytes = Uint8Array.from({ length: 255 }, (_, at) => at + 1);
    const { raw } = unpackFields([field], bytes);
    expect(raw).toBe(String.fromCharCode(...bytes));
    expect(formatHex(packFields([field], { raw: raw ?? "" }))).toBe(formatHex(bytes));
  });

  it.each([
    ["field-missing", "size", { version: "v1" }],
    ["field-missing", "attributes", { size: 1, version: "v1", data: "k=v" }],
    ["value-too-wide", "4294967296", { size: 2 ** 32, version: "v1" }],
    ["value-too-wide", "-1", { size: -1, version: "v1" }],
    ["value-too-wide", "1.5", { size: 1.5, version: "v1" }],
    ["value-too-wide", "NaN", { size: "many", version: "v1" }],
    ["value-too-wide", "longer than 8", { size: 1, version: "123456789" }],
    ["value-too-wide", "€", { size: 1, version: "€" }],
    ["value-too-wide", "汉", { size: 1, version: "v1", attributes: "0000", data: "汉" }],
    ["hex-invalid", "g", { size: 1, version: "v1", attributes: "0g" }],
    ["hex-invalid", "fixed length", { size: 1, version: "v1", attributes: "00" }],
    ["hex-invalid", "fixed length", { size: 1, version: "v1", attributes: "000000" }],
  ])("refuse with %s, naming %s, to pack %o", (code, word, values) => {
    expect(() => packFields(SHAPE, values)).toThrow(
      expect.objectContaining({ code, message: expect.stringContaining(word) }),
    );
  });

  it.each([
    ["", "size", 0],
    ["00 00 00", "size", 0],
    ["00 00 00 01 31", "version", 4],
    ["00000001 3132333435363738 01", "attributes", 12],
    ["00000001 3132333435363738 0102 00", "data length", 14],
    ["00000001 3132333435363738 0102 0003 6B 3D", "data", 16],
  ])("refuse the short payload %j at its field %s, offset %i", (hex, field, offset) => {
    expect(() => unpackFields(SHAPE, parseHex(hex))).toThrow(
      expect.objectContaining({ code: "bytes-short", message: expect.stringContaining(field), at: { offset } }),
    );
  });

  it("never fail with anything but a GizlabError, and lose no byte, on any payload for any command", () => {
    fc.assert(
      fc.property(fc.constantFrom(...COMMANDS), fc.uint8Array({ maxLength: 130 }), ({ fields }, payload) => {
        try {
          const lengths = placeFields(fields, payload).map((field) => field.length);
          expect(lengths.reduce((sum, length) => sum + length, 0)).toBe(payload.length);
        } catch (error) {
          expect(error).toBeInstanceOf(GizlabError);
          expect(error).toMatchObject({ code: "bytes-short" });
        }
      }),
      { numRuns: 1000 },
    );
  });
});

describe("placeFields", () => {
  it("says where each field stands", () => {
    const placed = placeFields(SHAPE, parseHex("00000001 3132000000000000 0102 0001 41 FF"));
    expect(placed).toEqual([
      { name: "size", offset: 0, length: 4, value: 1 },
      { name: "version", offset: 4, length: 8, value: "12" },
      { name: "attributes", offset: 12, length: 2, value: "0102" },
      { name: "data", offset: 14, length: 3, value: "A" },
      { name: "extra", offset: 17, length: 1, value: "ff" },
    ]);
  });
});
