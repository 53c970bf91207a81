import { describe, expect, it } from "vitest";
import {
  bucketLabels,
  type CalendarUnit,
  calendarBuckets,
  labelBucket,
} from "../../../../src/cloud/telemetry/calendar.js";
import { Zone } from "../../../../src/cloud/telemetry/zone.js";
import { createSeededRandom } from "../../../../src/core/random.js";
import { pickInstants, UNITS, WallCalendar, ZONES } from "../../../support/wall-calendar.js";

const HOUR_MS = 3_600_000;
/** Zones whose clocks change at midnight, so that a day begins at one o'clock or has its last hour twice. */
const MIDNIGHT_ZONES = ["America/Havana", "Asia/Beirut", "America/Sao_Paulo", "Antarctica/Troll"] as const;
/** Zones that moved by half an hour in the middle of an hour, in 2018 and 2016. */
const HALF_HOUR_ZONES = ["Asia/Pyongyang", "America/Caracas"] as const;
const CASES = [...ZONES, ...MIDNIGHT_ZONES, ...HALF_HOUR_ZONES].flatMap((zone) =>
  UNITS.map((unit) => [unit, zone] as const),
);

/** Start, end and label of the bucket that holds an instant, in UTC to the minute. */
function describeBucket(unit: CalendarUnit, zoneName: string, at: string): string {
  const zone = new Zone(zoneName);
  const { start, end } = calendarBuckets(unit, zone).at(Date.parse(at));
  const [from, to] = [start, end].map((instant) => new Date(instant).toISOString().slice(0, 16));
  return `${from} ${to} ${labelBucket(unit, zone, start)}`;
}

describe.each(CASES)("%s in %s", (unit, zoneName) => {
  const zone = new Zone(zoneName);
  const wall = new WallCalendar(zoneName);
  const instants = pickInstants(createSeededRandom(`${unit} ${zoneName}`), wall, 300);
  const buckets = instants.map((at) => ({ at, ...calendarBuckets(unit, zone).at(at) }));

  it("hold just the instants that the wall calendar puts together", () => {
    for (const { at, start, end } of buckets) {
      const key = wall.keyAt(unit, at);
      const [before, first, last, after] = [start - 1, start, end - 1, end].map((instant) => wall.keyAt(unit, instant));
      expect([at, start <= at, at < end]).toEqual([at, true, true]);
      expect([at, first, last]).toEqual([at, key, key]);
      expect([at, before !== key, after !== key]).toEqual([at, true, true]);
    }
  });

  it("tile time: where one ends the next begins", () => {
    for (const { at, start, end } of buckets) {
      expect([at, calendarBuckets(unit, zone).at(end).start]).toEqual([at, end]);
      expect([at, calendarBuckets(unit, zone).at(start - 1).end]).toEqual([at, start]);
      expect([at, calendarBuckets(unit, zone).at(start)]).toEqual([at, { start, end }]);
      expect([at, calendarBuckets(unit, zone).at(end - 1)]).toEqual([at, { start, end }]);
    }
  });

  it("are labelled one after another as each by itself", () => {
    const labelOf = bucketLabels(unit, zone);
    for (const { start } of buckets.slice(0, 40)) {
      for (let at = start, count = 0; count < 30; at = calendarBuckets(unit, zone).at(at).end, count += 1) {
        expect([at, labelOf(at)]).toEqual([at, labelBucket(unit, zone, at)]);
      }
    }
  });

  it("are labelled with the local time at their start", () => {
    for (const { at, start } of buckets) {
      expect([at, labelBucket(unit, zone, start)]).toEqual([at, wall.labelAt(unit, start)]);
      if (unit === "HOURS" || unit === "DAYS") expect(wall.labelAt(unit, start)).toBe(wall.labelAt(unit, at));
      if (unit === "WEEKS") expect([at, labelBucket(unit, zone, start, "ISO")]).toEqual([at, wall.isoWeekAt(at)]);
    }
  });
});

describe("calendarBuckets", () => {
  it.each<[string, CalendarUnit, string, string, string]>([
    ["a plain hour", "HOURS", "UTC", "2015-07-20T10:59:59.999Z", "2015-07-20T10:00 2015-07-20T11:00 2015072010"],
    ["a day of the seed", "DAYS", "UTC", "2015-07-20T10:00Z", "2015-07-20T00:00 2015-07-21T00:00 20150720"],
    ["a week of the seed", "WEEKS", "UTC", "2015-07-26T23:59Z", "2015-07-20T00:00 2015-07-27T00:00 201529"],
    ["a month of the seed", "MONTHS", "UTC", "2015-07-20T10:00Z", "2015-07-01T00:00 2015-08-01T00:00 201507"],
    [
      "the China cloud's day",
      "DAYS",
      "Asia/Shanghai",
      "2017-09-13T16:00Z",
      "2017-09-13T16:00 2017-09-14T16:00 20170914",
    ],
    ["a half-hour zone", "HOURS", "Asia/Kolkata", "2026-01-01T23:40Z", "2026-01-01T23:30 2026-01-02T00:30 2026010205"],
    ["a day of 23 hours", "DAYS", "Europe/Berlin", "2026-03-29T12:00Z", "2026-03-28T23:00 2026-03-29T22:00 20260329"],
    ["a day of 25 hours", "DAYS", "Europe/Berlin", "2026-10-25T12:00Z", "2026-10-24T22:00 2026-10-25T23:00 20261025"],
    [
      "a day of 23 hours",
      "DAYS",
      "America/New_York",
      "2026-03-08T12:00Z",
      "2026-03-08T05:00 2026-03-09T04:00 20260308",
    ],
    [
      "a day of 24.5 hours",
      "DAYS",
      "Australia/Lord_Howe",
      "2026-04-05T00:00Z",
      "2026-04-04T13:00 2026-04-05T13:30 20260405",
    ],
    [
      "a day of 23.5 hours",
      "DAYS",
      "Australia/Lord_Howe",
      "2026-10-04T00:00Z",
      "2026-10-03T13:30 2026-10-04T13:00 20261004",
    ],
    ["a week with a change", "WEEKS", "Europe/Berlin", "2026-03-29T12:00Z", "2026-03-22T23:00 2026-03-29T22:00 202612"],
    [
      "a month with a change",
      "MONTHS",
      "Europe/Berlin",
      "2026-10-01T00:00Z",
      "2026-09-30T22:00 2026-10-31T23:00 202610",
    ],
    ["a leap day", "DAYS", "UTC", "2024-02-29T23:59:59Z", "2024-02-29T00:00 2024-03-01T00:00 20240229"],
    ["a leap February", "MONTHS", "America/St_Johns", "2024-02-29T12:00Z", "2024-02-01T03:30 2024-03-01T03:30 202402"],
    ["a short February", "MONTHS", "UTC", "2100-02-28T12:00Z", "2100-02-01T00:00 2100-03-01T00:00 210002"],
    [
      "a year's last hour",
      "HOURS",
      "Asia/Kolkata",
      "2025-12-31T18:29Z",
      "2025-12-31T17:30 2025-12-31T18:30 2025123123",
    ],
    ["a week over the new year", "WEEKS", "UTC", "2026-01-02T00:00Z", "2025-12-29T00:00 2026-01-05T00:00 202552"],
    ["time before 1970", "HOURS", "Asia/Kolkata", "1969-12-31T23:59Z", "1969-12-31T23:30 1970-01-01T00:30 1970010105"],
  ])("finds %s: %s in %s at %s", (_what, unit, zone, at, bucket) => {
    expect(describeBucket(unit, zone, at)).toBe(bucket);
  });

  it("shows an hour twice when clocks go back, and none in its place when they go forward", () => {
    const hours = (zone: string, at: string, count: number): string[] =>
      Array.from({ length: count }, (_, hour) =>
        describeBucket("HOURS", zone, new Date(Date.parse(at) + hour * HOUR_MS).toISOString()).slice(-2),
      );
    expect(hours("Europe/Berlin", "2026-10-24T23:00Z", 4)).toEqual(["01", "02", "02", "03"]);
    expect(hours("Europe/Berlin", "2026-03-28T23:00Z", 4)).toEqual(["00", "01", "03", "04"]);
    expect(hours("Australia/Lord_Howe", "2026-04-04T14:00Z", 4)).toEqual(["01", "01", "02", "03"]);
    expect(hours("Australia/Lord_Howe", "2026-10-03T14:30Z", 3)).toEqual(["01", "02", "03"]);
  });

  it("ends an hour at the change that cuts it, and begins one there", () => {
    const at = ["2026-04-04T14:50Z", "2026-04-04T15:10Z", "2026-10-03T15:40Z"];
    expect(at.map((instant) => describeBucket("HOURS", "Australia/Lord_Howe", instant))).toEqual([
      "2026-04-04T14:00 2026-04-04T15:00 2026040501",
      "2026-04-04T15:00 2026-04-04T15:30 2026040501",
      "2026-10-03T15:30 2026-10-03T16:00 2026100402",
    ]);
  });
});

describe("labelBucket", () => {
  /** A Monday, its label by %W, and by ISO 8601. */
  it.each([
    ["2014-12-29", "201452", "201501"],
    ["2015-01-05", "201501", "201502"],
    ["2015-07-20", "201529", "201530"],
    ["2018-01-01", "201801", "201801"],
    ["2018-12-31", "201853", "201901"],
    ["2020-12-28", "202052", "202053"],
    ["2024-01-01", "202401", "202401"],
    ["2025-12-29", "202552", "202601"],
    ["2027-01-04", "202701", "202701"],
  ])("calls the week of %s %s by %%W and %s by ISO 8601", (monday, byMondays, iso) => {
    const zone = new Zone("UTC");
    const { start } = calendarBuckets("WEEKS", zone).at(Date.parse(monday) + 3.5 * 24 * HOUR_MS);
    expect(start).toBe(Date.parse(monday));
    expect([labelBucket("WEEKS", zone, start), labelBucket("WEEKS", zone, start, "ISO")]).toEqual([byMondays, iso]);
  });

  it("calls days before the year's first Monday week 00, as strftime's %W does", () => {
    const zone = new Zone("UTC");
    expect(labelBucket("WEEKS", zone, Date.UTC(2026, 0, 4))).toBe("202600");
    expect(labelBucket("WEEKS", zone, Date.UTC(2026, 0, 4), "ISO")).toBe("202601");
  });
});
