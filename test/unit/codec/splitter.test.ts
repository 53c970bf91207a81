import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { encodeFrame, type Frame, LEN_OVERHEAD, MAX_PAYLOAD } from "../../../src/codec/frame.js";
import { type FoundItem, FrameSplitter, splitFrames } from "../../../src/codec/splitter.js";
import { formatHex, parseHex } from "../../../src/core/hex.js";
import { anyFrame, anyNoise, concat, framesOf, kindsOf } from "../../support/frames.js";
import { loadUartVectors } from "../../support/vectors.js";

const HEARTBEAT = parseHex("FF FF 00 05 07 10 00 00 1C");
const VECTORS = loadUartVectors();

/** What a splitter finds when the stream arrives in these chunks. */
function splitChunks(chunks: readonly Uint8Array[]): FoundItem[] {
  const items: FoundItem[] = [];
  const splitter = new FrameSplitter({
    frame: (frame, offset, arrival) => items.push({ kind: "frame", offset, frame, form: arrival.form() }),
    settled: (arrival) => {
      const last = items.at(-1);
      expect(last?.kind === "frame" && last.form.bytes.at(-1) === 0xff).toBe(true);
      items.splice(-1, 1, { ...(last as FoundItem & { kind: "frame" }), form: arrival.form() });
    },
    bad: (bad, offset) => items.push({ kind: "bad", offset, bad }),
    garbage: (bytes, offset) => items.push({ kind: "garbage", offset, bytes }),
  });
  for (const chunk of chunks) splitter.push(chunk);
  splitter.end();
  return items;
}

/** The same items with neighbouring garbage made one, since garbage is reported per chunk. */
function joinGarbage(items: readonly FoundItem[]): FoundItem[] {
  const joined: FoundItem[] = [];
  for (const item of items) {
    const last = joined.at(-1);
    if (item.kind === "garbage" && last?.kind === "garbage") {
      joined.splice(-1, 1, { ...last, bytes: concat(last.bytes, item.bytes) });
    } else joined.push(item);
  }
  return joined;
}

/** All sequences over `alphabet` of no more than `length` items. */
function* everySequence(alphabet: readonly number[], length: number): Generator<number[]> {
  yield [];
  if (length === 0) return;
  for (const head of alphabet) for (const tail of everySequence(alphabet, length - 1)) yield [head, ...tail];
}

/** Where an item's bytes end in the stream. */
function endOf(item: FoundItem, stream: Uint8Array): number {
  if (item.kind === "garbage") return item.offset + item.bytes.length;
  if (item.kind === "bad") return item.offset + item.bad.bytes.length;
  let at = item.offset + 2;
  for (let i = 0; i < item.frame.payload.length + LEN_OVERHEAD + 2; i += 1) {
    at += stream[at] === 0xff && stream[at + 1] === 0x55 ? 2 : 1;
  }
  return at;
}

describe("splitFrames on the vectors", () => {
  it.each(VECTORS)("reads vector $id: $meaning", ({ cmd, sn, flags, payload, wire }) => {
    const isUnstuffed = wire.subarray(2).some((byte, at, body) => byte === 0xff && body[at + 1] !== 0x55);
    const form = { bytes: wire, isUnstuffed, sharesHeader: false };
    expect(splitFrames(wire)).toEqual([{ kind: "frame", offset: 0, frame: { cmd, sn, flags, payload }, form }]);
  });

  it("reads all vectors from one stream, byte by byte and in pieces of every size up to 40", () => {
    const stream = concat(...VECTORS.map((vector) => vector.wire));
    const sent = VECTORS.map(({ cmd, sn, flags, payload }): Frame => ({ cmd, sn, flags, payload }));
    for (let size = 1; size <= 40; size += 1) {
      const chunks: Uint8Array[] = [];
      for (let at = 0; at < stream.length; at += size) chunks.push(stream.subarray(at, at + size));
      const items = splitChunks(chunks);
      expect(kindsOf(items)).toEqual(sent.map(() => "frame"));
      expect(framesOf(items)).toEqual(sent);
    }
  });
});

describe("splitFrames on broken streams", () => {
  const beat = "FF FF 00 05 07 10 00 00 1C";
  it.each([
    ["noise before the header", `00 12 55 ${beat}`, "garbage frame", 3],
    ["half a header in the noise", `FF 00 FF ${beat}`, "garbage frame", 3],
    ["a header of three FF", `FF ${beat}`, "garbage frame", 1],
    ["a header of five FF", `FF FF FF ${beat}`, "garbage frame", 3],
    ["a frame cut off in its header", `FF FF 00 ${beat}`, "truncated frame", 3],
    ["a frame cut off behind len", `FF FF 00 07 ${beat}`, "truncated frame", 4],
    ["a frame cut off in its payload", `FF FF 00 08 05 01 00 00 04 ${beat}`, "truncated frame", 9],
    ["a frame that lacks one byte", `FF FF 00 06 09 02 00 00 12 ${beat}`, "truncated frame", 9],
    ["a frame cut off behind a stuffed FF", `FF FF 00 08 05 FF 55 ${beat}`, "truncated frame", 7],
    ["a frame cut off inside a stuffed FF", `FF FF 00 08 05 FF ${beat}`, "truncated garbage frame", 6],
    ["a wrong checksum", `FF FF 00 05 07 10 00 00 1D ${beat}`, "checksum frame", 9],
    ["a wrong checksum FF", `FF FF 00 05 07 10 00 00 FF 55 ${beat}`, "checksum frame", 10],
    ["a wrong checksum FF, not stuffed", `FF FF 00 05 07 10 00 00 FF 01 ${beat}`, "checksum garbage frame", 10],
    ["a right checksum FF, not stuffed", `FF FF 00 05 16 E4 00 00 FF ${beat}`, "frame frame", 9],
    ["a length of 4", `FF FF 00 04 ${beat}`, "length frame", 4],
    ["a length of 0", `FF FF 00 00 ${beat}`, "length frame", 4],
    ["a length above the limit", `FF FF 10 06 ${beat}`, "length frame", 4],
    ["a length above the limit that ends in FF", `FF FF 11 FF 55 01 ${beat}`, "length garbage frame", 6],
    ["a high length byte right before the header", `FF FF 11 ${beat}`, "length frame", 3],
    ["the rest of a frame whose start was missed", `38 00 00 00 59 ${beat}`, "garbage frame", 5],
  ])("finds the frame behind %s", (_what, hex, kinds, offset) => {
    const items = splitFrames(parseHex(hex));
    expect(kindsOf(items).join(" ")).toBe(kinds);
    const last = items.at(-1);
    expect(last?.kind === "frame" && last.frame.sn).toBe(0x10);
    expect(last?.offset).toBe(offset);
  });

  it("keeps a single unstuffed FF as data (uart.md 1.2)", () => {
    const [frame] = framesOf(splitFrames(parseHex("FF FF 00 0C 03 22 00 00 01 04 00 FF 00 00 00 35")));
    expect(formatHex(frame?.payload ?? new Uint8Array(0))).toBe("010400ff000000");
  });

  it("makes a whole frame of one that took the last FF for half a header", () => {
    const items = splitFrames(parseHex("FF FF 00 05 16 E4 00 00 FF FF 00 05 07 10 00 00 1C"));
    expect(framesOf(items).map((frame) => frame.cmd)).toEqual([0x16, 0x07]);
  });

  it.each([
    ["truncated", "FF FF 00 08 05 01", 10, 4, "ffff00080501"],
    ["truncated", "FF FF 00 08 05 01 FF FF 00", 10, 4, "ffff00080501"],
    ["truncated", "FF FF 00 FF FF", 7, 1, "ffff00"],
    ["truncated", "FF FF", 7, 0, "ffff"],
    ["truncated", "FF FF 00 06 09 02 00 00 12 FF FF", 8, 7, "ffff00060902000012"],
    ["checksum", "FF FF 00 05 07 10 00 00 1D", 0x1c, 0x1d, "ffff00050710 00001d"],
    ["checksum", "FF FF 00 05 07 10 00 00 FF 55 00", 0x1c, 0xff, "ffff000507100000ff55"],
    ["checksum", "FF FF 00 05 07 10 00 00 FF", 0x1c, 0xff, "ffff000507100000ff"],
    ["length", "FF FF 00 04 01", 4, 5, "ffff0004"],
    ["length", "FF FF 10 06 01", 0x1006, 4101, "ffff1006"],
  ])("says what it expected and what it found: %s in %s", (reason, hex, expected, found, bytes) => {
    const [item] = splitFrames(parseHex(hex));
    const bad = item?.kind === "bad" ? item.bad : undefined;
    expect(bad).toMatchObject({ reason, expected, found });
    expect(formatHex(bad?.bytes ?? new Uint8Array(0))).toBe(bytes.replace(/ /g, ""));
  });

  it("reports half a header at the very end as garbage", () => {
    expect(splitFrames(parseHex("FF"))).toEqual([{ kind: "garbage", offset: 0, bytes: Uint8Array.of(0xff) }]);
  });
});

describe("FrameSplitter", () => {
  it("hands a frame out with its last byte, without waiting for the 55 behind a final FF", () => {
    const items: number[] = [];
    const splitter = new FrameSplitter({ frame: (_frame, offset) => items.push(offset) });
    splitter.push(parseHex("FF FF 00 05 16 E4 00 00"));
    expect(items).toEqual([]);
    splitter.push(Uint8Array.of(0xff));
    expect(items).toEqual([0]);
    splitter.push(concat(Uint8Array.of(0x55), HEARTBEAT));
    expect(items).toEqual([0, 10]);
  });

  it("tells whether the start of a frame is held back", () => {
    const splitter = new FrameSplitter({ frame: () => {} });
    const states = [0x01, 0xff, 0xff, 0x00, 0x05, 0x07, 0x10, 0x00, 0x00, 0xff, 0x55].map((byte) => {
      splitter.push(Uint8Array.of(byte));
      return splitter.isInsideFrame;
    });
    expect(states).toEqual([false, ...Array.from({ length: 9 }, () => true), false]);
  });

  it("starts afresh after end(), and counts offsets on", () => {
    const offsets: number[] = [];
    const splitter = new FrameSplitter({ frame: (_frame, offset) => offsets.push(offset) });
    splitter.push(parseHex("FF FF 00 08 05"));
    splitter.end();
    expect(splitter.isInsideFrame).toBe(false);
    splitter.push(HEARTBEAT);
    splitter.end();
    expect(offsets).toEqual([5]);
  });

  it("does not carry an FF from before end() into the next header", () => {
    const offsets: number[] = [];
    const reasons: string[] = [];
    const splitter = new FrameSplitter({
      frame: (_frame, offset) => offsets.push(offset),
      bad: ({ reason }) => reasons.push(reason),
    });
    splitter.push(parseHex("FF FF 00 08 05 FF"));
    splitter.end();
    splitter.push(concat(Uint8Array.of(0xff), HEARTBEAT));
    expect([reasons, offsets]).toEqual([["truncated"], [7]]);
  });

  it("hands out payloads that later bytes do not overwrite", () => {
    const frames: Frame[] = [];
    const splitter = new FrameSplitter({ frame: (frame) => frames.push(frame) });
    for (const value of [1, 2]) {
      splitter.push(encodeFrame({ cmd: 5, sn: 0, flags: 0, payload: Uint8Array.of(6, value) }));
    }
    expect(frames.map((frame) => frame.payload[1])).toEqual([1, 2]);
  });

  it("works without anyone who wants bad frames or garbage", () => {
    const frames: Frame[] = [];
    const splitter = new FrameSplitter({ frame: (frame) => frames.push(frame) });
    splitter.push(concat(parseHex("01 FF FF 00 04 FF FF 00 05 00"), HEARTBEAT));
    splitter.end();
    expect(frames).toHaveLength(1);
  });

  it("reads the longest frame even when every byte is stuffed", () => {
    const payload = new Uint8Array(MAX_PAYLOAD).fill(0xff);
    expect(framesOf(splitFrames(encodeFrame({ cmd: 0xff, sn: 0xff, flags: 0xffff, payload })))).toHaveLength(1);
  });

  it("hands garbage out in pieces of at most 256 bytes", () => {
    const items = splitFrames(new Uint8Array(1000).fill(0x12));
    expect(items.map((item) => (item.kind === "garbage" ? item.bytes.length : -1))).toEqual([256, 256, 256, 232]);
  });
});

describe("FrameSplitter, in general", () => {
  it("finds the good frame behind every sequence of up to 6 tricky bytes, in and outside a frame", () => {
    const starts = ["", "FF FF 00 05", "FF FF 00 06 05 00 00", "FF FF 00 FF 55", "FF FF 00 05 16 E4 00 00 FF"];
    const markers = ["", "FF 55"].map((hex, sn) => encodeFrame({ cmd: 0x0d, sn, flags: 0, payload: parseHex(hex) }));
    let found: { sn: number; offset: number } | undefined;
    const splitter = new FrameSplitter({
      frame: ({ sn }, offset) => {
        found = { sn, offset };
      },
    });
    let pushed = 0;
    const missed: string[] = [];
    const noises = [...everySequence([0xff, 0x55, 0x00, 0x05, 0x07], 6)];
    for (const start of starts.map(parseHex)) {
      for (const [index, noise] of noises.entries()) {
        const garbage = concat(start, Uint8Array.from(noise));
        const sn = index % 2;
        splitter.push(concat(garbage, markers[sn] as Uint8Array));
        if (found?.sn !== sn || found.offset !== pushed + garbage.length) missed.push(formatHex(garbage));
        pushed += garbage.length + (markers[sn] as Uint8Array).length;
      }
    }
    expect(noises).toHaveLength((5 ** 7 - 1) / 4);
    expect(missed).toEqual([]);
  });

  it("finds the good frame behind any noise, at its offset", () => {
    fc.assert(
      fc.property(anyNoise(), anyFrame(), (noise, frame) => {
        const last = splitFrames(concat(noise, encodeFrame(frame))).at(-1);
        const form = { bytes: encodeFrame(frame), isUnstuffed: false };
        expect(last).toMatchObject({ kind: "frame", offset: noise.length, frame, form });
      }),
      { numRuns: 5000 },
    );
  });

  it("finds the same however the stream is cut", () => {
    const streams = fc.array(fc.oneof(anyNoise(20), anyFrame(10).map(encodeFrame)), { maxLength: 6 });
    fc.assert(
      fc.property(streams, fc.array(fc.nat(200), { maxLength: 12 }), (parts, cuts) => {
        const stream = concat(...parts);
        const edges = [0, ...cuts.filter((cut) => cut < stream.length), stream.length].sort((a, b) => a - b);
        const chunks = edges.slice(1).map((edge, at) => stream.subarray(edges[at], edge));
        expect(joinGarbage(splitChunks(chunks))).toEqual(joinGarbage(splitFrames(stream)));
        const single = Array.from(stream, (byte) => Uint8Array.of(byte));
        expect(joinGarbage(splitChunks(single))).toEqual(joinGarbage(splitFrames(stream)));
      }),
    );
  });

  it("accounts for every byte once; only an FF that ends a frame may also begin the next header", () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(anyNoise(20), anyFrame(10).map(encodeFrame)), { maxLength: 6 }), (parts) => {
        const stream = concat(...parts);
        let end = 0;
        let isShared = false;
        for (const item of splitFrames(stream)) {
          expect([end, ...(isShared ? [end - 1] : [])]).toContain(item.offset);
          const bytes = item.kind === "bad" ? item.bad.bytes : item.kind === "garbage" ? item.bytes : item.form.bytes;
          if (item.kind === "frame") expect(item.form.sharesHeader).toBe(item.offset < end);
          end = endOf(item, stream);
          expect(formatHex(bytes)).toBe(formatHex(stream.subarray(item.offset, end)));
          isShared = item.kind === "frame" && stream[end - 1] === 0xff;
        }
        expect(end).toBe(stream.length);
      }),
      { numRuns: 3000 },
    );
  });
});
