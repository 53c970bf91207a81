import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type DissectNode, dissect } from "../../../src/codec/dissect.js";
import { encodeFrame } from "../../../src/codec/frame.js";
import { decodeBusinessFrames } from "../../../src/codec/m2m.js";
import { parseHex } from "../../../src/core/hex.js";
import { anyFrame, anyNoise, concat } from "../../support/frames.js";
import { PET10, TOY } from "../../support/layouts.js";
import { loadM2mVectors, loadUartVectors } from "../../support/vectors.js";

/** A tree as lines: name, where, value, note. */
function render(nodes: readonly DissectNode[], indent = ""): string[] {
  return nodes.flatMap(({ name, offset, length, value, note, children }) => [
    `${indent}${name} @${offset}+${length} ${value}${note === undefined ? "" : ` (${note})`}`,
    ...render(children ?? [], `${indent}  `),
  ]);
}

/** Every node with the one it stands in. */
function* walk(nodes: readonly DissectNode[], parent?: DissectNode): Generator<[DissectNode, DissectNode | undefined]> {
  for (const node of nodes) {
    yield [node, parent];
    yield* walk(node.children ?? [], node);
  }
}

/** True when the nodes stand end to end from `start` on; how far they reach. */
function reachOf(nodes: readonly DissectNode[], start: number): number | undefined {
  let end = start;
  for (const { offset, length } of nodes) {
    if (offset !== end) return undefined;
    end += length;
  }
  return end;
}

describe("dissect", () => {
  it("explains a status push field by field", () => {
    expect(render(dissect(parseHex("FF FF 00 07 0D 04 00 00 07 3A 59")))).toEqual([
      "frame @0+11 wifi-status",
      "  header @0+2 ffff",
      "  len @2+2 7 (cmd through checksum)",
      "  cmd @4+1 0x0D (wifi-status)",
      "  sn @5+1 4",
      "  flags @6+2 0x0000",
      "  status @8+2 1850 (station binding router cloud rssi=7)",
      "  checksum @10+1 0x59 (ok)",
    ]);
  });

  it("names the datapoints of a control, and counts the stuffing in its offsets", () => {
    const nodes = dissect(parseHex("FF FF 00 0C 03 FF 55 00 00 01 04 00 FF 55 00 00 00 12"), { layout: PET10 });
    expect(render(nodes)).toEqual([
      "frame @0+18 control",
      "  header @0+2 ffff",
      "  len @2+2 12 (cmd through checksum)",
      "  cmd @4+1 0x03 (control)",
      "  sn @5+2 255",
      "  flags @7+2 0x0000",
      "  P0 @9+8 010400ff000000",
      "    action @9+1 0x01 (control)",
      "    LED_R @10+7 255",
      "  checksum @17+1 0x12 (ok)",
    ]);
  });

  it("puts values into words when told how", () => {
    const nodes = dissect(parseHex("FF FF 00 08 05 00 00 00 14 01 00 22"), { layout: TOY });
    expect(render(nodes).join("\n")).toContain("does not have the profile's length (expected 3 bytes, found 2)");
    const told = dissect(parseHex("FF FF 00 09 05 00 00 00 14 01 00 50 73"), {
      layout: TOY,
      describeValue: (point, value) => `${point.name} is ${value} %`,
    });
    expect(render(told)).toContain("    battery @9+3 battery is 80 %");
  });

  it("asks for a profile where there is none", () => {
    expect(render(dissect(parseHex("FF FF 00 06 03 00 00 00 02 0B"))).join("\n")).toContain("name a profile");
  });

  it("shows a payload that is too short for its command, and why", () => {
    const nodes = dissect(parseHex("FF FF 00 06 0D 00 00 00 07 1A"));
    expect(render(nodes)).toContain("  payload @8+1 07 (the payload ends inside status (expected 2 bytes, found 1))");
  });

  it("names the likely mistake of a bad frame between good ones, and shows noise as garbage", () => {
    const beat = parseHex("FF FF 00 05 07 10 00 00 1C");
    const bytes = concat(parseHex("AA"), beat, parseHex("FF FF 00 05 07 11 00 00 1B"), beat);
    const [noise, , bad] = dissect(bytes);
    expect(render([noise!, bad!])).toEqual([
      "garbage @0+1 aa (not part of any frame)",
      "bad frame @10+9 checksum (expected 29, found 27; checksum counts the header: the sum begins at len (uart.md 1))",
    ]);
  });

  it("warns of a good frame with an FF that is not stuffed", () => {
    const [frame] = dissect(parseHex("FF FF 00 05 16 E4 00 00 FF"));
    expect(frame).toMatchObject({
      value: "enter-bindable-mode-ack",
      length: 9,
      note: expect.stringContaining("FF not stuffed"),
    });
    expect(dissect(parseHex("FF FF 00 05 16 E4 00 00 FF 55"))[0]).not.toHaveProperty("note");
  });

  it("gives the FF that ends one frame and begins the next to both", () => {
    const nodes = dissect(parseHex("FF FF 00 05 16 E4 00 00 FF FF 00 05 07 10 00 00 1C"));
    expect(nodes.map(({ offset, length, value }) => [offset, length, value])).toEqual([
      [0, 9, "enter-bindable-mode-ack"],
      [8, 9, "heartbeat"],
    ]);
  });

  it("explains a business frame with its sn, and its datapoints by layout", () => {
    const nodes = dissect(parseHex("00000003 0E 00 0093 00000005 01 04 00 38 00 00 00"), { layout: PET10 });
    expect(render(nodes)).toEqual([
      "m2m @0+19 0x0093 (business frame)",
      "  prefix @0+4 00000003",
      "  sn @8+4 5",
      "  P0 @12+7 01040038000000",
      "    action @12+1 0x01 (control)",
      "    LED_R @13+6 56",
    ]);
  });

  it("finds the P0 behind a varlen that takes more bytes than it needs", () => {
    const [frame] = dissect(parseHex("00000003 84 00 00 0091 04"));
    expect(render(frame?.children ?? [])).toContain("P0 @9+1 04 (name a profile to see datapoints)");
    expect(frame?.length).toBe(10);
  });

  it("explains a control frame of the cloud", () => {
    expect(render(dissect(parseHex("00000003 0210 0001")))).toEqual([
      "m2m @0+8 0x0210 (control frame)",
      "  prefix @0+4 00000003",
      "  body @6+2 0001",
    ]);
  });

  it("says what is wrong with bytes that only begin like an M2M frame", () => {
    expect(render(dissect(parseHex("00000003 05 00 0091 04")))).toEqual([
      "bad m2m @0+9 000000030500009104 (the frame is shorter than it says (expected 10 bytes, found 9))",
    ]);
  });

  it("has nothing to say about nothing", () => {
    expect(dissect(new Uint8Array(0))).toEqual([]);
  });
});

describe("dissect, in general", () => {
  it.each(loadUartVectors())("covers vector $id end to end, as do the parts of its frame", ({ wire }) => {
    const nodes = dissect(wire, { layout: PET10 });
    expect(reachOf(nodes, 0)).toBe(wire.length);
    expect(reachOf(nodes[0]?.children ?? [], 0)).toBe(wire.length);
  });

  it("covers a stream of frames and noise end to end, and keeps every part inside its whole", () => {
    const anyStream = fc.array(fc.oneof(anyNoise(12), anyFrame(12).map(encodeFrame)), { maxLength: 5 });
    fc.assert(
      fc.property(anyStream, (parts) => {
        const stream = concat(...parts);
        const nodes = dissect(stream, { layout: PET10 });
        // Only the FF of an unstuffed checksum may belong to two: it may begin the next header as well.
        const shared = nodes.filter((node, at) => at > 0 && node.offset === endOf(nodes[at - 1]!) - 1);
        for (const node of shared) expect(stream[node.offset]).toBe(0xff);
        if (shared.length === 0) expect(reachOf(nodes, 0)).toBe(stream.length);
        for (const [node, parent] of walk(nodes)) {
          expect(node.length).toBeGreaterThan(0);
          if (parent === undefined) continue;
          expect(node.offset).toBeGreaterThanOrEqual(parent.offset);
          expect(endOf(node)).toBeLessThanOrEqual(endOf(parent));
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("never throws at bytes that begin like M2M, and keeps every part inside the bytes", () => {
    const m2m = loadM2mVectors().map((vector) => vector.bytes);
    fc.assert(
      fc.property(fc.constantFrom(...m2m), anyNoise(8), fc.nat(40), (bytes, noise, cut) => {
        const broken = concat(bytes.subarray(0, Math.max(4, cut)), noise);
        for (const [node] of walk(dissect(broken, { layout: TOY }))) {
          expect(endOf(node)).toBeLessThanOrEqual(broken.length);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it("covers the whole of every captured M2M frame", () => {
    for (const { bytes, framing } of loadM2mVectors()) {
      expect(reachOf(dissect(bytes), 0)).toBe(bytes.length);
      if (framing === "business") expect(decodeBusinessFrames(bytes)).toHaveLength(dissect(bytes).length);
    }
  });
});

function endOf({ offset, length }: DissectNode): number {
  return offset + length;
}
