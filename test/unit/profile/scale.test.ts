import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createSeededRandom } from "../../../src/core/random.js";
import { listShippedProfiles, loadProfile } from "../../../src/lab/profiles.js";
import { parseProfile } from "../../../src/profile/load.js";
import { type Datapoint, findDatapoint } from "../../../src/profile/profile.js";
import {
  decimalsOf,
  displayValues,
  isNumeric,
  roundTo,
  scaleDown,
  scaleDownLikeFirmware,
  scaleUp,
  scaleUpLikeFirmware,
  toDisplay,
  toWire,
  type WireOptions,
  widthLimit,
  wireValues,
} from "../../../src/profile/scale.js";
import { printProfile } from "../../support/profile-document.js";
import { loadValueVectors } from "../../support/vectors.js";

const BENCH = parseProfile(printProfile(), "bench");
const VECTORS = loadValueVectors();

function point(name: string): Datapoint {
  const datapoint = findDatapoint(BENCH, name);
  if (datapoint === undefined) throw new Error(`the bench has no ${name}`);
  return datapoint;
}

/** A number datapoint of this scale, as wide as they come. */
function scaled(ratio: number, addition: number): Datapoint {
  return { ...point("target"), dataType: "uint32", min: 0, max: widthLimit("uint32"), ratio, addition };
}

describe("the firmware's arithmetic (uart.md 4.5)", () => {
  it.each(VECTORS.integer)("gives $out for $fn of $in with ratio $ratio and addition $addition", (vector) => {
    const scale = vector.fn === "y2x" ? scaleDownLikeFirmware : scaleUpLikeFirmware;
    expect(scale(vector.ratio, vector.addition, vector.in)).toBe(vector.out);
  });

  it.each(VECTORS.float32)("truncates $y with ratio $ratio and addition $addition to $x", (vector) => {
    expect(scaleDownLikeFirmware(vector.ratio, vector.addition, vector.y)).toBe(vector.x);
  });

  it("differs from what the cloud intends exactly where float32 falls short", () => {
    expect(VECTORS.float32.map(({ ratio, addition, y }) => scaleDown(scaled(ratio, addition), y))).toEqual([
      366, 201, 13, 806, 849, 916, 1, 551, 129,
    ]);
    const tenth = scaled(0.1, 0);
    expect([toWire(tenth, 36.6), toWire(tenth, 36.6, { rounding: "firmware" })]).toEqual([366, 365]);
    expect([toWire(tenth, -0.04), toWire(tenth, -0.04, { rounding: "firmware" })]).toEqual([0, 0]);
  });
});

describe("displayed numbers", () => {
  it("have the decimals of ratio and addition and no more: 0.1 * 3 is 0.3", () => {
    expect(scaleUp(scaled(0.1, 0), 3)).toBe(0.3);
    expect(scaleUp(scaled(0.01, -2000.5), 12)).toBe(-2000.38);
    expect(scaleUp(scaled(1e-7, 0), 3)).toBe(3e-7);
    expect(scaleUp(scaled(1e20, 0), 300)).toBe(3e22);
  });

  it.each([
    [1, 0, 0],
    [0.01, 0, 2],
    [0.1, -55.25, 2],
    [1e-7, 0, 7],
    [1.5e-7, 0, 8],
    [1e21, 0, 0],
  ])("of ratio %d and addition %d have %i decimals", (ratio, addition, decimals) => {
    expect(decimalsOf(scaled(ratio, addition))).toBe(decimals);
  });

  it.each([
    [0.25, 1, 0.3],
    [-0.25, 1, -0.3],
    [1.005, 2, 1.01],
    [-0.04, 1, 0],
    [2.5, 0, 3],
    [-2.5, 0, -3],
    [4e-7, 7, 4e-7],
    [1.5e300, 2, 1.5e300],
  ])("round %d at %i decimals to %d, halves away from zero", (value, decimals, rounded) => {
    expect(roundTo(value, decimals)).toBe(rounded);
  });

  it("rounds by the decimal digits that a number shows, near a half and far from it", () => {
    const anyTie = fc
      .tuple(fc.integer({ min: 0, max: 2 ** 32 }), fc.integer({ min: 0, max: 9 }))
      .map(([whole, decimals]) => [Number(`${whole}.5e-${decimals}`), decimals] as const);
    // Up to 15 digits, which a number can hold.
    const anyNumber = fc
      .tuple(fc.double({ min: -1, max: 1, noNaN: true }), fc.integer({ min: 0, max: 9 }))
      .map(([part, decimals]) => [part * 10 ** (15 - decimals), decimals] as const);
    fc.assert(
      fc.property(fc.oneof(anyTie, anyNumber), ([value, decimals]) => {
        const [digits = "", exponent = "0"] = String(Math.abs(value)).split("e");
        const [whole = "0", fraction = ""] = digits.split(".");
        const shift = Number(exponent) + decimals;
        // Digits behind the point, so many of them that the shifted point still has some to its right.
        const all = whole + fraction.padEnd(Math.max(0, shift) + 1, "0");
        const point = whole.length + shift;
        const kept = point <= 0 ? 0n : BigInt(all.slice(0, point));
        const isUp = point >= 0 && Number(all[point] ?? "0") >= 5;
        const size = Number(`${kept + (isUp ? 1n : 0n)}e-${decimals}`);
        expect(roundTo(value, decimals)).toBe(value < 0 && size > 0 ? -size : size);
      }),
      { numRuns: 3000 },
    );
  });

  it("are where exact decimal arithmetic puts them, and lead back to the wire", () => {
    const decimal = fc.record({ digits: fc.integer({ min: 1, max: 5000 }), decimals: fc.integer({ min: 0, max: 6 }) });
    const wire = fc.integer({ min: 0, max: 0xffff_ffff });
    const sign = fc.constantFrom(1, -1);
    fc.assert(
      fc.property(decimal, fc.integer({ min: -9_999_999, max: 9_999_999 }), wire, sign, (ratio, addition, x, s) => {
        const { decimals } = ratio;
        const datapoint = scaled(Number(`${s * ratio.digits}e-${decimals}`), Number(`${addition}e-${decimals}`));
        const exact = BigInt(s * ratio.digits) * BigInt(x) + BigInt(addition);
        const y = scaleUp(datapoint, x);
        expect(y).toBe(Number(`${exact}e-${decimals}`));
        expect(toWire(datapoint, y)).toBe(x);
      }),
      { numRuns: 2000, seed: 7 },
    );
  });
});

describe("the datapoints of the shipped profiles", () => {
  it.each(listShippedProfiles())("bring every value there and back: %s", (name) => {
    const { profile } = loadProfile(name);
    const random = createSeededRandom(name);
    for (const datapoint of profile.datapoints) {
      const { dataType, min, max, width } = datapoint;
      for (let round = 0; round < 100; round += 1) {
        const edges = [min, max];
        const raw =
          dataType === "binary" ? random.bytes(width) : (edges[round] ?? random.integer(Number(min), Number(max)));
        expect([datapoint.name, toWire(datapoint, toDisplay(datapoint, raw))]).toEqual([datapoint.name, raw]);
      }
    }
  });
});

describe("toDisplay", () => {
  it("shows bools, labels, numbers and binaries as the cloud does (rest.md 6.2)", () => {
    const raw = [1, 2, 33, Uint8Array.of(0, 0xab, 0xcd, 0xef), 700, 0, undefined];
    expect(displayValues(BENCH, raw)).toEqual({
      power: true,
      mode: "heat",
      target: 20,
      serial: "00abcdef",
      level: 7,
      alert: false,
    });
  });

  it("keeps an index without a label a number", () => {
    expect(toDisplay(point("mode"), 7)).toBe(7);
  });
});

describe("toWire", () => {
  it.each([
    ["power", true, 1],
    ["power", 0, 0],
    ["mode", "dry", 4],
    ["mode", 3, 3],
    ["target", -13, 0],
    ["target", 187, 200],
    ["level", 3.001, 300],
    ["level", 13.9999, 1400],
    ["serial", "00ABcdef", Uint8Array.of(0, 0xab, 0xcd, 0xef)],
  ])("takes %s = %j", (name, value, raw) => {
    expect(toWire(point(name), value)).toEqual(raw);
  });

  it("takes binaries as base64 when asked to (rest.md 6.3)", () => {
    expect(toWire(point("serial"), "AKvN7w==", { binaryCoding: "base64" })).toEqual(Uint8Array.of(0, 171, 205, 239));
  });

  it.each([
    ["power", "true", "attr-type", "true, false, 1 or 0"],
    ["power", 2, "attr-type", "true, false, 1 or 0"],
    ["power", null, "attr-type", "true, false, 1 or 0"],
    ["mode", true, "attr-type", "a label or its index"],
    ["mode", undefined, "attr-type", "a label or its index"],
    ["mode", 5, "attr-range", '"auto", "cool", "heat", "fan", "dry"'],
    ["mode", -1, "attr-range", '"auto"'],
    ["mode", 1.5, "attr-range", '"auto"'],
    ["mode", "1", "attr-range", '"auto"'],
    ["target", "20", "attr-type", "a number"],
    ["target", Number.NaN, "attr-type", "a number"],
    ["target", Number.POSITIVE_INFINITY, "attr-type", "a number"],
    ["target", -14, "attr-range", "-13..187"],
    ["target", 188, "attr-range", "-13..187"],
    ["level", 14.006, "attr-range", "0..14"],
    ["serial", 7, "attr-type", "a hex string"],
    ["serial", "00 11 22 33", "attr-type", "a hex string"],
    ["serial", "0011223", "attr-type", "a hex string"],
    ["serial", "001122", "attr-range", "4 bytes"],
    ["serial", "0011223344", "attr-range", "4 bytes"],
  ])("refuses %s = %j with %s and says what it wants", (name, value, code, expected) => {
    expect(() => toWire(point(name), value)).toThrowError(
      expect.objectContaining({ code, expected: expect.stringContaining(expected), at: { path: name } }),
    );
  });

  it("names the label that was probably meant", () => {
    expect(() => toWire(point("mode"), "heet")).toThrowError(expect.objectContaining({ hint: 'did you mean "heat"?' }));
  });
});

describe("wireValues", () => {
  const refuse = (attrs: Record<string, unknown>, options?: WireOptions) => () => wireValues(BENCH, attrs, options);

  it("leaves what is not named without a value", () => {
    expect(wireValues(BENCH, { target: 0, alert: 1 })).toEqual([undefined, undefined, 13, undefined, undefined, 1]);
  });

  it("refuses a name that the product lacks, with the nearest one", () => {
    expect(refuse({ targett: 1 })).toThrowError(
      expect.objectContaining({ code: "attr-unknown", hint: "did you mean target?", at: { path: "targett" } }),
    );
    expect(refuse({ constructor: 1 })).toThrowError(expect.objectContaining({ code: "attr-unknown" }));
  });

  it.each(["level", "alert", "fault"])("refuses to let an app write %s", (name) => {
    expect(refuse({ [name]: 1 }, { writableOnly: true })).toThrowError(
      expect.objectContaining({ code: "attr-readonly", at: { path: name } }),
    );
    expect(refuse({ [name]: 1 })).not.toThrow();
  });
});

describe("isNumeric", () => {
  it("holds for what can be added up, flags included (rest.md 3.1)", () => {
    expect(BENCH.datapoints.filter(isNumeric).map(({ name }) => name)).toEqual([
      "power",
      "target",
      "level",
      "alert",
      "fault",
    ]);
  });
});
