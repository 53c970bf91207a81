import { describe, expect, it } from "vitest";
import { checksumOf, LEN_OVERHEAD } from "../../../src/codec/frame.js";
import { MistakeHistory } from "../../../src/codec/mistake-pattern.js";
import { explainItem, explainMistake, judgeMistake } from "../../../src/codec/mistakes.js";
import { splitFrames } from "../../../src/codec/splitter.js";
import { describeBytes } from "../../../src/profile/describe.js";
import { cookFrame, type FrameRecipe } from "../../support/broken-frames.js";

const report = (sn: number) => ({ cmd: 0x05, sn, flags: 0, payload: Uint8Array.of(4, sn, sn * 3, 0x12, 0x34) });

/** What is said of each frame of a firmware that builds frames by `recipe`, one after the other. */
function hintsOf(recipes: readonly FrameRecipe[]): (string | undefined)[] {
  const bytes = Buffer.concat(recipes.map((recipe, sn) => cookFrame(report(sn), recipe)));
  const items = splitFrames(bytes);
  return items.flatMap((item, index) => (item.kind === "bad" ? [explainItem(items, index)] : []));
}

const checksumBy = (by: number): FrameRecipe => ({ checksum: (body) => checksumOf(body) + by });
const lengthBy = (by: number): FrameRecipe => ({ len: ({ payload }) => payload.length + LEN_OVERHEAD + by });
const times = (recipe: FrameRecipe, count: number): FrameRecipe[] => Array<FrameRecipe>(count).fill(recipe);

describe("bad frames that are all wrong by the same", () => {
  it.each([
    [1, "1 too large"],
    [-1, "1 too small"],
    [7, "7 too large"],
    [0x80, "128 too large"],
    [-0x20, "32 too small"],
  ])("have a checksum that the code makes, not the line: %i", (by, words) => {
    const hints = hintsOf(times(checksumBy(by), 4));
    expect(hints).toHaveLength(4);
    for (const hint of hints) {
      expect(hint).toContain(`the checksum is always ${words}, in 4 different frames: this is the code, not the line`);
      expect(hint).not.toContain("baud");
    }
  });

  it.each([
    [3, "3 too large"],
    [-2, "2 too small"],
    [-3, "3 too small"],
  ])("have a len that the code makes: %i", (by, words) => {
    const said = hintsOf([...times(lengthBy(by), 5), {}]);
    expect(said.filter((hint) => hint?.includes(`len is always ${words}`)).length).toBeGreaterThan(2);
  });

  it("keep the hint of a mistake that is known by its own bytes", () => {
    expect(hintsOf(times(checksumBy(0xfe), 4))[3]).toContain("counts the header");
  });

  it("are not taken for what a single one looks like by chance", () => {
    const history = new MistakeHistory();
    const said = Array.from({ length: 200 }, (_, sn) => {
      const [item] = splitFrames(cookFrame(report(sn), checksumBy(1)));
      if (item?.kind !== "bad") throw new Error("the frame is sound");
      return judgeMistake(history, item.bad, item.bad.bytes, explainMistake(item.bad.bytes, item.bad.reason));
    });
    expect(said.slice(3).filter((hint) => !hint.includes("always 1 too large"))).toEqual([]);
    const length = Array.from({ length: 5 }, (): FrameRecipe => ({ checksum: (body) => checksumOf(body.subarray(2)) }));
    expect(hintsOf(length)[4]).toContain("leaves out the length");
  });

  it("are a matter of the line when they differ, when there are only two, and when one is sent again and again", () => {
    const line = expect.stringContaining("a byte was changed on the line") as string;
    expect(hintsOf([checksumBy(1), checksumBy(7), checksumBy(19)])).toEqual([line, line, line]);
    expect(hintsOf(times(checksumBy(1), 2))).toEqual([line, line]);
    const again = Buffer.concat(times(checksumBy(1), 5).map((recipe) => cookFrame(report(3), recipe)));
    const items = splitFrames(again);
    expect(items.map((_item, index) => explainItem(items, index))).toEqual([line, line, line, line, line]);
  });
});

describe("the history of a wire", () => {
  const badOf = (sn: number, by: number) => {
    const [item] = splitFrames(cookFrame(report(sn), checksumBy(by)));
    if (item?.kind !== "bad") throw new Error("the frame is sound");
    return item.bad;
  };
  const judge = (history: MistakeHistory, sn: number, by: number) => {
    const bad = badOf(sn, by);
    return history.judge(bad, bad.bytes);
  };

  it("knows from the third different frame on, and forgets when the firmware changes or the port goes", () => {
    const history = new MistakeHistory();
    expect([1, 2, 3, 4].map((sn) => judge(history, sn, 1)?.slice(0, 59))).toEqual([
      undefined,
      undefined,
      "the checksum is always 1 too large, in 3 different frames: ",
      "the checksum is always 1 too large, in 4 different frames: ",
    ]);
    expect(judge(history, 5, 9)).toBeUndefined();
    history.clear();
    expect(judge(history, 6, 1)).toBeUndefined();
  });
});

describe("a len that no frame has", () => {
  it.each([
    ["FF FF 4F 00 05 3D 00 00", "4101", /^len is 20224, larger than any frame \(4101 at most\)/],
    ["FF FF 10 06 05 3D 00 00", "4101", /^len is 4102, larger than any frame \(4101 at most\)/],
    ["FF FF 00 04 05 3D 00 00", "5", /^len is 4, smaller than any frame \(5 at least\)/],
    ["FF FF 00 00 05 3D 00 00", "5", /^len is 0, smaller than any frame/],
  ])("is named with the limit that it breaks: %s", (hex, found, hint) => {
    const [bad] = describeBytes(Buffer.from(hex.replaceAll(" ", ""), "hex"));
    expect(bad).toMatchObject({ kind: "bad", reason: "length", found, hint: expect.stringMatching(hint) });
  });
});
