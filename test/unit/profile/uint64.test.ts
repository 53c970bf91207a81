import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { limits } from "../../../src/check/limits.js";
import { MAX_UINT64, toWhole, type Whole } from "../../../src/core/numbers/whole.js";
import { checkProfile, parseProfile } from "../../../src/profile/load.js";
import { findOutOfRange } from "../../../src/profile/out-of-range.js";
import type { Datapoint } from "../../../src/profile/profile.js";
import { toDisplay, toWire } from "../../../src/profile/scale.js";
import { printTypes } from "../../../src/profile/typescript.js";
import { printDissector } from "../../../src/record/dissector.js";
import { printProfile } from "../../support/profile-document.js";

const F14 = readFileSync(new URL("../../fixtures/cases/f14-uint64.json", import.meta.url), "utf8");
const FULL = Object(parseProfile(F14, "f14").datapoints[0]) as Datapoint;

function wide(spec: string): string {
  const attr = { id: 0, name: "total", type: "status_writable", data_type: "uint64" };
  return printProfile([{ ...attr, uint_spec: "SPEC" }]).replace('"SPEC"', spec);
}

function pointOf(spec: string): Datapoint {
  return parseProfile(wide(spec), "wide.json").datapoints[0] as Datapoint;
}

describe("a profile with a uint64", () => {
  it("may leave uint_spec out: all of its 8 bytes are allowed (f14)", () => {
    const profile = parseProfile(F14, "f14");
    expect(profile.layout.fixed.statusLength).toBe(8);
    expect(FULL).toMatchObject({ dataType: "uint64", width: 8, min: 0, max: MAX_UINT64, ratio: 1, addition: 0 });
  });

  it("has limits with every digit, as a number or as a text", () => {
    expect(pointOf('{"min":9007199254740993,"max":18446744073709551615}')).toMatchObject({
      min: 9007199254740993n,
      max: MAX_UINT64,
    });
    expect(pointOf('{"min":1,"max":"9007199254740993"}')).toMatchObject({ min: 1, max: 9007199254740993n });
    // Written by a program with numbers of 53 bits.
    expect(pointOf('{"max":18446744073709552000}').max).toBe(MAX_UINT64);
    expect(pointOf('{"max":1e18}').max).toBe(10n ** 18n);
  });

  it.each([
    ['{"max":18446744073709559999}', /max is a wire value of uint64, 0\.\.18446744073709551615/],
    ['{"min":-1,"max":5}', /min is a wire value of uint64/],
    ['{"min":1.5}', /min is a wire value of uint64/],
    ['{"min":9007199254740993,"max":9007199254740992}', /min 9007199254740993 is above max 9007199254740992/],
    ['{"max":"many"}', /max is a wire value of uint64/],
  ])("is refused with the limits %s", (spec, message) => {
    expect(
      checkProfile(wide(spec))
        .problems.map((problem) => problem.message)
        .join(),
    ).toMatch(message);
  });

  it("has its place checked: 8 bytes", () => {
    const shifted = F14.replace('"len":8', '"len":4');
    expect(checkProfile(shifted).problems[0]?.message).toMatch(/expected byte 0 len 8, found byte 0 len 4/);
  });

  it("gives types that say what can be read, and the vendor's limits", () => {
    expect(printTypes(parseProfile(F14, "f14"))).toContain("kuozhan: number | string;");
    expect(printTypes(parseProfile(F14, "f14"))).toContain("0 to 18446744073709551615, step 1");
  });

  it("is read as 8 bytes by the dissector", () => {
    expect(printDissector([parseProfile(F14, "f14")])).toMatch(/kind *= *"wide"/);
  });
});

describe("a value of 8 bytes", () => {
  it.each<[unknown, Whole, number | string]>([
    [0, 0, 0],
    [1n, 1, 1],
    ["1", 1, 1],
    [2 ** 53 - 1, 2 ** 53 - 1, 9007199254740991],
    ["9007199254740992", 2n ** 53n, "9007199254740992"],
    [2n ** 53n + 1n, 2n ** 53n + 1n, "9007199254740993"],
    ["18446744073709551615", MAX_UINT64, "18446744073709551615"],
  ])("%s is %s on the wire and shown as %j", (given, raw, shown) => {
    expect(toWire(FULL, given)).toBe(raw);
    expect(toDisplay(FULL, raw)).toBe(shown);
  });

  it.each<[unknown, string, RegExp]>([
    [-1, "attr-range", /0\.\.18446744073709551615/],
    ["-1", "attr-range", /0\.\.18446744073709551615/],
    [2n ** 64n, "attr-range", /0\.\.18446744073709551615/],
    ["18446744073709551616", "attr-range", /0\.\.18446744073709551615/],
    [1e30, "attr-range", /0\.\.18446744073709551615/],
    [Number("18446744073709551615"), "attr-type", /quotes: "18446744073709551615"/],
    [2 ** 60, "attr-type", /quotes/],
    [2 ** 53, "attr-type", /quotes/],
    ["many", "attr-type", /a number, or a text of digits/],
    ["", "attr-type", /a number, or a text of digits/],
    [true, "attr-type", /a number, or a text of digits/],
    [Number.NaN, "attr-type", /a number, or a text of digits/],
    [null, "attr-type", /a number, or a text of digits/],
  ])("%s is refused with %s", (given, code, words) => {
    let refused: unknown;
    try {
      toWire(FULL, given);
    } catch (error) {
      refused = error;
    }
    expect(refused).toMatchObject({ code, at: { path: "kuozhan" } });
    const { expected, hint } = refused as { expected?: string; hint?: string };
    expect(`${expected} ${hint}`).toMatch(words);
  });

  it("goes there and back with every digit, for every ratio and addition", () => {
    const raw = fc.oneof(
      fc.bigInt({ min: 0n, max: MAX_UINT64 }),
      fc.bigInt({ min: 2n ** 53n - 9n, max: 2n ** 53n + 9n }),
    );
    const ratio = fc.constantFrom(1, 2, 10, 1000, 0.1, 0.01, 0.125, -1, -0.5);
    const addition = fc.constantFrom(0, -13, 5, 0.5, -0.25, 1e6);
    fc.assert(
      fc.property(raw, ratio, addition, (x, r, a) => {
        const point = { ...FULL, ratio: r, addition: a };
        const shown = toDisplay(point, toWhole(x));
        expect(toWire(point, shown)).toBe(toWhole(x));
        expect(typeof shown === "string" || Math.abs(Number(shown)) <= Number.MAX_SAFE_INTEGER).toBe(true);
      }),
    );
  });

  it("is scaled exactly", () => {
    const point = { ...FULL, ratio: 0.1, addition: 0.05 };
    expect(toDisplay(point, MAX_UINT64)).toBe("1844674407370955161.55");
    expect(toWire(point, "1844674407370955161.55")).toBe(MAX_UINT64);
    expect(toDisplay({ ...FULL, ratio: 1000 }, 2 ** 53 - 1)).toBe("9007199254740991000");
  });

  it("is out of range by its last digit", () => {
    const profile = parseProfile(wide('{"max":9007199254740993}'), "wide.json");
    expect(findOutOfRange(profile, [9007199254740993n])).toBeUndefined();
    expect(findOutOfRange(profile, [9007199254740994n])).toEqual({
      total: { value: "9007199254740994", min: 0, max: "9007199254740993" },
    });
    expect(limits(profile.datapoints[0] as Datapoint)).toEqual([0, 9007199254740993n]);
  });
});
