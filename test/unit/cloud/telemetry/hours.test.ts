import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MIGRATIONS } from "../../../../src/cloud/store/migrations.js";
import { calendarBuckets, wholeRange } from "../../../../src/cloud/telemetry/calendar.js";
import { Zone } from "../../../../src/cloud/telemetry/zone.js";
import { createSeededRandom } from "../../../../src/core/random.js";
import { wireValues } from "../../../../src/profile/scale.js";
import { aggregateSeries } from "../../../support/brute-series.js";
import {
  attrsOf,
  makeReadings,
  NAMES,
  type Reading,
  SCALES,
  SCALES_PROFILE,
  storeReading,
} from "../../../support/reading-list.js";
import { openReportStore, type ReportStore } from "../../../support/report-store.js";
import { makeTempFolder } from "../../../support/temp-folder.js";
import { ZONES } from "../../../support/wall-calendar.js";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** Over the change of DST of Europe, Lord Howe and America, and over the end of the year. */
const START = Date.UTC(2026, 9, 1, 5, 3, 2, 1);
const END = START + 100 * DAY_MS;
const UNITS = ["HOURS", "DAYS", "WEEKS", "MONTHS"] as const;
const AGGREGATORS = ["count", "first", "last", "delta", "time-average"] as const;

type AskOptions = {
  readonly unit: (typeof UNITS)[number];
  readonly zone: string;
  readonly start: number;
  readonly end: number;
};

function backfill({ telemetry, device, product }: ReportStore, readings: readonly Reading[]): void {
  telemetry.backfill(
    readings.map(({ at, values }) => ({
      deviceId: device.id,
      product,
      at,
      values: wireValues(product.profile, attrsOf(values)),
    })),
  );
}

/** Asks for one datapoint, and goes through the list of what was stored for the same. */
function expectAnswer(
  { telemetry, device, product, clock }: ReportStore,
  readings: readonly Reading[],
  aggregator: (typeof AGGREGATORS)[number],
  { unit, zone, start, end }: AskOptions,
): void {
  const buckets = calendarBuckets(unit, new Zone(zone));
  for (const name of ["energy", "temperature"]) {
    const answer = telemetry.aggregate({
      device,
      datapoints: product.profile.datapoints.filter((datapoint) => datapoint.name === name),
      aggregator: aggregator === "time-average" ? { kind: "time-average" } : aggregator,
      buckets,
      start,
      end,
    });
    const scale = 10 ** (SCALES[name]?.decimals ?? 0);
    const points = readings
      .flatMap(({ at, values }) => (values[name] === undefined ? [] : [{ at, value: values[name] / scale }]))
      .sort((a, b) => a.at - b.at);
    const rest = { buckets, start, end, now: clock.now(), maxGapMs: Number.POSITIVE_INFINITY, percent: 0 };
    const zero = (SCALES[name]?.addition ?? 0) / scale;
    const wanted = [...aggregateSeries(points, { ...rest, aggregator, zero })].sort((a, b) => a[0] - b[0]);
    expect(answer.map((bucket) => bucket.start)).toEqual(wanted.map(([at]) => at));
    answer.forEach((bucket, index) => {
      expect(bucket.values[name], `${name} ${aggregator}`).toBeCloseTo(wanted[index]?.[1] as number, 5);
    });
  }
}

/** What the kept hours say after they were asked for. */
function keptHours({ database, telemetry, device, product }: ReportStore) {
  telemetry.aggregate({
    device,
    datapoints: product.profile.datapoints.filter(({ name }) => NAMES.includes(name)),
    aggregator: "delta",
    buckets: calendarBuckets("HOURS", new Zone("UTC")),
    start: START - 40 * DAY_MS,
    end: END + 40 * DAY_MS,
  });
  // Of those that are stale one may be left so, and is then of no account.
  const rows = database
    .prepare<[], { datapoint_id: number; page: number; sums: Uint8Array; ends: Uint8Array }>(
      "SELECT * FROM rollup_hours WHERE (datapoint_id, page) NOT IN (SELECT datapoint_id, page FROM stale_hours)",
    )
    .all();
  return new Map(
    rows.map((row) => [`${row.datapoint_id} ${row.page}`, [numbersOf(row.sums), numbersOf(row.ends)]] as const),
  );
}

function numbersOf(bytes: Uint8Array): number[] {
  return [...new Float64Array(Uint8Array.from(bytes).buffer)];
}

describe("the hours beside the quarter-hours", () => {
  it("answer what going through the list gives, whatever is written, asked, rebuilt and opened again in between", () => {
    const anyStep = fc.record({
      kind: fc.constantFrom("live", "live", "bulk", "bulk", "ask", "ask", "rebuild", "reload"),
      from: fc.integer({ min: 0, max: 99 }),
      days: fc.constantFrom(1, 3, 30, 100),
      count: fc.integer({ min: 1, max: 40 }),
      unit: fc.constantFrom(...UNITS),
      zone: fc.constantFrom(...ZONES),
      aggregator: fc.constantFrom(...AGGREGATORS),
      seed: fc.nat(),
    });
    fc.assert(
      fc.property(fc.array(anyStep, { minLength: 4, maxLength: 25 }), (steps) => {
        const store = openReportStore({ profile: SCALES_PROFILE, now: END });
        const readings: Reading[] = [];
        for (const { kind, from, days, count, unit, zone, aggregator, seed } of steps) {
          const random = createSeededRandom(seed);
          const start = START + from * DAY_MS;
          const end = Math.min(start + days * DAY_MS, END);
          if (kind === "live" || kind === "bulk") {
            const made = makeReadings(random, count, start, end).map((reading) => ({ ...reading, isWhole: false }));
            readings.push(...made);
            if (kind === "bulk") backfill(store, made);
            else for (const reading of made) storeReading(store, reading);
          } else if (kind === "rebuild") store.telemetry.rebuild(store.device.id);
          else if (kind === "reload") {
            store.telemetry.flush();
            store.telemetry.reload();
          } else {
            const cut = random.pick([0, random.integer(0, DAY_MS)]);
            expectAnswer(store, readings, aggregator, { unit, zone, start: start + cut, end });
          }
        }
        expectAnswer(store, readings, "delta", { unit: "DAYS", zone: "Europe/Berlin", start: START, end: END });
        store.database.close();
      }),
      { numRuns: 40 },
    );
  });

  it("add up to the same by hours, days, weeks and months, in every zone and for every cut", () => {
    const random = createSeededRandom("adding up");
    const store = openReportStore({ profile: SCALES_PROFILE, now: END });
    const readings = makeReadings(random, 3000, START, END);
    for (const reading of readings) storeReading(store, reading);
    const { telemetry, device, product } = store;
    const datapoints = product.profile.datapoints.filter(({ name }) => name === "energy");
    const anyRange = fc.tuple(fc.integer({ min: START, max: END }), fc.integer({ min: START, max: END }));
    fc.assert(
      fc.property(anyRange, fc.constantFrom(...ZONES), fc.constantFrom("sum", "count"), (ends, zone, aggregator) => {
        const [start = 0, end = 0] = [...ends].sort((a, b) => a - b);
        const inside = readings.filter(({ at, values }) => at >= start && at < end && values.energy !== undefined);
        const total = inside.reduce((sum, { values }) => sum + (values.energy ?? 0), 0);
        for (const unit of UNITS) {
          const buckets = calendarBuckets(unit, new Zone(zone));
          const parts = telemetry.aggregate({ device, datapoints, aggregator, buckets, start, end });
          // In thousandths, so that adding is exact.
          const added = parts.reduce((sum, { values }) => sum + Math.round((values.energy ?? 0) * 1000), 0);
          expect(added).toBe(aggregator === "sum" ? total : inside.length * 1000);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("are the same whatever the order in which reports come, and after a rebuild", () => {
    const readings = makeReadings(createSeededRandom("orders"), 400, START, END).map(
      // Readings of one instant keep the order of their arrival: here there are none.
      (reading, index) => ({ ...reading, at: reading.at - (reading.at % 1000) + index }),
    );
    const stores = ["one", "two", "three"].map((seed) => {
      const random = createSeededRandom(seed);
      const store = openReportStore({ profile: SCALES_PROFILE, now: END });
      const order = new Map(readings.map((reading) => [reading, random.next()]));
      const shuffled = [...readings].sort((a, b) => (order.get(a) ?? 0) - (order.get(b) ?? 0));
      for (let at = 0; at < shuffled.length; ) {
        const part = shuffled.slice(at, at + random.integer(1, 60));
        at += part.length;
        if (random.integer(0, 1) === 0) backfill(store, part);
        else for (const reading of part) storeReading(store, { ...reading, isWhole: false });
        if (random.integer(0, 2) === 0) keptHours(store);
      }
      return store;
    });
    const [first, ...others] = stores as [ReportStore, ...ReportStore[]];
    const answers = stores.map((store) =>
      store.telemetry.aggregate({
        device: store.device,
        datapoints: store.product.profile.datapoints.filter(({ name }) => NAMES.includes(name)),
        aggregator: "delta",
        buckets: calendarBuckets("DAYS", new Zone("Asia/Shanghai")),
        start: START,
        end: END,
      }),
    );
    for (const other of others) expect(other.rollups()).toEqual(first.rollups());
    for (const answer of answers) expect(answer).toEqual(answers[0]);
    const [hours, rollups] = [keptHours(first), first.rollups()];
    expect(hours.size).toBeGreaterThan(50);
    first.telemetry.rebuild(first.device.id);
    expect(first.rollups()).toEqual(rollups);
    const rebuilt = keptHours(first);
    expect(rebuilt.size).toBeGreaterThan(50);
    for (const [key, page] of rebuilt) if (hours.has(key)) expect(page).toEqual(hours.get(key));
  });

  it("forget what retention drops, in the middle of a page too", () => {
    const store = openReportStore({ profile: SCALES_PROFILE, now: END });
    const readings = makeReadings(createSeededRandom("retention"), 800, START, END);
    backfill(store, readings);
    const left = 33 * DAY_MS + 7 * HOUR_MS;
    keptHours(store);
    store.telemetry.limitRetention({ logMs: left, rollupsMs: left });
    store.telemetry.purge();
    const kept = readings.filter(({ at }) => at >= Math.floor((END - left) / 900_000) * 900_000);
    expectAnswer(store, kept, "count", { unit: "HOURS", zone: "Europe/Berlin", start: START, end: END });
    expectAnswer(store, kept, "count", { unit: "MONTHS", zone: "UTC", start: START, end: END });
    const late: Reading = { at: START, isWhole: false, values: { energy: 1, temperature: 1 } };
    storeReading(store, late);
    expectAnswer(store, [late, ...kept], "count", { unit: "DAYS", zone: "UTC", start: START, end: END });
  });

  it("are made for a store of an earlier version when it is first asked", () => {
    const folder = makeTempFolder();
    const readings = makeReadings(createSeededRandom("earlier"), 500, START - 300 * DAY_MS, START);
    const old = openReportStore({ profile: SCALES_PROFILE, folder });
    backfill(old, readings);
    const { telemetry, database } = old;
    telemetry.close();
    const before = MIGRATIONS.findIndex((sql) => sql.includes("CREATE TABLE stale_hours"));
    database.exec(`DROP TABLE rollup_hours; DROP TABLE stale_hours; PRAGMA user_version = ${before}`);
    old.crash();
    const store = openReportStore({ profile: SCALES_PROFILE, folder, now: END });
    const range = { zone: "UTC", start: START - 301 * DAY_MS, end: START + DAY_MS };
    for (const unit of UNITS) expectAnswer(store, readings, "delta", { unit, ...range });
    expect(store.database.prepare("SELECT count(*) AS pages FROM rollup_hours").get()).not.toEqual({ pages: 0 });
  });

  it("of an earlier version are taken over when their table is made anew", () => {
    const folder = makeTempFolder();
    const readings = makeReadings(createSeededRandom("rows"), 500, START - 300 * DAY_MS, START);
    const old = openReportStore({ profile: SCALES_PROFILE, folder, now: END });
    backfill(old, readings);
    keptHours(old);
    const pagesOf = ({ database }: ReportStore) =>
      database.prepare("SELECT device_id, datapoint_id, page, hex(sums), hex(ends) FROM rollup_hours").all();
    const pages = pagesOf(old);
    expect(pages.length).toBeGreaterThan(100);
    old.telemetry.close();
    const before = MIGRATIONS.findIndex((sql) => sql.includes("DROP TABLE keyed_hours"));
    old.database.pragma(`user_version = ${before}`);
    old.crash();
    const store = openReportStore({ profile: SCALES_PROFILE, folder, now: END });
    expect(pagesOf(store)).toEqual(pages);
    const range = { zone: "UTC", start: START - 301 * DAY_MS, end: START + DAY_MS };
    for (const unit of UNITS) expectAnswer(store, readings, "delta", { unit, ...range });
  });

  it("are left alone by a fold that fails", () => {
    const store = openReportStore({ profile: SCALES_PROFILE, now: END });
    const readings = makeReadings(createSeededRandom("fails"), 300, START, END);
    backfill(store, readings);
    keptHours(store);
    const pages = Number(store.database.pragma("page_count", { simple: true }));
    store.database.pragma(`max_page_count = ${pages}`);
    const more = makeReadings(createSeededRandom("more"), 3000, START, END);
    expect(() => backfill(store, more)).toThrow();
    store.database.pragma("max_page_count = 1000000");
    expectAnswer(store, readings, "delta", { unit: "DAYS", zone: "UTC", start: START, end: END });
    backfill(store, more);
    expectAnswer(store, [...readings, ...more], "delta", { unit: "DAYS", zone: "UTC", start: START, end: END });
  });

  it("notice a report into a page that was just computed", () => {
    const store = openReportStore({ profile: SCALES_PROFILE, now: END });
    const say = (day: number, energy: number): Reading => ({
      at: START + day * DAY_MS,
      isWhole: false,
      values: { energy, temperature: 1 },
    });
    const range = { unit: "DAYS", zone: "UTC", start: START, end: END } as const;
    const readings = [say(50, 1000)];
    backfill(store, readings);
    store.telemetry.reload();
    for (const energy of [2000, 3000, 4000]) {
      readings.push(say(10, energy));
      backfill(store, readings.slice(-1));
      expectAnswer(store, readings, "delta", range);
      expectAnswer(store, readings, "count", range);
    }
  });

  it("hold a value on over many pages without a reading", () => {
    const store = openReportStore({ profile: SCALES_PROFILE, now: END });
    const readings: Reading[] = [
      { at: START, isWhole: false, values: { energy: 5000, temperature: 100 } },
      { at: END - DAY_MS, isWhole: false, values: { energy: 9000, temperature: 200 } },
    ];
    backfill(store, readings);
    for (const unit of UNITS)
      expectAnswer(store, readings, "time-average", { unit, zone: "UTC", start: START, end: END });
    const { telemetry, device, product } = store;
    const [whole] = telemetry.aggregate({
      device,
      datapoints: product.profile.datapoints.filter(({ name }) => name === "energy"),
      aggregator: { kind: "time-average", maxGapMs: HOUR_MS },
      buckets: wholeRange(START, END),
      start: START,
      end: END,
    });
    expect(whole?.values.energy).toBe(7);
  });
});
