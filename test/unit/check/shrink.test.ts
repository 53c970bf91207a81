import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { shortenBytes, shrinkSequence } from "../../../src/check/shrink.js";
import { decodeFrame, encodeFrame } from "../../../src/codec/frame.js";
import { formatHex } from "../../../src/core/hex.js";

const whole = { shorten: () => [], limit: 1000 };
const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at);

describe("shrinking a sequence", () => {
  it.each([
    ["one of many", [13]],
    ["the first", [0]],
    ["the last", [19]],
    ["two far apart", [3, 17]],
    ["neighbours", [9, 10]],
    ["four", [0, 7, 8, 19]],
  ])("finds %s that it takes, and nothing else", async (_, needed) => {
    const fails = async (items: readonly number[]) => needed.every((item) => items.includes(item));
    const { items, isSmallest } = await shrinkSequence(upTo(20), { ...whole, fails });
    expect([items, isSmallest]).toEqual([needed, true]);
  });

  it("keeps the order where it matters, and both of two equal ones where it takes two", async () => {
    const fails = async (items: readonly number[]) => items.filter((item) => item === 1).length >= 2;
    expect((await shrinkSequence([1, 2, 1, 3, 1], { ...whole, fails })).items).toEqual([1, 1]);
  });

  it("shortens what is left, and drops what that made needless", async () => {
    const fails = async (items: readonly string[]) => {
      return items.includes("x") || (items.includes("xyz") && items.includes("key"));
    };
    const shorten = (text: string) => upTo(text.length).map((at) => text.slice(0, at));
    const { items } = await shrinkSequence(["abc", "xyz", "key"], { fails, shorten, limit: 1000 });
    expect(items).toEqual(["x"]);
  });

  it("never tries nothing at all, and stops at its limit with the best so far", async () => {
    let asked = 0;
    const fails = async (items: readonly number[]) => {
      asked += 1;
      expect(items.length).toBeGreaterThan(0);
      return true;
    };
    expect(await shrinkSequence(upTo(8), { ...whole, fails })).toMatchObject({ isSmallest: true, items: [7] });
    asked = 0;
    const cut = await shrinkSequence(upTo(64), { shorten: () => [], limit: 1, fails });
    expect([asked, cut.attempts, cut.isSmallest, cut.items.length]).toEqual([1, 1, false, 32]);
  });

  it("ends with what still fails and of which every part is needed, whatever is needed", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(fc.nat(30), { minLength: 1, maxLength: 6 }), async (needed) => {
        const fails = async (items: readonly number[]) => needed.every((item) => items.includes(item));
        const { items } = await shrinkSequence(upTo(31), { ...whole, fails });
        expect(new Set(items)).toEqual(new Set(needed));
      }),
      { numRuns: 50 },
    );
  });
});

describe("shortening bytes", () => {
  const frame = { cmd: 0x03, sn: 7, flags: 0, payload: Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8) };

  it("first offers sound frames with less payload, the shortest first", () => {
    const offered = [...shortenBytes(encodeFrame(frame))].slice(0, 4).map((wire) => decodeFrame(wire)?.payload.length);
    expect(offered).toEqual([0, 2, 4, 7]);
  });

  it("offers only what is shorter, down to a byte less, and nothing of a single byte", () => {
    const bytes = Uint8Array.of(1, 2, 3, 4, 5);
    const offered = [...shortenBytes(bytes)];
    expect(offered.every(({ length }) => length < bytes.length)).toBe(true);
    expect(offered.map(formatHex)).toEqual(expect.arrayContaining(["01020304", "02030405", "010203"]));
    expect([...shortenBytes(Uint8Array.of(9))]).toEqual([]);
  });
});
