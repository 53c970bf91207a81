import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { AGGREGATE_FUNCTIONS } from "../../../../src/cloud/linq/aggregate-functions.js";
import type { SavedState } from "../../../../src/cloud/linq/aggregate-state.js";
import { DistinctState } from "../../../../src/cloud/linq/distinct-state.js";
import { LinqAccumulator } from "../../../../src/cloud/linq/evaluate.js";
import { ExactSum } from "../../../../src/cloud/linq/exact-sum.js";
import type { SavedGroup } from "../../../../src/cloud/linq/group-table.js";
import { QuantileState } from "../../../../src/cloud/linq/quantile-state.js";
import { parseTimeZone } from "../../../../src/cloud/linq/time.js";
import type { LinqRow } from "../../../../src/cloud/linq/value.js";
import { evaluateMeter, METER_ROWS, MONDAY, NOW, planMeter } from "../../../support/linq-meter.js";

const ENVIRONMENT = { now: NOW, zone: parseTimeZone("UTC") };
const NAMES = [...AGGREGATE_FUNCTIONS.keys()];
/** Every aggregate at once, over a number of few digits, by hour and device, with a having. */
const EVERYTHING = `where power > -900 group every 1h by did select ${NAMES.map((name) =>
  name === "percentile" ? "percentile(temp, 33)" : `${name}(temp)`,
).join(", ")} where count() > 0`;

const restart = (groups: Iterable<SavedGroup>): SavedGroup[] => JSON.parse(JSON.stringify([...groups])) as SavedGroup[];

const row = fc
  .record({
    minutes: fc.integer({ min: 0, max: 200 }),
    did: fc.constantFrom("d1", "d2"),
    temp: fc.option(fc.oneof(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.integer({ min: -3, max: 3 }))),
  })
  .map(
    ({ minutes, did, temp }): LinqRow => [
      MONDAY + minutes * 60_000,
      "self",
      did,
      "",
      1,
      temp === null ? null : temp + 0,
      true,
      "",
    ],
  );

describe("LinqAccumulator", () => {
  it("gives what the query gives without it, however the rows are cut, ordered and restarted", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { maxLength: 60 }),
        fc.integer({ min: 0, max: 60 }),
        fc.boolean(),
        async (rows, cut, swap) => {
          const plan = planMeter(EVERYTHING);
          const parts = [rows.slice(0, cut), rows.slice(cut)];
          const [before, after] = (swap ? parts.reverse() : parts) as [LinqRow[], LinqRow[]];
          const first = new LinqAccumulator(plan, ENVIRONMENT);
          await first.add(before.slice(0, 5));
          const second = new LinqAccumulator(plan, ENVIRONMENT, { groups: restart(first.save()) });
          await second.add(before.slice(5));
          const answered = await evaluateMeter(EVERYTHING, after, "UTC", { groups: restart(second.save()) });
          expect(answered).toEqual(await evaluateMeter(EVERYTHING, rows));
        },
      ),
      { numRuns: 150 },
    );
  });

  it("forgets a bucket that is to be computed anew", async () => {
    const accumulator = new LinqAccumulator(planMeter("group every 1h by did select count()"), ENVIRONMENT);
    await accumulator.add(METER_ROWS);
    expect(accumulator.size).toBe(4);
    accumulator.clear(MONDAY);
    expect([...accumulator.save()].map(({ bucket }) => bucket)).toEqual([MONDAY + 3_600_000, MONDAY + 90_000_000]);
    accumulator.clear();
    expect(accumulator.size).toBe(0);
  });

  it.each([
    ["where on", false],
    ["limit 3 group by did", false],
    ["offset 3 group by did", false],
    ["group by did limit 3", true],
    ["where on select power * 2 as x group every 1h by did", true],
  ])("keeps what does not depend on which rows came before: %s", (text, isIncremental) => {
    const plan = planMeter(text);
    expect(plan.isIncremental).toBe(isIncremental);
    if (!isIncremental) expect(() => new LinqAccumulator(plan, ENVIRONMENT)).toThrow(TypeError);
  });

  it("says which period its buckets have", () => {
    expect(planMeter("group every 30m by did every 1h").everyMs).toBe(3_600_000);
    expect(planMeter("group every 30m").everyMs).toBe(1_800_000);
    expect(planMeter("group by did").everyMs).toBe(0);
    expect(planMeter("where on").everyMs).toBeUndefined();
  });

  it.each<[string, SavedGroup]>([
    ["no bucket", { bucket: null, keys: ["d1"], states: [[1]] }],
    ["other keys", { bucket: 0, keys: [], states: [[1]] }],
    ["other aggregates", { bucket: 0, keys: ["d1"], states: [] }],
    ["another state", { bucket: 0, keys: ["d1"], states: [["x"]] }],
  ])("refuses groups of another query: %s", (_what, group) => {
    const plan = planMeter("group every 1h by did select count()");
    expect(() => new LinqAccumulator(plan, ENVIRONMENT, { groups: [group] })).toThrow(
      expect.objectContaining({ code: "linq-state" }),
    );
  });

  it.each(NAMES)("refuses a broken state of %s", (name) => {
    const state = AGGREGATE_FUNCTIONS.get(name)?.start(50);
    expect(() => state?.absorb([{}, "x"] as unknown as SavedState)).not.toThrow(TypeError);
  });
});

describe("ExactSum", () => {
  it("is the rational sum rounded once", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -(2 ** 50), max: 2 ** 50 }), { maxLength: 40 }), (integers) => {
        const sum = new ExactSum();
        // Scaled by different powers of two, so that digits are lost unless every one is kept.
        for (const [index, integer] of integers.entries()) sum.add(integer * 2 ** -((index % 3) * 30));
        const exact = integers.reduce(
          (total, integer, index) => total + BigInt(integer) * 2n ** BigInt(60 - (index % 3) * 30),
          0n,
        );
        expect(sum.value() + 0).toBe(Number(exact) / 2 ** 60 + 0);
      }),
    );
  });
});

describe("QuantileState", () => {
  it("stays within 0.05 % above ten thousand distinct values, in any order", () => {
    const values = Array.from({ length: 30_000 }, (_, index) => 1000 + ((index * 7919) % 30_000) / 7);
    const sorted = values.toSorted((one, other) => one - other);
    const state = new QuantileState(90);
    const reversed = new QuantileState(90);
    for (const value of values) state.add(value);
    for (const value of values.toReversed()) reversed.add(value);
    const exact = sorted[Math.round(0.9 * 29_999)] as number;
    expect(Math.abs((state.result() as number) / exact - 1)).toBeLessThan(0.0006);
    expect(reversed.result()).toBe(state.result());
  });
});

describe("DistinctState", () => {
  it.each([10, 1000, 20_000, 200_000])("counts %i within five standard errors", (count) => {
    const state = new DistinctState("count");
    for (let index = 0; index < count; index += 1) state.add(`device-${index}`);
    expect(Math.abs((state.result() as number) / count - 1)).toBeLessThan(0.08);
  });
});
