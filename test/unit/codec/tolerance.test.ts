import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeFrame, type Frame } from "../../../src/codec/frame.js";
import { type FoundItem, splitFrames } from "../../../src/codec/splitter.js";
import { explainTolerated, hintTolerated } from "../../../src/codec/tolerance.js";
import { formatHex, parseHex } from "../../../src/core/hex.js";
import { anyFrame, concat } from "../../support/frames.js";
import { loadUartVectors } from "../../support/vectors.js";

const BEAT = "FF FF 00 05 07 10 00 00 1C";

/** The frames in a capture with the mistakes that were accepted in each. */
function look(hex: string, way?: "up" | "down") {
  return splitFrames(parseHex(hex))
    .filter((item): item is FoundItem & { kind: "frame" } => item.kind === "frame")
    .map(({ frame, form }) => ({
      wire: formatHex(form.bytes),
      kinds: explainTolerated(frame, form, way).map(({ kind }) => kind),
      hint: hintTolerated(frame, form, way) ?? "",
    }));
}

/** The same frame with no 55 behind any FF. */
function unstuff(wire: Uint8Array): Uint8Array {
  return wire.filter((byte, at) => at < 3 || byte !== 0x55 || wire[at - 1] !== 0xff);
}

describe("what is accepted in a frame", () => {
  it.each([
    ["in the payload", "FF FF 00 0C 03 22 00 00 01 04 00 FF 00 00 00 35"],
    ["as sn", "FF FF 00 05 06 FF 00 00 0A"],
    ["as the high byte of flags", "FF FF 00 05 07 01 FF 00 0C"],
    ["as the low byte of flags", "FF FF 00 05 07 01 00 FF 0C"],
    ["as command", "FF FF 00 05 FF 01 00 00 05"],
    ["as the low byte of len", `FF FF 00 FF 05 00 00 00 ${"04 ".repeat(250)}EC`],
    ["as checksum, and nothing follows", "FF FF 00 05 06 F4 00 00 FF"],
    ["as checksum, and garbage follows", "FF FF 00 05 06 F4 00 00 FF 12"],
    ["as checksum, and a frame follows", `FF FF 00 05 06 F4 00 00 FF ${BEAT}`],
  ])("is an FF without its 55 %s", (_where, hex) => {
    const [first] = look(hex, "up");
    const bytes = hex.endsWith(BEAT) ? hex.slice(0, -BEAT.length) : hex.endsWith(" 12") ? hex.slice(0, -3) : hex;
    expect(first?.wire).toBe(formatHex(parseHex(bytes)));
    expect(first?.kinds).toEqual(["unstuffed"]);
    expect(first?.hint).toMatch(
      /^FF not stuffed: send 55 .* \(uart\.md 1\)\. gizlab .* a real GAgent drops it \(uart\.md 1\.2\)$/,
    );
  });

  it.each([
    ["FF 55 in the payload", "FF FF 00 0C 03 22 00 00 01 04 00 FF 55 00 00 00 35"],
    ["FF 55 as sn", "FF FF 00 05 08 FF 55 00 00 0C"],
    ["FF 55 as checksum", "FF FF 00 05 06 F4 00 00 FF 55"],
    ["FF 55 55, which is FF and then 55", "FF FF 00 07 05 00 00 00 FF 55 55 60"],
    ["flags that are set, which a receiver does not look at", "FF FF 00 05 07 10 00 01 1D"],
    ["a header of three FF, which both vendors' receivers take (uart.md 1.2)", `FF ${BEAT}`],
  ])("is not %s", (_what, hex) => {
    expect(look(hex, "up").map(({ kinds }) => kinds)).toEqual([[]]);
  });

  it("is one FF for the end of a frame and the header of the next", () => {
    const [first, second, ...rest] = look("FF FF 00 05 16 E4 00 00 FF FF 00 05 07 10 00 00 1C");
    expect([first?.kinds, second?.kinds, rest]).toEqual([["unstuffed"], ["shared-header"], []]);
    expect(second?.hint).toContain("one FF is missing");
  });

  it("is a report that a GAgent's buffer cannot hold, and not one byte less", () => {
    const kindsOf = (length: number, cmd: number) =>
      look(formatHex(encodeFrame({ cmd, sn: 0, flags: 0, payload: new Uint8Array(length) })))[0]?.kinds;
    expect(kindsOf(1024 - 9, 0x05)).toEqual(["too-long"]);
    expect(kindsOf(1024 - 10, 0x05)).toEqual([]);
    expect(kindsOf(1024, 0x03)).toEqual([]);
  });

  it("is a payload in a command that has none, and not in one that may have more later", () => {
    const kindsOf = (cmd: number, payload: string) =>
      look(formatHex(encodeFrame({ cmd, sn: 0, flags: 0, payload: parseHex(payload) })))[0]?.kinds;
    expect([kindsOf(0x06, "00"), kindsOf(0x07, "0000")]).toEqual([["extra-payload"], ["extra-payload"]]);
    expect([
      kindsOf(0x06, ""),
      kindsOf(0x04, ""),
      kindsOf(0x0b, "00"),
      kindsOf(0x12, "01"),
      kindsOf(0x3d, "00"),
    ]).toEqual([...[[], [], [], [], []]]);
  });

  it("names who has to mend an FF without its 55: GAgent for its own plain acknowledgements, else the sender", () => {
    const hintOf = (hex: string, way?: "up" | "down") => look(hex, way)[0]?.hint ?? "";
    expect(hintOf("FF FF 00 05 06 FF 00 00 0A")).toMatch(
      /GAgent 04020006 sends .* \(uart\.md 1\.1\); the fault is the module's/,
    );
    expect(hintOf("FF FF 00 05 06 FF 00 00 0A")).not.toContain("send 55");
    expect(hintOf("FF FF 00 05 07 FF 00 00 0B", "down")).toMatch(
      /^FF not stuffed: send 55 .* as the vendor's MCU SDK does/,
    );
    // 08 is sent by an MCU, 1C by either side.
    expect(hintOf("FF FF 00 05 08 FF 00 00 0C")).toContain("a real GAgent drops it");
    expect(hintOf("FF FF 00 05 1C FF 00 00 20")).toMatch(/a real GAgent drops it .*; from a module, GAgent 04020006/);
    expect(hintOf("FF FF 00 05 1C FF 00 00 20", "down")).toContain("the fault is the module's");
    expect(hintOf("FF FF 00 05 1C FF 00 00 20", "up")).not.toContain("04020006");
  });

  it("is nothing in any frame of the vendors, but in the one that GAgent sends unstuffed", () => {
    const flawed = loadUartVectors().filter(({ wire }) => look(formatHex(wire))[0]?.kinds.length !== 0);
    expect(flawed.map(({ wire }) => formatHex(wire))).toEqual(["ffff000516e40000ff"]);
  });

  it("is nothing in any frame that encodeFrame writes, alone and before another", () => {
    fc.assert(
      fc.property(anyFrame(), anyFrame(), (one, other) => {
        const found = look(formatHex(concat(encodeFrame(one), encodeFrame(other))));
        // What a command's payload should be is no matter of encoding.
        const wrong = found.map(({ kinds }) => kinds.filter((kind) => kind !== "extra-payload" && kind !== "big-data"));
        expect(wrong).toEqual([[], []]);
      }),
    );
  });

  it("is found in any frame that is still read without its stuffing", () => {
    fc.assert(
      fc.property(anyFrame(), (frame: Frame) => {
        const wire = encodeFrame(frame);
        const bare = unstuff(wire);
        fc.pre(bare.length < wire.length && bare[2] !== 0xff);
        const [first] = look(formatHex(bare), "up");
        // Two FF side by side begin a header, and FF 55 in the data is taken for a stuffed FF: such a frame is not read.
        fc.pre(first?.wire === formatHex(bare));
        expect(first?.kinds).toContain("unstuffed");
      }),
    );
  });
});
