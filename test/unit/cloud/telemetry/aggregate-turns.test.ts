import { describe, expect, it } from "vitest";
import type { Aggregator } from "../../../../src/cloud/telemetry/aggregate.js";
import { createBuckets, type WidthUnit, wholeRange } from "../../../../src/cloud/telemetry/calendar.js";
import { Zone } from "../../../../src/cloud/telemetry/zone.js";
import { createSeededRandom } from "../../../../src/core/random.js";
import { longestHold } from "../../../support/event-loop.js";
import { makeReadings, SCALES_PROFILE, storeReading } from "../../../support/reading-list.js";
import { openReportStore } from "../../../support/report-store.js";

const DAY_MS = 86_400_000;
const START = Date.UTC(2026, 0, 1, 0, 5);
const END = START + 400 * DAY_MS;
const BERLIN = new Zone("Europe/Berlin");
const KINDS: readonly Aggregator[] = [
  "sum",
  "avg",
  "min",
  "count",
  "first",
  "last",
  "delta",
  { kind: "time-average" },
  { kind: "percentile", percent: 90 },
];
const WIDTHS: readonly [WidthUnit, number][] = [
  ["minute", 7],
  ["hour", 1],
  ["day", 1],
  ["month", 1],
];

function openYear(count: number) {
  const store = openReportStore({ profile: SCALES_PROFILE, now: END });
  for (const reading of makeReadings(createSeededRandom("turns"), count, START, END)) storeReading(store, reading);
  const datapoints = store.product.profile.datapoints.filter(({ name }) => name === "energy" || name === "fall");
  return { telemetry: store.telemetry, whose: { device: store.device, datapoints } };
}

describe("an answer that is worked out in turns", () => {
  it.each(WIDTHS)("is the answer at once, by %s times %i", async (unit, count) => {
    const { telemetry, whose } = openYear(3000);
    const buckets = createBuckets({ unit, count, zone: BERLIN });
    // Held over empty buckets, seven minutes of a year are too many.
    const [start, end] = unit === "minute" ? [START + 9, START + 100 * DAY_MS + 77] : [START + 9, END - 77];
    for (const aggregator of KINDS) {
      const query = { ...whose, aggregator, buckets, start, end };
      const atOnce = telemetry.aggregate(query);
      expect(atOnce.length).toBeGreaterThan(10 / count);
      expect(await telemetry.aggregateInTurns(query)).toEqual(atOnce);
      expect(await telemetry.aggregatePage(query, 5)).toEqual({ buckets: atOnce.slice(0, 5), next: atOnce[4]?.end });
      expect((await telemetry.aggregatePage(query, 1_000_000)).next).toBeUndefined();
    }
  });

  it("is nothing where the range is empty, and still says what is wrong", async () => {
    const { telemetry, whose } = openYear(10);
    const query = { ...whose, buckets: wholeRange(START, START), start: START, end: START };
    expect(await telemetry.aggregateInTurns({ ...query, aggregator: "sum" })).toEqual([]);
    const wrong = telemetry.aggregateInTurns({ ...query, aggregator: { kind: "percentile", percent: 101 } });
    await expect(wrong).rejects.toMatchObject({ code: "aggregator-invalid" });
  });

  it("has as many buckets as any answer may have", async () => {
    const { telemetry, whose } = openYear(100);
    const buckets = createBuckets({ unit: "minute", zone: BERLIN });
    const query = { ...whose, aggregator: { kind: "time-average" } as const, buckets, start: START, end: END };
    await expect(telemetry.aggregateInTurns(query)).rejects.toMatchObject({ code: "too-many-buckets" });
  });

  it("never holds the event loop, where one by one every report has to be read", async () => {
    const { telemetry, whose } = openYear(60_000);
    telemetry.flush();
    const buckets = createBuckets({ unit: "minute", count: 7, zone: BERLIN });
    const query = { ...whose, aggregator: "avg", buckets, start: START, end: END } as const;
    let found = 0;
    const hold = await longestHold(async () => {
      found = (await telemetry.aggregateInTurns(query)).length;
    });
    expect(found).toBeGreaterThan(20_000);
    expect(hold).toBeLessThan(50);
  });
});
