import { describe, expect, it } from "vitest";
import { encodeFrame, type Frame, MAX_PAYLOAD } from "../../../src/codec/frame.js";
import { isBitType, type Layout, type LayoutPoint, type RawValue } from "../../../src/codec/layout.js";
import { decodeBusinessFrames, decodeControlFrame, decodeM2m, encodeBusinessFrame } from "../../../src/codec/m2m.js";
import { type P0, packP0, unpackP0 } from "../../../src/codec/p0.js";
import { FrameSplitter } from "../../../src/codec/splitter.js";
import { GizlabError } from "../../../src/core/errors.js";
import { formatHex } from "../../../src/core/hex.js";
import { createSeededRandom, type Random } from "../../../src/core/random.js";
import { concat } from "../../support/frames.js";
import { measureHeap } from "../../support/heap.js";
import { DC_RUNNER, PET10, RABBIT, TOY, WAVE7, WIDE_BITS } from "../../support/layouts.js";
import { roundsOf } from "../../support/long-run.js";
import { MUTATIONS, mutate, randomPayload } from "../../support/mutations.js";
import { loadM2mVectors, loadUartVectors } from "../../support/vectors.js";

const SPLITTER_FRAMES = roundsOf(1_000_000);
const M2M_FRAMES = 150_000;
const P0_FRAMES = 120_000;
const HEAP_GROWTH_LIMIT = 16 * 1024 * 1024;
/** Header, and a body of the greatest length with every byte behind len stuffed. */
const WIRE_LIMIT = 2 + 2 + 2 * (MAX_PAYLOAD + 5);

function isSameFrame(a: Frame | undefined, b: Frame): boolean {
  if (a === undefined || a.cmd !== b.cmd || a.sn !== b.sn || a.flags !== b.flags) return false;
  return Buffer.compare(a.payload, b.payload) === 0;
}

/** Pushes bytes in one piece, byte by byte, or cut at random. */
function pushInPieces(random: Random, splitter: FrameSplitter, bytes: Uint8Array): void {
  const longest = random.pick([bytes.length, 1, 3, 16]);
  for (let at = 0; at < bytes.length; ) {
    const end = at + random.integer(1, longest);
    splitter.push(bytes.subarray(at, end));
    at = end;
  }
}

/** `undefined` when `run` was refused as bad input is; any other exception is thrown on. */
function refused<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof GizlabError) return undefined;
    throw error;
  }
}

describe("FrameSplitter under fire", () => {
  it(`finds the good frame right behind each of ${SPLITTER_FRAMES} broken ones, and holds no more than its limits`, () => {
    const random = createSeededRandom("splitter");
    const bases = [
      ...loadUartVectors().map((vector) => vector.wire),
      ...Array.from({ length: 400 }, (_, at) =>
        encodeFrame({ cmd: 5, sn: at & 0xff, flags: 0, payload: randomPayload(random, at < 390 ? 40 : 900) }),
      ),
    ];
    const counts = new Map<string, number>();
    const seen = { frames: 0, checksum: 0, length: 0, truncated: 0, garbage: 0 };
    const longest = { payload: 0, bad: 0, garbage: 0 };
    let last: { frame: Frame; offset: number } | undefined;
    const splitter = new FrameSplitter({
      frame: (frame, offset) => {
        last = { frame, offset };
        seen.frames += 1;
        longest.payload = Math.max(longest.payload, frame.payload.length);
      },
      bad: ({ reason, bytes }) => {
        seen[reason] += 1;
        longest.bad = Math.max(longest.bad, bytes.length);
      },
      garbage: (bytes) => {
        seen.garbage += 1;
        longest.garbage = Math.max(longest.garbage, bytes.length);
      },
    });
    const missed: string[] = [];
    const heapBefore = measureHeap();
    let pushed = 0;
    for (let n = 0; n < SPLITTER_FRAMES; n += 1) {
      const broken = mutate(random, random.pick(bases), counts);
      const payload = Uint8Array.of(6, n >> 16, n >> 8, n, n % 3 === 0 ? 0xff : 0x55);
      const marker: Frame = { cmd: 0x05, sn: n & 0xff, flags: n % 5 === 0 ? 0xff : 0, payload };
      const wire = encodeFrame(marker);
      pushInPieces(random, splitter, concat(broken, wire));
      pushed += broken.length;
      const isFound = last?.offset === pushed && isSameFrame(last.frame, marker);
      if (!isFound && missed.length < 20) missed.push(`${n}: ${formatHex(broken)}`);
      pushed += wire.length;
    }
    expect(missed).toEqual([]);
    expect(measureHeap() - heapBefore).toBeLessThan(HEAP_GROWTH_LIMIT);
    expect(longest.payload).toBeLessThanOrEqual(MAX_PAYLOAD);
    expect(longest.bad).toBeLessThanOrEqual(WIRE_LIMIT);
    expect(longest.garbage).toBeLessThanOrEqual(256);
    // The run meant something: every mutation was used, every outcome seen, and some broken frames were readable.
    expect([...counts.keys()].sort()).toEqual(Object.keys(MUTATIONS).sort());
    expect(Math.min(seen.checksum, seen.length, seen.truncated, seen.garbage)).toBeGreaterThan(10_000);
    expect(seen.frames).toBeGreaterThan(SPLITTER_FRAMES + 1000);
  });

  it("holds no more than its limits when frames of the greatest length are broken in their last byte", () => {
    const wire = encodeFrame({ cmd: 0xff, sn: 0xff, flags: 0xffff, payload: new Uint8Array(MAX_PAYLOAD).fill(0xff) });
    wire[wire.length - 1] = (wire.at(-1) as number) ^ 1;
    const lengths: number[] = [];
    const splitter = new FrameSplitter({ frame: () => {}, bad: ({ bytes }) => lengths.push(bytes.length) });
    for (let n = 0; n < 100; n += 1) splitter.push(wire);
    expect(lengths).toEqual(Array(100).fill(wire.length));
    expect(wire.length).toBeLessThanOrEqual(WIRE_LIMIT);
  });
});

describe("the M2M decoders under fire", () => {
  it(`refuse each of ${M2M_FRAMES} broken payloads as bad input, or read something that can be written again`, () => {
    const random = createSeededRandom("m2m");
    const long = encodeBusinessFrame({ cmd: 0x93, sn: 0xffff_ffff, p0: new Uint8Array(300).fill(0x03) });
    const bases = loadM2mVectors().map((vector) => vector.bytes);
    bases.push(concat(...bases.filter((bytes) => bytes[4] !== 2)), long);
    const counts = new Map<string, number>();
    const outcome = { read: 0, refused: 0 };
    const changed: string[] = [];
    for (let n = 0; n < M2M_FRAMES; n += 1) {
      const broken = mutate(random, random.pick(bases), counts);
      refused(() => decodeM2m(broken));
      refused(() => decodeControlFrame(broken));
      const frames = refused(() => decodeBusinessFrames(broken));
      outcome[frames === undefined ? "refused" : "read"] += 1;
      if (frames === undefined) continue;
      const again = concat(...frames.map((frame) => encodeBusinessFrame(frame)));
      const isKept = decodeBusinessFrames(again).every(
        ({ cmd, sn, did, p0 }, at) =>
          cmd === frames[at]?.cmd &&
          sn === frames[at].sn &&
          did === frames[at].did &&
          Buffer.compare(p0, frames[at].p0) === 0,
      );
      if (!isKept || again.length > broken.length) changed.push(formatHex(broken));
    }
    expect(changed).toEqual([]);
    expect(Math.min(outcome.read, outcome.refused)).toBeGreaterThan(1000);
  });
});

describe("unpackP0 under fire", () => {
  function randomValue(random: Random, { dataType, width }: LayoutPoint): RawValue {
    if (dataType === "binary") return random.bytes(width);
    return random.integer(0, 2 ** (isBitType(dataType) ? width : width * 8) - 1);
  }

  function isInRange({ dataType, width }: LayoutPoint, value: RawValue | undefined): boolean {
    if (value === undefined) return true;
    if (value instanceof Uint8Array) return dataType === "binary" && value.length === width;
    return Number.isInteger(value) && value >= 0 && value < 2 ** (isBitType(dataType) ? width : width * 8);
  }

  it.each<[string, Layout]>(Object.entries({ PET10, RABBIT, WAVE7, DC_RUNNER, WIDE_BITS, TOY }))(
    `refuses broken content of %s as bad input, or reads values its datapoints can hold`,
    (name, layout) => {
      const random = createSeededRandom(name);
      const bases = Array.from({ length: 60 }, (_, at): Uint8Array => {
        const values = layout.points.map((point) =>
          random.integer(0, 3) > 0 ? randomValue(random, point) : undefined,
        );
        return packP0(layout, { kind: (["control", "read-reply", "report"] as const)[at % 3]!, values });
      });
      bases.push(packP0(layout, { kind: "read" }), Uint8Array.of(5, 1), Uint8Array.of(0x72));
      const counts = new Map<string, number>();
      const outcome = { read: 0, refused: 0 };
      const wrong: string[] = [];
      for (let n = 0; n < P0_FRAMES / 6; n += 1) {
        const broken = mutate(random, random.pick(bases), counts);
        const content: P0 | undefined = refused(() => unpackP0(layout, broken));
        outcome[content === undefined ? "refused" : "read"] += 1;
        if (content === undefined || !("values" in content)) continue;
        const isSound = layout.points.every((point) => isInRange(point, content.values[point.index]));
        if (!isSound || content.values.length > layout.points.length) wrong.push(formatHex(broken));
      }
      expect(wrong).toEqual([]);
      expect(Math.min(outcome.read, outcome.refused)).toBeGreaterThan(500);
    },
  );
});
