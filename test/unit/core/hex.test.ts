import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatHex, formatHexNumber, parseHex } from "../../../src/core/hex.js";

describe("parseHex", () => {
  it.each([
    ["", []],
    ["ffFF00", [0xff, 0xff, 0x00]],
    ["FF FF 00 05", [0xff, 0xff, 0x00, 0x05]],
    ["0xFF, 0x55", [0xff, 0x55]],
    ["0X0a0x0B", [0x0a, 0x0b]],
    ["de:ad-be;ef", [0xde, 0xad, 0xbe, 0xef]],
    ["\t01\n02\r\n", [1, 2]],
    ["f f", [0xff]],
  ])("reads %j", (text, bytes) => {
    expect([...parseHex(text)]).toEqual(bytes);
  });

  it.each([
    ["FF GG", "G"],
    ["FF 5_", "_"],
    ["0x", "x"],
    ["0xZZ", "x"],
  ])("refuses %j and shows the odd character", (text, odd) => {
    expect(() => parseHex(text)).toThrow(
      expect.objectContaining({ code: "hex-invalid", message: expect.stringContaining(`"${odd}"`) }),
    );
  });

  it("refuses half a byte and counts the digits", () => {
    expect(() => parseHex("FF 0")).toThrow(
      expect.objectContaining({ code: "hex-invalid", message: expect.stringContaining("3 hex digits") }),
    );
  });

  it("reads what formatHex wrote, from any part of a buffer", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 50 }), fc.nat(10), (bytes, start) => {
        const part = bytes.subarray(Math.min(start, bytes.length));
        expect(parseHex(formatHex(part))).toEqual(part.slice());
        expect(formatHex(part)).toMatch(/^(?:[0-9a-f]{2})*$/);
      }),
    );
  });
});

describe("formatHexNumber", () => {
  it.each([
    [7, undefined, "0x07"],
    [0xff, undefined, "0xFF"],
    [0x210, undefined, "0x210"],
    [0x91, 4, "0x0091"],
    [0, 1, "0x0"],
  ])("writes %i with %s digits as %s", (value, digits, text) => {
    expect(formatHexNumber(value, digits)).toBe(text);
  });
});
