import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checksumOf, encodeFrame, type Frame, LEN_OVERHEAD } from "../../../src/codec/frame.js";
import { explainItem, explainMistake } from "../../../src/codec/mistakes.js";
import { splitFrames } from "../../../src/codec/splitter.js";
import { parseHex } from "../../../src/core/hex.js";
import { cookFrame, countStuffing, type FrameRecipe, stuffBytes, stuffedLength } from "../../support/broken-frames.js";
import { anyFrame, concat, framesOf, kindsOf } from "../../support/frames.js";

const HEARTBEAT = parseHex("FF FF 00 05 07 10 00 00 1C");
const realLength = (frame: Frame): number => frame.payload.length + LEN_OVERHEAD;

const MISTAKES: Readonly<Record<string, { readonly recipe: FrameRecipe; readonly hint: string }>> = {
  "counts the header in the checksum": {
    recipe: { checksum: (body) => checksumOf(body) + 0xff + 0xff },
    hint: "checksum counts the header",
  },
  "leaves the length out of the checksum": {
    recipe: { checksum: (body) => checksumOf(body.subarray(2)) },
    hint: "checksum leaves out the length",
  },
  "takes an exclusive or for the checksum": {
    recipe: { checksum: (body) => body.reduce((xor, byte) => xor ^ byte, 0) },
    hint: "checksum is an exclusive or",
  },
  "inverts the checksum": { recipe: { checksum: (body) => ~checksumOf(body) }, hint: "checksum is inverted" },
  "negates the checksum": { recipe: { checksum: (body) => -checksumOf(body) }, hint: "checksum is negated" },
  "leaves the last byte out of the checksum": {
    recipe: { checksum: (body) => checksumOf(body.subarray(0, -1)) },
    hint: "checksum leaves out the last payload byte",
  },
  "counts len in len": {
    recipe: { len: (frame) => realLength(frame) + 2 },
    hint: "length counts itself: ",
  },
  "counts header and len in len": {
    recipe: { len: (frame) => realLength(frame) + 4 },
    hint: "length counts itself and the header",
  },
  "leaves the checksum out of len": {
    recipe: { len: (frame) => realLength(frame) - 1 },
    hint: "length leaves out the checksum",
  },
  "counts only the payload in len": {
    recipe: { len: (frame) => frame.payload.length },
    hint: "length counts the payload only",
  },
  "sends len low byte first": { recipe: { littleEndian: true }, hint: "little-endian length" },
};
const STUFFING_MISTAKES: typeof MISTAKES = {
  "counts the stuffing in len": { recipe: { len: stuffedLength }, hint: "length counts the stuffing" },
  "counts the stuffing in the checksum": {
    recipe: { checksum: (body) => checksumOf(stuffBytes(body)) },
    hint: "checksum counts the stuffing",
  },
  "counts the stuffing in len and checksum": {
    recipe: { len: stuffedLength, checksum: (body) => checksumOf(stuffBytes(body)) },
    hint: "length and checksum count the stuffing",
  },
  "does not stuff": { recipe: { unstuffed: true }, hint: "FF not stuffed" },
};

const frameOf = (cmd: number, sn: number, payload: string): Frame => ({
  cmd,
  sn,
  flags: 0,
  payload: parseHex(payload),
});
const REPORT = frameOf(0x05, 0x11, "04 01 38 00 00 00 01 00 0A 00 07");
const CONTROL = frameOf(0x03, 0x22, "01 04 00 FF 00 00 09");
const TWO_FF = frameOf(0x05, 0x30, "06 01 FF FF 02 03");

/** The hint for the first bad frame in the bytes. */
function explainFirst(bytes: Uint8Array): string | undefined {
  const items = splitFrames(bytes);
  const index = items.findIndex((item) => item.kind === "bad");
  return explainItem(items, index);
}

/** The same broken frame where it may stand in a capture. */
function placements(broken: Uint8Array): [string, Uint8Array][] {
  return [
    ["alone", broken],
    ["before a good frame", concat(broken, HEARTBEAT)],
    ["behind a good frame", concat(HEARTBEAT, broken)],
    ["three times in a row", concat(broken, broken, broken)],
  ];
}

describe("explainItem", () => {
  const cases = [
    ...Object.entries(MISTAKES).map(([what, { recipe, hint }]) => ({ what, hint, broken: cookFrame(REPORT, recipe) })),
    ...Object.entries(STUFFING_MISTAKES).flatMap(([what, { recipe, hint }]) =>
      [TWO_FF, ...(recipe.unstuffed === true ? [] : [CONTROL])].map((frame) => ({
        what: `${what}, ${frame === CONTROL ? "one FF" : "FF FF"} in the data`,
        hint,
        broken: cookFrame(frame, recipe),
      })),
    ),
  ].flatMap(({ what, hint, broken }) => placements(broken).map(([where, bytes]) => ({ what, where, hint, bytes })));

  it.each(cases)("says so when a firmware $what, $where", ({ hint, bytes }) => {
    expect(explainFirst(bytes)).toContain(hint);
  });

  it("sees a checksum that counts the stuffing even when that checksum is FF itself", () => {
    const broken = cookFrame(frameOf(0x05, 0x00, "06 FF 98"), { checksum: (body) => checksumOf(stuffBytes(body)) });
    expect([...broken.subarray(-2)]).toEqual([0xff, 0x55]);
    expect(explainFirst(broken)).toContain("checksum counts the stuffing");
  });

  it("does not take the next header, or what stands behind a good frame, for the rest of a bad one", () => {
    expect(explainFirst(parseHex("FF FF 00 08 05 F3 00 00 FF FF"))).toContain("bytes are missing");
    const broken = cookFrame(REPORT, { len: (frame) => realLength(frame) - 1 });
    const torn = concat(broken.subarray(0, -1), HEARTBEAT, broken.subarray(-1));
    expect(explainFirst(torn)).not.toContain("leaves out the checksum");
  });

  it("is not led astray by noise behind a frame with a wrong checksum", () => {
    for (const { recipe, hint } of Object.values(MISTAKES).filter((mistake) => mistake.recipe.checksum !== undefined)) {
      expect(explainFirst(concat(cookFrame(REPORT, recipe), parseHex("12"), HEARTBEAT))).toContain(hint);
      expect(explainFirst(concat(cookFrame(REPORT, recipe), parseHex("FF FF 00 12"), HEARTBEAT))).toContain(hint);
    }
  });

  it.each(["FF FF FF", "FF FF 55 FF FF", "FF FF 00 05 FF FF", "FF FF FF FF FF FF FF FF"])(
    "sees that FF is not stuffed in %s, whatever the pieces look like",
    (data) => {
      const broken = cookFrame(frameOf(0x05, 0x01, `06 ${data} 02 03`), { unstuffed: true });
      for (const [, bytes] of placements(broken).slice(0, 2)) expect(explainFirst(bytes)).toContain("FF not stuffed");
    },
  );

  it("has nothing to say about good frames, garbage, or items that are not there", () => {
    const items = splitFrames(concat(parseHex("12"), HEARTBEAT));
    expect(kindsOf(items)).toEqual(["garbage", "frame"]);
    expect([0, 1, 2, -1].map((index) => explainItem(items, index))).toEqual(Array(4).fill(undefined));
  });

  it.each([
    ["one byte lost", "FF FF 00 10 05 11 00 00 04 01 38 00 00 01 00 0A 00 06 6D", "bytes are missing"],
    [
      "two bytes lost, as if len counted itself",
      "FF FF 00 10 05 11 00 00 04 00 00 00 01 00 0A 00 00 6E",
      "bytes are missing",
    ],
    ["four bytes lost", "FF FF 00 10 05 11 00 00 04 01 38 00 0A 00 07 01", "bytes are missing"],
    ["a changed byte", "FF FF 00 10 05 11 00 00 04 01 38 20 00 00 01 00 0A 00 00 6E", "a byte was changed"],
    ["a length that cannot be", "FF FF 00 02 05 11 00 00 04 12 34", "at least 5"],
  ])("blames the line, not the firmware, for %s", (_what, hex, hint) => {
    for (const [, bytes] of placements(parseHex(hex)).slice(0, 2)) expect(explainFirst(bytes)).toContain(hint);
  });
});

describe("explainMistake", () => {
  it.each(
    [...Object.entries(MISTAKES), ...Object.entries(STUFFING_MISTAKES)].map(([what, mistake]) => ({
      what,
      ...mistake,
    })),
  )("says so when all bytes are from a firmware that $what", ({ recipe, hint, what }) => {
    const frame = what in MISTAKES ? REPORT : CONTROL;
    expect(explainMistake(cookFrame(frame, recipe), "checksum")).toContain(hint);
  });
});

describe("explainItem, in general", () => {
  /** Whether the mistake shows at all: a wrong len or sum may hold by chance, and then there is nothing to explain. */
  const isBroken = (wire: Uint8Array, goodFrames = 0): boolean => framesOf(splitFrames(wire)).length === goodFrames;
  const isStable = (frame: Frame, len: number): boolean => len === realLength(frame) + countStuffing(frame, len);
  const hasUnstuffed = (wire: Uint8Array): boolean =>
    wire.subarray(2).some((byte, at, body) => byte === 0xff && body[at + 1] !== 0x55);
  const countFf = (wire: Uint8Array): number => wire.subarray(2).filter((byte) => byte === 0xff).length;

  it.each([
    ["counts the header in the checksum", () => true],
    // With two (or four) stuffed bytes the frame looks just as if len counted the stuffing.
    ["counts len in len", (wire: Uint8Array) => countFf(wire) !== 2],
    ["counts header and len in len", (wire: Uint8Array) => countFf(wire) !== 4],
    ["leaves the checksum out of len", () => true],
    ["counts only the payload in len", () => true],
    // A low byte FF right behind the header reads as a third header byte.
    ["sends len low byte first", (wire: Uint8Array) => wire[2] !== 0xff],
  ])("finds out for any frame when a firmware %s", (what, isTelling) => {
    const { recipe, hint } = MISTAKES[what] as { recipe: FrameRecipe; hint: string };
    fc.assert(
      fc.property(anyFrame(600), (frame) => {
        const broken = cookFrame(frame, recipe);
        fc.pre(isBroken(broken) && isTelling(broken));
        expect(explainFirst(broken)).toContain(hint);
        expect(explainFirst(concat(broken, HEARTBEAT))).toContain(hint);
      }),
      { numRuns: 1000 },
    );
  });

  it.each(["counts the stuffing in len", "does not stuff"])("finds out for any frame when a firmware %s", (what) => {
    const { recipe, hint } = STUFFING_MISTAKES[what] as { recipe: FrameRecipe; hint: string };
    fc.assert(
      fc.property(anyFrame(30), (frame) => {
        const broken = cookFrame(frame, recipe);
        fc.pre(isBroken(broken) && isBroken(concat(broken, HEARTBEAT), 1) && broken[3] !== 0xff);
        // The len that counts a stuffed checksum may change the checksum, so that no len is right.
        fc.pre(recipe.len === undefined || isStable(frame, recipe.len(frame)));
        const isAmbiguous = recipe.unstuffed === true && !hasUnstuffed(broken);
        expect(explainFirst(broken)).toContain(isAmbiguous ? "FF 55 in the data is not stuffed" : hint);
        expect(explainFirst(concat(broken, HEARTBEAT))).toContain(isAmbiguous ? "not stuffed" : hint);
      }),
      { numRuns: 1000 },
    );
  });
});

describe("a single flipped bit", () => {
  it("lets a frame through only where it hits len or an FF 55 pair; otherwise the frame is refused and explained", () => {
    fc.assert(
      fc.property(anyFrame(20), fc.nat(), (frame, seed) => {
        const wire = encodeFrame(frame);
        const bit = seed % (wire.length * 8);
        const at = bit >> 3;
        const isInLen = at === 2 || (at >= 3 && at <= (wire[3] === 0xff ? 4 : 3));
        const isInPair = at >= 2 && (wire[at] === 0xff || (wire[at] === 0x55 && wire[at - 1] === 0xff));
        const flipped = wire.map((byte, index) => (index === at ? byte ^ (1 << (bit & 7)) : byte));
        const items = splitFrames(flipped);
        if (!isInLen && !isInPair) expect(kindsOf(items)).not.toContain("frame");
        for (const [index, item] of items.entries()) {
          if (item.kind === "bad") expect(explainItem(items, index)).toMatch(/\w{4}/);
        }
        expect(framesOf(splitFrames(concat(flipped, HEARTBEAT))).at(-1)?.sn).toBe(0x10);
      }),
      { numRuns: 5000 },
    );
  });
});
