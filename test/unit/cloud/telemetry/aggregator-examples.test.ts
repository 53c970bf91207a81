import { describe, expect, it } from "vitest";
import type { Aggregator } from "../../../../src/cloud/telemetry/aggregate.js";
import { type Buckets, createBuckets } from "../../../../src/cloud/telemetry/calendar.js";
import { Zone } from "../../../../src/cloud/telemetry/zone.js";
import { parseProfile } from "../../../../src/profile/load.js";
import { printProfile } from "../../../support/profile-document.js";
import { openReportStore, type ReportStore } from "../../../support/report-store.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const END = Date.UTC(2026, 10, 30);
const UTC = new Zone("UTC");

interface Ask {
  readonly aggregator: Aggregator;
  readonly buckets: Buckets;
  readonly start?: number;
  readonly end?: number;
}

function ask({ telemetry, device, product }: ReportStore, { start = 0, end = END, ...rest }: Ask) {
  const datapoints = product.profile.datapoints.filter(({ name }) => name === "target");
  return telemetry.aggregate({ device, datapoints, start, end, ...rest });
}

describe("one datapoint's buckets", () => {
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
    return ask(store, { aggregator, buckets: hours, start, end }).map((bucket) => [
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
      aggregator: "sum",
      buckets: hours,
      start: at + 1,
      end: at + HOUR_MS - 1,
    });
    expect(bucket).toEqual({ start: at, end: at + HOUR_MS, values: { target: 10 } });
  });

  it("goes on counting over a change of scale", () => {
    const attr = (ratio: number) => ({
      ...{ name: "target", type: "status_readonly", data_type: "uint8" },
      uint_spec: { min: 0, max: 100, ratio, addition: 0 },
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
    expect(() => ask(store, { aggregator: { kind: "time-average" }, buckets })).toThrowError(refused);
  });
});
