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
import { aggregateSeries, type SeriesQuery } from "../../../support/brute-series.js";
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
