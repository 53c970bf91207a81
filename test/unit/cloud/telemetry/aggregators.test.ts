import { describe, expect, it } from "vitest";
import type { Aggregator } from "../../../../src/cloud/telemetry/aggregate.js";
import {
  type Buckets,
  calendarBuckets,
  createBuckets,
  type WidthUnit,
  wholeRange,
} from "../../../../src/cloud/telemetry/calendar.js";
import { Zone } from "../../../../src/cloud/telemetry/zone.js";
import { createSeededRandom } from "../../../../src/core/random.js";
import { parseProfile } from "../../../../src/profile/load.js";
import { aggregateSeries, type SeriesQuery } from "../../../support/brute-series.js";
import { BENCH_ATTRS, printProfile } from "../../../support/profile-document.js";
import {
  makeReadings,
  NAMES,
  type Reading,
  SCALES,
  SCALES_PROFILE,
  storeReading,
} from "../../../support/reading-list.js";
import { openReportStore, type ReportStore } from "../../../support/report-store.js";
import { ZONES } from "../../../support/wall-calendar.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const START = Date.UTC(2026, 9, 1, 5, 3, 2, 1);
const END = START + 60 * DAY_MS;
const UTC = new Zone("UTC");
const KINDS = ["count", "first", "last", "delta", "time-average", "percentile"] as const;
/** Of whole quarter-hours, and not. */
const WIDTHS: readonly [WidthUnit, number][] = [
  ["minute", 7],
  ["minute", 15],
  ["minute", 20],
  ["hour", 1],
  ["hour", 5],
  ["day", 1],
  ["day", 3],
  ["week", 1],
  ["month", 1],
];

interface Ask {
  readonly names?: readonly string[];
  readonly aggregator: Aggregator;
  readonly buckets: Buckets;
  readonly start?: number;
  readonly end?: number;
}

function ask({ telemetry, device, product }: ReportStore, { names = NAMES, start = 0, end = END, ...rest }: Ask) {
  const datapoints = product.profile.datapoints.filter(({ name }) => names.includes(name));
  return telemetry.aggregate({ device, datapoints, start, end, ...rest });
}

/** What was read of a datapoint in time order; equal times as they came. */
function pointsOf(readings: readonly Reading[], name: string) {
  const scale = 10 ** (SCALES[name]?.decimals ?? 0);
  return readings
    .flatMap(({ at, values }) => (values[name] === undefined ? [] : [{ at, value: values[name] / scale }]))
    .sort((a, b) => a.at - b.at);
}

describe("the aggregators over reports that came in any order", () => {
  it("answer what going through the list gives, for every width, zone and cut", () => {
    const random = createSeededRandom("aggregators");
    // Days with many reports, and days with none.
    const readings = [
      ...makeReadings(random, 600, START, END),
      ...makeReadings(random, 600, START + 20 * DAY_MS, START + 22 * DAY_MS),
    ];
    const now = END - 3 * DAY_MS;
    const store = openReportStore({ profile: SCALES_PROFILE, now });
    for (const reading of readings) {
      storeReading(store, reading);
      if (random.integer(0, 60) === 0) store.telemetry.latest(store.device.id);
    }
    // The one with a negative ratio counts down, which brute force does not know.
    const names = NAMES.filter((name) => name !== "fall");
    const series = new Map(names.map((name) => [name, pointsOf(readings, name)]));
    let compared = 0;
    for (let round = 0; round < 400; round += 1) {
      const name = random.pick(names);
      const [unit, count] = random.pick(WIDTHS);
      const kind = KINDS[round % KINDS.length] as (typeof KINDS)[number];
      const zoneName = random.pick(ZONES);
      const start = random.integer(START - DAY_MS, END);
      const end = start + random.integer(0, random.pick([HOUR_MS, DAY_MS, 60 * DAY_MS]));
      const zone = new Zone(zoneName);
      const buckets = random.pick([
        createBuckets({ unit, count, zone }),
        ...(unit === "month" ? [] : [createBuckets({ unit, count, zone, origin: start })]),
        wholeRange(start, end),
      ]);
      const maxGapMs = random.pick([5 * MINUTE_MS, 15 * MINUTE_MS, 6 * HOUR_MS, Number.POSITIVE_INFINITY]);
      const percent = random.pick([0, 50, 95, 100, 33.3]);
      const { addition = 0, decimals = 0 } = SCALES[name] ?? {};
      const query: SeriesQuery = {
        ...{ aggregator: kind, buckets, start, end, now, maxGapMs, percent },
        zero: addition / 10 ** decimals,
      };
      const aggregator: Aggregator =
        kind === "time-average" ? { kind, maxGapMs } : kind === "percentile" ? { kind, percent } : kind;
      const found = ask(store, { names: [name], aggregator, buckets, start, end });
      const expected = [...aggregateSeries(series.get(name) ?? [], query)].sort(([a], [b]) => a - b);
      const about = JSON.stringify({ name, unit, count, kind, zoneName, start, end, maxGapMs, percent });
      expect([about, found.map((bucket) => bucket.start)]).toEqual([about, expected.map(([at]) => at)]);
      for (const [index, [, value]] of expected.entries()) {
        const answer = found[index]?.values[name] as number;
        const slack = Math.max(1, Math.abs(value)) * 1e-9;
        expect([about, Math.abs(answer - value) <= slack, answer, value]).toEqual([about, true, answer, value]);
      }
      compared += expected.length;
    }
    expect(compared).toBeGreaterThan(5000);
  });

  it("answer the same from rollups and from the log", () => {
    const random = createSeededRandom("either way");
    const store = openReportStore({ profile: SCALES_PROFILE, now: END });
    for (const reading of makeReadings(random, 1500, START, END)) storeReading(store, reading);
    store.telemetry.latest(store.device.id);
    for (const aggregator of [...KINDS.slice(0, 4), "sum", "avg", "min", "max"] as Aggregator[]) {
      for (const zone of ZONES.map((name) => new Zone(name))) {
        const rolled = ask(store, { aggregator, buckets: calendarBuckets("DAYS", zone) });
        // Buckets of a minute are read from the log; put together by hand they must be those of days.
        const minutes = ask(store, { aggregator, buckets: createBuckets({ unit: "minute", zone }) });
        const days = calendarBuckets("DAYS", zone);
        for (const { start, values } of rolled) {
          const parts = minutes.filter((minute) => days.at(minute.start).start === start);
          for (const [name, value] of Object.entries(values)) {
            const found = parts.flatMap((part) => (part.values[name] === undefined ? [] : [part.values[name]]));
            if (aggregator === "first") expect(found[0]).toBe(value);
            if (aggregator === "last") expect(found.at(-1)).toBe(value);
            if (aggregator === "min") expect(Math.min(...found)).toBe(value);
            if (aggregator === "max") expect(Math.max(...found)).toBe(value);
            if (aggregator === "sum" || aggregator === "count" || aggregator === "delta") {
              expect(Number(found.reduce((sum, part) => sum + part, 0).toFixed(3))).toBe(value);
            }
          }
        }
      }
    }
  });

  it("add up to the same over hours, days and months in every zone", () => {
    const random = createSeededRandom("additive");
    const store = openReportStore({ profile: SCALES_PROFILE, now: END });
    for (const reading of makeReadings(random, 1500, START, END)) storeReading(store, reading);
    for (const zone of ZONES.map((name) => new Zone(name))) {
      for (const aggregator of ["sum", "count", "delta"] as const) {
        const totals = (["HOURS", "DAYS", "WEEKS", "MONTHS"] as const).map((unit) => {
          const buckets = ask(store, { aggregator, buckets: calendarBuckets(unit, zone), start: START + DAY_MS });
          return NAMES.map((name) =>
            Number(buckets.reduce((sum, { values }) => sum + (values[name] ?? 0), 0).toFixed(3)),
          );
        });
        expect(totals.slice(1)).toEqual([totals[0], totals[0], totals[0]]);
      }
    }
  });

  it("do not mind in which order reports came, nor in how many batches", () => {
    const random = createSeededRandom("order");
    const drawn = makeReadings(random, 500, START, START + 3 * DAY_MS);
    const distinct = [...new Map(drawn.map((reading) => [reading.at, reading])).values()];
    const stores = [0, 7, 50].map((batch) => {
      const store = openReportStore({ profile: SCALES_PROFILE, now: END });
      const order = batch === 0 ? distinct.toSorted((a, b) => a.at - b.at) : shuffle(distinct, batch);
      for (const [index, reading] of order.entries()) {
        storeReading(store, reading);
        if (batch > 0 && index % batch === 0) store.telemetry.latest(store.device.id);
      }
      return store;
    });
    for (const aggregator of [...KINDS.slice(0, 4), { kind: "time-average" }] as Aggregator[]) {
      const buckets = createBuckets({ unit: "hour", count: 3, zone: UTC });
      const [first, ...others] = stores.map((store) => ask(store, { aggregator, buckets }));
      for (const other of others) expect(other).toEqual(first);
    }
  });

  function shuffle<T>(items: readonly T[], seed: number): T[] {
    const random = createSeededRandom(`shuffle ${seed}`);
    return items
      .map((item) => [random.integer(0, 1e9), item] as const)
      .sort(([a], [b]) => a - b)
      .map(([, item]) => item);
  }
});

describe("aggregate", () => {
  const at = Date.UTC(2026, 5, 1, 12);
  const hours = createBuckets({ unit: "hour", zone: UTC });

  function openTarget(points: readonly [minutes: number, target: number][], now = END): ReportStore {
    const store = openReportStore({ profile: printProfile(), now });
    for (const [minutes, target] of points) {
      store.telemetry.importReport(store.device, store.product, at + minutes * MINUTE_MS, { target });
    }
    return store;
  }

  function listTargets(store: ReportStore, aggregator: Aggregator, end: number, start = at): [number, number][] {
    return ask(store, { names: ["target"], aggregator, buckets: hours, start, end }).map((bucket) => [
      (bucket.start - at) / HOUR_MS,
      bucket.values.target as number,
    ]);
  }

  it("counts growth over the edge of a bucket, and what grew before the query began not", () => {
    const store = openTarget(
      [
        [0, 10],
        [50, 14],
        [70, 20],
        [100, 2],
        [310, 5],
      ].map(([m, v]) => [m, v] as [number, number]),
    );
    const end = at + DAY_MS;
    // 2 is 15 above the zero of the wire, which shows -13.
    expect(listTargets(store, "delta", end)).toEqual([
      [0, 4],
      [1, 6 + 15],
      [5, 3],
    ]);
    expect(listTargets(store, "delta", end, at + 60 * MINUTE_MS)).toEqual([
      [1, 21],
      [5, 3],
    ]);
    expect(listTargets(store, "delta", end, at + 80 * MINUTE_MS)).toEqual([
      [1, 15],
      [5, 3],
    ]);
  });

  it("holds a value over buckets without a reading until the gap, and not beyond now", () => {
    const points: [number, number][] = [
      [30, 10],
      [45, 20],
      [200, 30],
    ];
    const end = at + 6 * HOUR_MS;
    const held = { kind: "time-average" } as const;
    expect(listTargets(openTarget(points), held, end)).toEqual(
      [
        [0, 15],
        [1, 20],
        [2, 20],
        [3, (20 + 60) / 3],
        [4, 30],
        [5, 30],
      ].map(([h, v]) => [h, v]),
    );
    expect(listTargets(openTarget(points, at + 250 * MINUTE_MS), held, end).at(-1)).toEqual([4, 30]);
    expect(listTargets(openTarget(points), { ...held, maxGapMs: 20 * MINUTE_MS }, end)).toEqual([
      [0, 15],
      [1, 20],
      [3, 30],
    ]);
    expect(listTargets(openTarget(points), held, end, at + 90 * MINUTE_MS)[0]).toEqual([1, 20]);
  });

  it("gives whole buckets, whatever of them the query covers", () => {
    const store = openTarget([[30, 10]]);
    const [bucket] = ask(store, {
      names: ["target"],
      aggregator: "sum",
      buckets: hours,
      start: at + 1,
      end: at + HOUR_MS - 1,
    });
    expect(bucket).toEqual({ start: at, end: at + HOUR_MS, values: { target: 10 } });
  });

  it("goes on counting over a change of scale", () => {
    const attr = (ratio: number) => ({
      ...BENCH_ATTRS.target,
      id: 0,
      uint_spec: { min: 0, max: 200, ratio, addition: 0 },
    });
    const store = openReportStore({ profile: printProfile([attr(1)]), now: END });
    const { telemetry, device } = store;
    telemetry.importReport(device, store.product, at, { target: 10 });
    telemetry.importReport(device, store.product, at + 2, { target: 40 });
    const product = store.products.add("bench", parseProfile(printProfile([attr(2)]), "bench"));
    telemetry.importReport(device, product, at + 1, { target: 30 });
    telemetry.importReport(device, product, at + HOUR_MS, { target: 90 });
    const end = at + 2 * HOUR_MS;
    expect(listTargets(store, "delta", end)).toEqual([
      [0, 30],
      [1, 50],
    ]);
    expect(listTargets(store, "last", end)).toEqual([
      [0, 40],
      [1, 90],
    ]);
  });

  it.each<Aggregator>([
    { kind: "percentile", percent: 101 },
    { kind: "percentile", percent: Number.NaN },
    { kind: "time-average", maxGapMs: 0 },
  ])("refuses %o", (aggregator) => {
    const refused = expect.objectContaining({ code: "aggregator-invalid" });
    expect(() => listTargets(openTarget([]), aggregator, END)).toThrowError(refused);
  });

  it("refuses to hold a value over more buckets than anybody can read", () => {
    const store = openTarget([[0, 10]]);
    const buckets = createBuckets({ unit: "second", zone: UTC });
    const refused = expect.objectContaining({ code: "too-many-buckets" });
    expect(() => ask(store, { names: ["target"], aggregator: { kind: "time-average" }, buckets })).toThrowError(
      refused,
    );
  });
});
