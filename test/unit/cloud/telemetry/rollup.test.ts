import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  addReading,
  BUCKET_MS,
  bucketOf,
  mergeRollups,
  type Rollup,
  startRollup,
} from "../../../../src/cloud/telemetry/rollup.js";
import { createSeededRandom } from "../../../../src/core/random.js";
import {
  makeReadings,
  NAMES,
  type Reading,
  SCALES,
  SCALES_PROFILE,
  storeReading,
} from "../../../support/reading-list.js";
import { openReportStore, type ReportStore } from "../../../support/report-store.js";

const AT = Date.UTC(2026, 5, 1, 12);

/** What one datapoint read, and when; in time order, equal times included. */
type Point = readonly [at: number, value: number];

const anyPoints: fc.Arbitrary<Point[]> = fc
  .array(fc.tuple(fc.integer({ min: 0, max: 60 }), fc.integer({ min: 0, max: 0xffff_ffff })), {
    minLength: 1,
    maxLength: 30,
  })
  .map((points) => points.map(([at, value]): Point => [AT + at, value]).sort((a, b) => a[0] - b[0]));

/** The rollup of points in time order, by its definition. */
function rollUpByHand(points: readonly Point[]): Rollup {
  const values = points.map(([, value]) => value);
  const [firstT, firstV] = points[0] as Point;
  const [lastT, lastV] = points.at(-1) as Point;
  let delta = 0;
  let integral = 0;
  for (let index = 1; index < values.length; index += 1) {
    const [before = 0, now = 0] = [values[index - 1], values[index]];
    const [from, to] = [points[index - 1], points[index]] as [Point, Point];
    integral += before * (to[0] - from[0]);
    delta += now < before ? now : now - before;
  }
  const sum = values.reduce((total, value) => total + value, 0);
  return {
    count: values.length,
    sum,
    min: Math.min(...values),
    max: Math.max(...values),
    firstT,
    firstV,
    lastT,
    lastV,
    delta,
    integral,
  };
}

/** The rollup of points as readings come in. */
function rollUp(points: readonly Point[]): Rollup {
  const [[at, value], ...rest] = points as [Point, ...Point[]];
  const rollup = startRollup(at, value);
  for (const [time, reading] of rest) addReading(rollup, time, reading);
  return rollup;
}

describe("a rollup", () => {
  it("is what its definition says", () => {
    fc.assert(
      fc.property(anyPoints, (points) => {
        expect(rollUp(points)).toEqual(rollUpByHand(points));
      }),
    );
  });

  it("is the same however its readings are split and the parts merged", () => {
    fc.assert(
      fc.property(anyPoints, fc.infiniteStream(fc.nat()), (points, cuts) => {
        const whole = rollUp(points);
        const mergeSplit = (part: readonly Point[]): Rollup => {
          const cut = Number(cuts.next().value) % part.length;
          if (cut === 0) return rollUp(part);
          return mergeRollups(mergeSplit(part.slice(0, cut)), mergeSplit(part.slice(cut)));
        };
        expect(mergeSplit(points)).toEqual(whole);
        const singles = points.map(([at, value]) => startRollup(at, value));
        expect(singles.reduce(mergeRollups)).toEqual(whole);
        expect(singles.reduceRight((later, earlier) => mergeRollups(earlier, later))).toEqual(whole);
      }),
    );
  });

  it("does not change the parts it is merged from", () => {
    const [earlier, later] = [rollUp([[AT, 1]]), rollUp([[AT + 1, 2]])];
    mergeRollups(earlier, later);
    expect([earlier, later]).toEqual([rollUp([[AT, 1]]), rollUp([[AT + 1, 2]])]);
  });

  it.each([
    ["a counter that only counts up", [100, 150, 150, 175], 75],
    ["a reset to zero", [100, 150, 0, 20], 70],
    ["a reset seen only later", [100, 150, 30], 80],
    ["two resets", [5, 9, 2, 4, 1], 9],
    ["one reading", [100], 0],
    ["no growth at all", [7, 7, 7], 0],
  ])("measures the growth of %s", (_what, values, delta) => {
    const points = values.map((value, index): Point => [AT + index, value]);
    expect(rollUp(points).delta).toBe(delta);
    const halves = [points.slice(0, 2), points.slice(2)].filter((half) => half.length > 0);
    expect(halves.map(rollUp).reduce(mergeRollups).delta).toBe(delta);
  });

  it.each([
    [AT, AT],
    [AT + BUCKET_MS - 1, AT],
    [AT + BUCKET_MS, AT + BUCKET_MS],
    [-1, -BUCKET_MS],
    [-BUCKET_MS, -BUCKET_MS],
  ])("of an instant %i begins at %i", (at, start) => {
    expect(bucketOf(at)).toBe(start);
  });
});

/** The rows that readings ought to give, in the order of arrival where times are equal. */
function rollUpReadings({ device, product }: ReportStore, readings: readonly Reading[]) {
  const rows: Record<string, number | null>[] = [];
  NAMES.forEach((name, index) => {
    const { ratio, addition } = SCALES[name] as { ratio: number; addition: number };
    const points = readings
      .filter(({ values }) => values[name] !== undefined)
      .map(({ at, values }): Point => [at, Math.abs(((values[name] as number) - addition) / ratio)])
      .sort((a, b) => a[0] - b[0]);
    for (const bucket of new Set(points.map(([at]) => bucketOf(at)))) {
      const { firstT, firstV, lastT, lastV, ...rest } = rollUpByHand(points.filter(([at]) => bucketOf(at) === bucket));
      const row = { ...rest, first_t: firstT, first_v: firstV, last_t: lastT, last_v: lastV };
      rows.push({ device_id: device.id, datapoint_id: product.rollupIds[index] ?? 0, bucket, ...row });
    }
  });
  return rows.sort((a, b) => (a.datapoint_id ?? 0) - (b.datapoint_id ?? 0) || (a.bucket ?? 0) - (b.bucket ?? 0));
}

describe("the stored rollups", () => {
  /** How readings arrive; how often what has come is folded, once in so many readings. */
  it.each([
    ["in time order, folded one by one", true, 1],
    ["in time order, folded in batches", true, 9],
    ["in any order, folded one by one", false, 1],
    ["in any order, folded in batches", false, 25],
    ["in any order, folded at the end", false, Number.POSITIVE_INFINITY],
  ])("are what the definition says and what a rebuild gives, when readings come %s", (_what, isOrdered, every) => {
    const random = createSeededRandom(`rollups ${every}`);
    const store = openReportStore({ profile: SCALES_PROFILE });
    const drawn = makeReadings(random, 400, AT, AT + 12 * BUCKET_MS);
    const readings = isOrdered ? drawn.sort((a, b) => a.at - b.at) : drawn;
    for (const [index, reading] of readings.entries()) {
      storeReading(store, reading);
      if ((index + 1) % every === 0) store.telemetry.latest(store.device.id);
    }
    store.telemetry.latest(store.device.id);
    const incremental = store.rollups();
    expect(incremental).toEqual(rollUpReadings(store, readings));
    store.telemetry.rebuild(store.device.id);
    expect(store.rollups()).toEqual(incremental);
  });

  it("are rebuilt for times before 1970, too", () => {
    const store = openReportStore({ profile: SCALES_PROFILE });
    const readings = makeReadings(createSeededRandom("past"), 60, -3 * BUCKET_MS, 3 * BUCKET_MS);
    for (const reading of readings) storeReading(store, reading);
    store.telemetry.rebuild(store.device.id);
    expect(store.rollups()).toEqual(rollUpReadings(store, readings));
  });

  it("count a report that came twice twice, as the log does", () => {
    const store = openReportStore({ profile: SCALES_PROFILE });
    for (let time = 0; time < 2; time += 1) {
      storeReading(store, { at: AT, isWhole: true, values: { on: 1, speed: 5, fall: 5, temperature: 0, energy: 7 } });
    }
    store.telemetry.latest(store.device.id);
    expect(new Set(store.rollups().map(({ count }) => count))).toEqual(new Set([2]));
  });

  it("are rebuilt for the one device that was asked for", () => {
    const store = openReportStore({ profile: SCALES_PROFILE });
    for (const id of [store.device.id, 77]) {
      store.telemetry.importReport({ ...store.device, id }, store.product, AT, { speed: 5 });
    }
    store.telemetry.latest(77);
    store.database.exec("UPDATE rollups SET sum = 99");
    store.telemetry.rebuild(77);
    expect(store.rollups().map(({ device_id, sum }) => [device_id, sum])).toEqual([
      [store.device.id, 99],
      [77, 10],
    ]);
  });
});
