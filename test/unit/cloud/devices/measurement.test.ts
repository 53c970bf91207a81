import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  MEASUREMENT_LIMIT,
  measurementVersion,
  packMeasurement,
  readMeasurement,
  roundMeasurement,
} from "../../../../src/cloud/devices/measurement.js";
import { displayValues } from "../../../../src/profile/scale.js";

/** A number through a log entry and back, as a reader sees it. */
function travel(value: number): unknown {
  const { profileId, payload } = packMeasurement(value);
  const version = measurementVersion(profileId);
  if (version === undefined) throw new Error("no version");
  return displayValues(version.profile, [readMeasurement(payload)]).value;
}

/** Decimals of at most 15 significant digits, the most that a double surely holds. */
const DECIMALS = fc
  .tuple(fc.integer({ min: 0, max: 999_999_999_999_999 }), fc.integer({ min: 0, max: 15 }), fc.boolean())
  .map(([digits, decimals, isNegative]) => Number(`${isNegative ? "-" : ""}${digits}e-${decimals}`));

describe("a measurement", () => {
  it("comes out of the log as it went in", () => {
    fc.assert(
      fc.property(DECIMALS, (value) => {
        expect(roundMeasurement(value)).toBe(value || 0);
        expect(travel(value || 0)).toBe(value || 0);
      }),
      { numRuns: 2000 },
    );
  });

  it("is a whole number in the log, small enough to be added up exactly", () => {
    fc.assert(
      fc.property(DECIMALS, (value) => {
        const x = readMeasurement(packMeasurement(value).payload);
        expect(Number.isSafeInteger(x)).toBe(true);
        expect(Math.abs(x)).toBeLessThan(MEASUREMENT_LIMIT);
      }),
      { numRuns: 2000 },
    );
  });

  it("keeps 15 significant digits and 15 decimals of any number", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, min: -1e14, max: 1e14 }), (value) => {
        const kept = roundMeasurement(value);
        expect(Math.abs(kept - value)).toBeLessThanOrEqual(Math.max(Math.abs(value) * 5.1e-15, 5.1e-16));
        expect(travel(kept)).toBe(kept);
      }),
    );
    expect([0.1 + 0.2, 23.700000000000003, -0, 1e-16, 2 ** -70].map(roundMeasurement)).toEqual([0.3, 23.7, 0, 0, 0]);
  });

  it("of a usual sensor stays of one scale", () => {
    const scales = [12, 12.5, 12.25, -0.125, 0, 100_000].map((value) => packMeasurement(value).profileId);
    expect(new Set(scales).size).toBe(1);
  });

  it("has no version of a profile that the store has", () => {
    for (const id of [0, 1, 2, 1000, -1, 2 ** 31, Number.NaN]) expect(measurementVersion(id)).toBeUndefined();
  });
});
