import { describe, expect, it } from "vitest";
import { examineChecksum } from "../../../src/codec/checksum.js";
import { parseHex } from "../../../src/core/hex.js";
import { loadUartVectors } from "../../support/vectors.js";

const VECTORS = loadUartVectors();

describe("a checksum", () => {
  it("is 23 in the worked example of the vendor's tool (serial-tool.md 2.11)", () => {
    expect(examineChecksum(parseHex("00 09 05 01 00 00 14 00 00 00"))).toEqual({ kind: "unsummed", sum: 0x23 });
  });

  it("has a hint where a frame is accepted in spite of a mistake, and none where it is stuffed", () => {
    expect(examineChecksum(parseHex("FF FF 00 05 07 FF 00 00 0B"))).toMatchObject({
      ...{ kind: "frame", sum: 0x0b, found: 0x0b, hint: expect.stringContaining("FF not stuffed") },
    });
    expect(examineChecksum(parseHex("FF FF 00 05 07 FF 55 00 00 0B"))).not.toHaveProperty("hint");
  });

  it("fits in every frame of uart.md 6, with and without the header", () => {
    for (const { wire, stuffed } of VECTORS) {
      const body = wire.subarray(2).filter((byte, at, all) => !(stuffed && byte === 0x55 && all[at - 1] === 0xff));
      const sum = body[body.length - 1];
      expect(examineChecksum(wire)).toMatchObject({ kind: "frame", sum, found: sum });
      expect(examineChecksum(body)).toEqual({ kind: "frame", sum, found: sum });
      expect(examineChecksum(body.subarray(0, -1))).toEqual({ kind: "unsummed", sum });
    }
  });

  it("is told for a frame that lacks it, header and all", () => {
    expect(examineChecksum(parseHex("FF FF 00 05 07 06 00 00"))).toEqual({ kind: "unsummed", sum: 0x12 });
    expect(examineChecksum(parseHex("FF FF 00 05 08 FF 55 00 00"))).toEqual({ kind: "unsummed", sum: 0x0c });
  });

  it("fits in no frame of which a byte was changed", () => {
    for (const { wire } of VECTORS.filter(({ stuffed }) => stuffed)) {
      for (let at = 2; at < wire.length; at += 1) {
        const changed = Uint8Array.from(wire);
        changed[at] = (changed[at] as number) ^ 0x10;
        const report = examineChecksum(changed);
        if (report.kind === "frame") expect(report.found).not.toBe(report.sum);
      }
    }
  });

  it("that is wrong comes with the likely mistake", () => {
    expect(examineChecksum(parseHex("FF FF 00 05 07 06 00 00 10"))).toMatchObject({
      kind: "frame",
      sum: 0x12,
      found: 0x10,
      hint: expect.stringMatching(/counts the header/) as string,
    });
  });

  it("of what is no single frame is the plain sum", () => {
    expect(examineChecksum(parseHex("01 02 03"))).toEqual({ kind: "bytes", sum: 6 });
    expect(examineChecksum(parseHex("FF 01 FF"))).toEqual({ kind: "bytes", sum: 0xff });
    expect(examineChecksum(parseHex("FF FF 00 05 07 06 00 00 12 FF FF 00 05 07 06 00 00 12"))).toMatchObject({
      kind: "broken",
    });
    expect(examineChecksum(parseHex("FF FF 00 20 07"))).toMatchObject({ kind: "broken", reason: "truncated" });
    expect(examineChecksum(parseHex("FF FF"))).toMatchObject({ kind: "broken" });
  });
});
