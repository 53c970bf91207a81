import { describe, expect, it } from "vitest";
import { calendarBuckets, createBuckets } from "../../../../src/cloud/telemetry/calendar.js";
import type { RetentionLimits } from "../../../../src/cloud/telemetry/retention.js";
import { Zone } from "../../../../src/cloud/telemetry/zone.js";
import { printProfile } from "../../../support/profile-document.js";
import { openReportStore, type ReportStore } from "../../../support/report-store.js";
import { makeTempFolder } from "../../../support/temp-folder.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const START = Date.UTC(2026, 5, 1);
const NOW = START + 10 * DAY_MS;
const UTC = new Zone("UTC");

/** A store with a report every ten minutes of ten days, each one higher, from 0 on. */
function openCounting(): ReportStore {
  const store = openReportStore({ profile: printProfile(), now: NOW });
  for (let number = 0; number < 1440; number += 1) {
    importTarget(store, START + number * 10 * MINUTE_MS, number % 100);
  }
  return store;
}

function importTarget({ telemetry, device, product }: ReportStore, at: number, target: number): void {
  telemetry.importReport(device, product, at, { target });
}

function days(store: ReportStore, aggregator: "sum" | "count" | "last" | "delta", start = START) {
  return store.telemetry
    .aggregate({
      device: store.device,
      datapoints: store.product.profile.datapoints.filter(({ name }) => name === "target"),
      aggregator,
      buckets: calendarBuckets("DAYS", UTC),
      start,
      end: NOW,
    })
    .map(({ values }) => values.target);
}

function countReadings(store: ReportStore): number {
  return [...store.telemetry.readings({ device: store.device, start: 0, end: NOW })].length;
}

describe("retention", () => {
  it("keeps everything until somebody sets a limit", () => {
    const store = openCounting();
    expect(store.telemetry.retention).toEqual({});
    expect(store.telemetry.purge()).toEqual({ logRows: 0, rollups: 0 });
    expect(countReadings(store)).toBe(1440);
  });

  it("drops the log and answers as before from the rollups", () => {
    const store = openCounting();
    const before = (["sum", "count", "last", "delta"] as const).map((aggregator) => days(store, aggregator));
    store.telemetry.limitRetention({ logMs: 2 * DAY_MS });
    const { logRows, rollups } = store.telemetry.purge();
    expect([logRows > 0, rollups]).toEqual([true, 0]);
    expect(countReadings(store)).toBe(2 * 144);
    expect((["sum", "count", "last", "delta"] as const).map((aggregator) => days(store, aggregator))).toEqual(before);
  });

  it("goes by the domain clock, and never has the log back", async () => {
    const store = openCounting();
    store.telemetry.limitRetention({ logMs: 9 * DAY_MS, rollupsMs: 9 * DAY_MS });
    store.telemetry.purge();
    expect(countReadings(store)).toBe(9 * 144);
    await store.clock.advance(DAY_MS);
    store.telemetry.purge();
    expect([countReadings(store), days(store, "count").length]).toEqual([8 * 144, 8]);
    store.telemetry.limitRetention({ logMs: 20 * DAY_MS });
    expect(store.telemetry.purge()).toEqual({ logRows: 0, rollups: 0 });
    importTarget(store, START, 5);
    expect(days(store, "count")[0]).toBe(1);
  });

  it("does not lose a rollup to a rebuild or to a late report", () => {
    const store = openCounting();
    const counts = days(store, "count");
    store.telemetry.limitRetention({ logMs: 2 * DAY_MS });
    store.telemetry.purge();
    store.telemetry.rebuild(store.device.id);
    expect(days(store, "count")).toEqual(counts);
    const rows = store.rollups();
    importTarget(store, START + 5 * MINUTE_MS, 77);
    importTarget(store, START + 3 * MINUTE_MS, 99);
    importTarget(store, START - MINUTE_MS, 50);
    expect(days(store, "count")).toEqual([(counts[0] ?? 0) + 2, ...counts.slice(1)]);
    expect(store.rollups().length).toBe(rows.length + 1);
    // What came late has no log to be computed from: a rebuild leaves it as it is.
    const late = store.rollups();
    store.telemetry.rebuild(store.device.id);
    expect(store.rollups()).toEqual(late);
  });

  it("counts a quarter-hour without a log whole where its first reading lies", () => {
    const store = openCounting();
    store.telemetry.limitRetention({ logMs: 2 * DAY_MS });
    store.telemetry.purge();
    const buckets = createBuckets({ unit: "minute", count: 20, zone: UTC });
    const datapoints = store.product.profile.datapoints.filter(({ name }) => name === "target");
    const ask = (start: number) =>
      store.telemetry
        .aggregate({ device: store.device, datapoints, aggregator: "count", buckets, start, end: START + HOUR_MS })
        .map((bucket) => [(bucket.start - START) / MINUTE_MS, bucket.values.target]);
    // Readings at 0 and 10, at 20, at 30 and 40, at 50.
    expect(ask(START)).toEqual([
      [0, 2],
      [20, 3],
      [40, 1],
    ]);
    expect(ask(START + 5 * MINUTE_MS)).toEqual([
      [20, 3],
      [40, 1],
    ]);
    const percentile = { kind: "percentile", percent: 50 } as const;
    expect(
      store.telemetry.aggregate({
        device: store.device,
        datapoints,
        aggregator: percentile,
        buckets,
        start: START,
        end: START + HOUR_MS,
      }),
    ).toEqual([]);
  });

  it("is stored", () => {
    const folder = makeTempFolder();
    const first = openReportStore({ profile: printProfile(), folder, now: NOW });
    importTarget(first, START, 5);
    first.telemetry.limitRetention({ logMs: DAY_MS, rollupsMs: 30 * DAY_MS });
    first.telemetry.purge();
    first.crash();
    const second = openReportStore({ profile: printProfile(), folder, now: NOW });
    expect(second.telemetry.retention).toEqual({ logMs: DAY_MS, rollupsMs: 30 * DAY_MS });
    second.telemetry.rebuild(second.device.id);
    expect(second.rollups().length).toBe(1);
  });

  it.each<RetentionLimits>([
    { logMs: 15 * MINUTE_MS - 1 },
    { logMs: DAY_MS, rollupsMs: HOUR_MS },
    { rollupsMs: DAY_MS },
  ])("refuses %o", (limits) => {
    const store = openReportStore({ profile: printProfile() });
    const refused = expect.objectContaining({ code: "retention-invalid" });
    expect(() => store.telemetry.limitRetention(limits)).toThrowError(refused);
    expect(store.telemetry.retention).toEqual({});
  });
});
