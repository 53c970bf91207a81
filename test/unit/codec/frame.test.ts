import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checksumOf, encodeFrame, LEN_OVERHEAD, MAX_PAYLOAD, spoilFrame } from "../../../src/codec/frame.js";
import { splitFrames } from "../../../src/codec/splitter.js";
import { formatHex, parseHex } from "../../../src/core/hex.js";
import { anyFrame, framesOf } from "../../support/frames.js";
import { loadUartVectors } from "../../support/vectors.js";

const NO_PAYLOAD = new Uint8Array(0);

describe("encodeFrame", () => {
  const vectors = loadUartVectors().filter((vector) => vector.stuffed);

  it.each(vectors)("writes vector $id byte for byte: $meaning", ({ cmd, sn, flags, payload, wire }) => {
    expect(formatHex(encodeFrame({ cmd, sn, flags, payload }))).toBe(formatHex(wire));
  });

  it("stuffs the one acknowledgement that vendor firmware leaves unstuffed (uart.md 1.1)", () => {
    const wire = encodeFrame({ cmd: 0x16, sn: 0xe4, flags: 0, payload: NO_PAYLOAD });
    expect(formatHex(wire)).toBe("ffff000516e40000ff55");
  });

  it.each([
    ["cmd", { cmd: 0xff, sn: 0, flags: 0, payload: "" }, "ffff0005ff5500000004"],
    ["both bytes of flags", { cmd: 7, sn: 0, flags: 0xffff, payload: "" }, "ffff00050700ff55ff550a"],
    [
      "the low byte of len",
      { cmd: 1, sn: 0, flags: 0, payload: "00".repeat(250) },
      `ffff00ff5501000000${"00".repeat(250)}00`,
    ],
    ["data before a genuine 55", { cmd: 5, sn: 0, flags: 0, payload: "06ff55" }, "ffff00080500000006ff555567"],
  ])("puts 55 behind an FF in %s, last of all", (_where, frame, wire) => {
    expect(formatHex(encodeFrame({ ...frame, payload: parseHex(frame.payload) }))).toBe(wire);
  });

  it("writes the longest payload and refuses one byte more", () => {
    const longest = encodeFrame({ cmd: 5, sn: 0, flags: 0, payload: new Uint8Array(MAX_PAYLOAD) });
    expect(longest.length).toBe(MAX_PAYLOAD + LEN_OVERHEAD + 4);
    expect(() => encodeFrame({ cmd: 5, sn: 0, flags: 0, payload: new Uint8Array(MAX_PAYLOAD + 1) })).toThrow(
      expect.objectContaining({ code: "frame-too-long", found: String(MAX_PAYLOAD + 1) }),
    );
  });

  it.each([
    ["cmd", { cmd: 0x100, sn: 0, flags: 0 }],
    ["cmd", { cmd: -1, sn: 0, flags: 0 }],
    ["sn", { cmd: 0, sn: 0x100, flags: 0 }],
    ["sn", { cmd: 0, sn: 1.5, flags: 0 }],
    ["flags", { cmd: 0, sn: 0, flags: 0x10000 }],
    ["flags", { cmd: 0, sn: 0, flags: Number.NaN }],
  ])("refuses a %s that does not fit instead of cutting it: %o", (field, frame) => {
    expect(() => encodeFrame({ ...frame, payload: NO_PAYLOAD })).toThrow(
      expect.objectContaining({ code: "value-too-wide", message: expect.stringContaining(field) }),
    );
  });

  it("gives bytes that decode to the same frame and to nothing else", () => {
    fc.assert(
      fc.property(anyFrame(300), (frame) => {
        const items = splitFrames(encodeFrame(frame));
        expect(items).toHaveLength(1);
        expect(framesOf(items)).toEqual([frame]);
      }),
    );
  });

  it("never lets FF FF stand behind the header", () => {
    fc.assert(
      fc.property(anyFrame(), (frame) => {
        const wire = encodeFrame(frame);
        expect(formatHex(wire.subarray(0, 2))).toBe("ffff");
        expect(wire.subarray(2).some((byte, at, body) => byte === 0xff && body[at + 1] !== 0x55)).toBe(false);
      }),
    );
  });
});

describe("checksumOf", () => {
  it("is the plain sum mod 256", () => {
    expect(checksumOf(Uint8Array.of(0x00, 0x05, 0x07, 0x10, 0x00, 0x00))).toBe(0x1c);
    expect(checksumOf(Uint8Array.of(0xff, 0xff, 0x03))).toBe(0x01);
    expect(checksumOf(NO_PAYLOAD)).toBe(0);
  });
});

describe("spoilFrame", () => {
  it("keeps the header and stuffs what it changed", () => {
    const wire = parseHex("FF FF 00 05 07 FF 55 00 00 0B");
    const spoilt = spoilFrame(wire, (body) => {
      body[body.length - 1] = 0xff;
    });
    expect(formatHex(spoilt)).toBe(formatHex(parseHex("FF FF 00 05 07 FF 55 00 00 FF 55")));
  });
});
