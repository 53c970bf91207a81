import { describe, expect, it } from "vitest";
import type { AggregateQuery } from "../../../../src/cloud/telemetry/aggregate.js";
import { type CalendarUnit, calendarBuckets } from "../../../../src/cloud/telemetry/calendar.js";
import { LOG_KIND } from "../../../../src/cloud/telemetry/log-kind.js";
import { Zone } from "../../../../src/cloud/telemetry/zone.js";
import { createSeededRandom } from "../../../../src/core/random.js";
import { parseProfile } from "../../../../src/profile/load.js";
import { isNumeric } from "../../../../src/profile/scale.js";
import { BENCH_ATTRS, printProfile } from "../../../support/profile-document.js";
import {
  type Aggregate,
  aggregateByHand,
  keyReadings,
  makeReadings,
  NAMES,
  SCALES_PROFILE,
  storeReading,
} from "../../../support/reading-list.js";
import { openReportStore, type ReportStore } from "../../../support/report-store.js";
import { UNITS, WallCalendar, ZONES } from "../../../support/wall-calendar.js";

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 8, 17, 5, 3, 2, 1);
/** Five months with both changes of DST in each of the zones. */
const END = START + 190 * DAY_MS;
const AGGREGATES: readonly Aggregate[] = ["sum", "avg", "min", "max"];
const UTC = new Zone("UTC");

function query(
  store: ReportStore,
  names: readonly string[],
  { unit = "DAYS", zone = UTC, ...rest }: Partial<AggregateQuery> & { unit?: CalendarUnit; zone?: Zone },
) {
  const buckets = store.telemetry.aggregate({
    device: store.device,
    datapoints: store.product.profile.datapoints.filter(({ name }) => names.includes(name)),
    aggregator: "sum",
    buckets: calendarBuckets(unit, zone),
    start: 0,
    end: END,
    ...rest,
  });
  return buckets.map(({ start, values }) => ({ start, values }));
}

describe("the aggregation of months of reports that came in any order", () => {
  it("is what adding up the list by a wall calendar gives, for every unit, zone, aggregator and cut", () => {
    const random = createSeededRandom("aggregate");
    const readings = makeReadings(random, 2500, START, END);
    const store = openReportStore({ profile: SCALES_PROFILE });
    for (const reading of readings) {
      storeReading(store, reading);
      // Reading now and then folds what has come so far, so that later reports are late.
      if (random.integer(0, 60) === 0) store.telemetry.latest(store.device.id);
    }
    for (const zoneName of ZONES) {
      const [zone, wall] = [new Zone(zoneName), new WallCalendar(zoneName)];
      for (const unit of UNITS) {
        const keyed = keyReadings(wall, unit, readings);
        for (let round = 0; round < 12; round += 1) {
          const aggregator = AGGREGATES[round % AGGREGATES.length] as Aggregate;
          const start = random.integer(START - DAY_MS, END);
          const width = random.pick([MINUTE_MS, 20 * MINUTE_MS, DAY_MS, 40 * DAY_MS, END - START]);
          const end = start + random.integer(0, width);
          const names = NAMES.filter(() => random.integer(0, 2) > 0);
          const found = query(store, names, { aggregator, unit, zone, start, end });
          expect({
            zoneName,
            unit,
            aggregator,
            start,
            end,
            found: found.map((b) => [wall.keyAt(unit, b.start), b.values]),
          }).toEqual({
            zoneName,
            unit,
            aggregator,
            start,
            end,
            found: aggregateByHand(keyed, names, aggregator, start, end),
          });
        }
      }
    }
  });
});

describe("aggregate", () => {
  const at = Date.UTC(2026, 5, 1, 12, 7, 30);

  function importTarget(store: ReportStore, times: readonly number[], target = 20): void {
    for (const time of times) store.telemetry.importReport(store.device, store.product, time, { target });
  }

  it("counts the start and not the end, to the millisecond", () => {
    const store = openReportStore({ profile: printProfile() });
    importTarget(store, [at - 1, at, at + 1, at + 2]);
    expect(query(store, ["target"], { start: at, end: at + 2 })).toEqual([
      { start: Date.UTC(2026, 5, 1), values: { target: 40 } },
    ]);
    expect(query(store, ["target"], { start: at, end: at })).toEqual([]);
    expect(query(store, ["target"], { start: at, end: at - DAY_MS })).toEqual([]);
  });

  it("leaves out buckets without a reading, and datapoints without one in a bucket", () => {
    const store = openReportStore({ profile: printProfile() });
    importTarget(store, [at, at + 3 * DAY_MS]);
    store.telemetry.importReport(store.device, store.product, at, { level: 7.25 });
    expect(query(store, ["target", "level"], { aggregator: "avg" })).toEqual([
      { start: Date.UTC(2026, 5, 1), values: { target: 20, level: 7.25 } },
      { start: Date.UTC(2026, 5, 4), values: { target: 20 } },
    ]);
  });

  it("adds up bools and alerts as 0 and 1 (rest.md 3.1)", () => {
    const store = openReportStore({ profile: printProfile() });
    for (const power of [true, false, true]) {
      store.telemetry.importReport(store.device, store.product, at, { power, alert: power });
    }
    expect(query(store, ["power", "alert"], {})[0]?.values).toEqual({ power: 2, alert: 2 });
    expect(query(store, ["power"], { aggregator: "avg" })[0]?.values).toEqual({ power: 2 / 3 });
  });

  it("counts reports only: no controls, comings, read replies, passthrough or frames that do not fit", () => {
    const store = openReportStore({ profile: printProfile() });
    const { device, product, telemetry } = store;
    const status = "00".repeat(10);
    const entry = { deviceId: device.id, at, profileId: product.profileId };
    const add = (kind: keyof typeof LOG_KIND, hex?: string) =>
      telemetry.append({
        ...entry,
        kind: LOG_KIND[kind],
        ...(hex === undefined ? {} : { payload: Buffer.from(hex, "hex") }),
      });
    add("devOnline");
    add("devOffline");
    add("app2dev", `000000030e00009004${status}`);
    add("dev2app", `000000030e00009103${status}`);
    add("dev2app", `000000030600009106aabb`);
    add("dev2app", `000000030d00009104${status.slice(2)}`);
    add("dev2app", "ffff");
    add("imported", "06aabb");
    expect(query(store, ["power", "target"], {})).toEqual([]);
    add("dev2app", `000000030e00009104${status}`);
    expect(query(store, ["power", "target"], {})[0]?.values).toEqual({ power: 0, target: -13 });
  });

  it("keeps devices apart", () => {
    const store = openReportStore({ profile: printProfile() });
    importTarget(store, [at]);
    store.telemetry.importReport({ ...store.device, id: 99 }, store.product, at, { target: 100 });
    expect(query(store, ["target"], {})[0]?.values).toEqual({ target: 20 });
    expect(query(store, ["target"], { device: { ...store.device, id: 99 }, start: at })[0]?.values).toEqual({
      target: 100,
    });
  });

  it("goes on over a changed profile, in rollups and in the log", () => {
    const store = openReportStore({ profile: printProfile() });
    importTarget(store, [at, at + DAY_MS]);
    const { power, mode, target, level } = BENCH_ATTRS;
    const [extra, ...others] = [{ ...power, name: "extra" }, power, mode, target, level].map((attr, id) => ({
      ...attr,
      id,
      position: undefined,
    }));
    const product = store.products.add("bench", parseProfile(printProfile([extra, ...others]), "bench"));
    store.telemetry.importReport(store.device, product, at + 1, { target: 30 });
    const datapoints = product.profile.datapoints.filter(isNumeric);
    for (const start of [0, at - 1]) {
      expect(query(store, [], { datapoints, start, end: at + 60_000 })).toEqual([
        { start: Date.UTC(2026, 5, 1), values: { target: 50 } },
      ]);
    }
  });

  it("refuses to make more buckets than anybody can read", () => {
    const store = openReportStore({ profile: printProfile([BENCH_ATTRS.power]) });
    const insert = store.database.prepare("INSERT INTO rollups VALUES (1, $id, $at, 1, 1, 1, 1, $at, 1, $at, 1, 0, 0)");
    const id = store.product.rollupIds[0];
    store.database.transaction(() => {
      for (let hour = 0; hour <= 200_000; hour += 1) insert.run({ id, at: hour * 60 * MINUTE_MS });
      const stale = store.database.prepare("INSERT INTO stale_hours VALUES (1, ?, ?)");
      for (let day = 0; day <= 200_000 / 24; day += 4) stale.run(id, day * 24 * 60 * MINUTE_MS);
    })();
    const rest = { unit: "HOURS", end: 200_001 * 60 * MINUTE_MS } as const;
    expect(() => query(store, ["power"], rest)).toThrowError(expect.objectContaining({ code: "too-many-buckets" }));
  });
});
