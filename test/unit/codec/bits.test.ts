import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { readBits, writeBits } from "../../../src/codec/bits.js";
import { formatHex, parseHex } from "../../../src/core/hex.js";
import { loadValueVectors } from "../../support/vectors.js";

const { bits: VECTORS } = loadValueVectors();

/** A section, a stretch of bits inside it, and a value for them. */
const anyPlace = fc
  .record({ byteLength: fc.integer({ min: 1, max: 12 }), offset: fc.nat(95), length: fc.integer({ min: 1, max: 32 }) })
  .filter(({ byteLength, offset, length }) => offset + length <= byteLength * 8)
  .chain(({ byteLength, offset, length }) =>
    fc.record({
      section: fc.uint8Array({ minLength: byteLength, maxLength: byteLength }),
      offset: fc.constant(offset),
      length: fc.constant(length),
      value: fc.nat(2 ** length - 1),
    }),
  );

describe("bit sections", () => {
  it.each(VECTORS)("writes the points of vector $bytes (uart.md 4.3)", ({ points, bytes }) => {
    const section = new Uint8Array(bytes.length / 2);
    for (const { offset, len, value } of points) writeBits(section, offset, len, value);
    expect(formatHex(section)).toBe(bytes);
  });

  it.each(VECTORS)("reads the points of vector $bytes", ({ points, bytes }) => {
    const section = parseHex(bytes);
    expect(points.map(({ offset, len }) => readBits(section, offset, len))).toEqual(points.map((point) => point.value));
  });

  it("counts bit 0 from the lowest bit of the last byte (uart.md 4.2)", () => {
    const section = parseHex("80 00 01");
    expect([0, 1, 22, 23].map((bit) => readBits(section, bit, 1))).toEqual([1, 0, 0, 1]);
  });

  it("reads what it wrote, as an unsigned number up to 32 bits", () => {
    fc.assert(
      fc.property(anyPlace, ({ section, offset, length, value }) => {
        writeBits(section, offset, length, value);
        expect(readBits(section, offset, length)).toBe(value);
      }),
    );
  });

  it("agrees with a big integer of the same bytes, wider than a JavaScript number", () => {
    fc.assert(
      fc.property(anyPlace, ({ section, offset, length }) => {
        const whole = BigInt(`0x${formatHex(section)}`);
        const wanted = (whole >> BigInt(offset)) & ((1n << BigInt(length)) - 1n);
        expect(BigInt(readBits(section, offset, length))).toBe(wanted);
      }),
    );
  });

  it("leaves the neighbouring bits alone", () => {
    fc.assert(
      fc.property(anyPlace, ({ section, offset, length, value }) => {
        const before = BigInt(`0x${formatHex(section)}`);
        writeBits(section, offset, length, value);
        const mask = ((1n << BigInt(length)) - 1n) << BigInt(offset);
        expect(BigInt(`0x${formatHex(section)}`) & ~mask).toBe(before & ~mask);
      }),
    );
  });

  it("reads 0 beyond the section and writes nothing there", () => {
    const section = parseHex("FF FF");
    writeBits(section, 16, 8, 0);
    expect(readBits(section, 12, 8)).toBe(0x0f);
    expect(formatHex(section)).toBe("ffff");
  });
});
