import { describe, expect, it } from "vitest";
import {
  type BucketRule,
  bucketsBetween,
  createBuckets,
  type WidthUnit,
  wholeRange,
} from "../../../../src/cloud/telemetry/calendar.js";
import { Zone } from "../../../../src/cloud/telemetry/zone.js";
import { createSeededRandom } from "../../../../src/core/random.js";
import { pickInstants, WallCalendar, ZONES } from "../../../support/wall-calendar.js";

const UTC = new Zone("UTC");
const BERLIN = new Zone("Europe/Berlin");
const ODD_ZONES = ["America/Havana", "Antarctica/Troll", "Pacific/Apia"] as const;
const RULES: readonly [WidthUnit, number][] = [
  ["second", 7],
  ["minute", 7],
  ["minute", 25],
  ["minute", 90],
  ["hour", 1],
  ["hour", 5],
  ["hour", 12],
  ["hour", 36],
  ["day", 2],
  ["week", 2],
  ["month", 2],
  ["year", 5],
];

function startOf(rule: Omit<BucketRule, "zone"> & { readonly zone?: Zone }, at: string): string {
  return new Date(createBuckets({ zone: UTC, ...rule }).at(Date.parse(at)).start).toISOString().slice(0, 16);
}

describe.each([...ZONES, ...ODD_ZONES])("buckets in %s", (name) => {
  const zone = new Zone(name);
  const random = createSeededRandom(`rules ${name}`);
  const instants = [
    ...pickInstants(random, new WallCalendar(name), 300),
    ...Array.from({ length: 20 }, () => Date.UTC(2011, 11, 29) + random.integer(0, 4 * 86_400_000)),
  ];

  it.each(RULES)("of %s times %i hold the instant and tile time, from any origin", (unit, count) => {
    const origins = unit === "month" || unit === "year" ? [undefined] : [undefined, Date.UTC(2020, 4, 7, 3, 2, 1, 5)];
    for (const origin of origins) {
      const buckets = createBuckets({ unit, count, zone, ...(origin === undefined ? {} : { origin }) });
      for (const at of instants) {
        const bucket = buckets.at(at);
        expect([at, bucket.start <= at, at < bucket.end]).toEqual([at, true, true]);
        expect([at, buckets.at(bucket.start), buckets.at(bucket.end - 1)]).toEqual([at, bucket, bucket]);
        expect([at, buckets.at(bucket.start - 1).end, buckets.at(bucket.end).start]).toEqual([
          at,
          bucket.start,
          bucket.end,
        ]);
      }
      if (origin !== undefined) expect(buckets.at(origin).start).toBe(origin);
    }
  });
});

describe("createBuckets", () => {
  const inputs = ["2024-05-27T13:07:31Z", "1999-12-31T23:59:59Z", "2024-03-31T01:30:00Z"];
  const origin = Date.UTC(2000, 0, 3);

  it.each<[WidthUnit, number, readonly string[]]>([
    ["minute", 15, ["2024-05-27T13:00", "1999-12-31T23:45", "2024-03-31T01:30"]],
    ["hour", 7, ["2024-05-27T07:00", "1999-12-31T23:00", "2024-03-30T20:00"]],
    ["day", 2, ["2024-05-26T00:00", "1999-12-30T00:00", "2024-03-31T00:00"]],
    ["week", 1, ["2024-05-27T00:00", "1999-12-27T00:00", "2024-03-25T00:00"]],
    ["week", 2, ["2024-05-20T00:00", "1999-12-20T00:00", "2024-03-25T00:00"]],
    ["month", 1, ["2024-05-01T00:00", "1999-12-01T00:00", "2024-03-01T00:00"]],
    ["month", 2, ["2024-05-01T00:00", "1999-11-01T00:00", "2024-03-01T00:00"]],
    ["month", 3, ["2024-04-01T00:00", "1999-10-01T00:00", "2024-01-01T00:00"]],
    ["year", 1, ["2024-01-01T00:00", "1999-01-01T00:00", "2024-01-01T00:00"]],
    ["year", 5, ["2020-01-01T00:00", "1995-01-01T00:00", "2020-01-01T00:00"]],
  ])("makes the buckets of aggregation-apis.md 2.2 for %s times %i", (unit, count, starts) => {
    const rule = { unit, count, ...(unit === "month" || unit === "year" ? {} : { origin }) };
    expect(inputs.map((at) => startOf(rule, at))).toEqual(starts);
  });

  it.each([
    ["day", "Europe/Berlin", "2024-03-31T22:30:00Z", "2024-03-31T22:00"],
    ["day", "Europe/Berlin", "2024-10-27T23:30:00Z", "2024-10-27T23:00"],
    ["hour", "Europe/Berlin", "2024-10-27T00:30:00Z", "2024-10-27T00:00"],
    ["hour", "Europe/Berlin", "2024-10-27T01:30:00Z", "2024-10-27T01:00"],
    ["day", "Asia/Kolkata", "2024-05-27T18:29:00Z", "2024-05-26T18:30"],
  ] as const)("makes the zoned bucket of aggregation-apis.md 2.2: a %s in %s at %s", (unit, zone, at, start) => {
    expect(startOf({ unit, zone: new Zone(zone) }, at)).toBe(start);
  });

  it("counts widths below a day from local midnight, with a short one at the end of the day", () => {
    const buckets = createBuckets({ unit: "hour", count: 7, zone: BERLIN });
    const day = [...bucketsBetween(buckets, Date.parse("2026-05-31T22:00Z"), Date.parse("2026-06-01T22:00Z"))];
    expect(day.map(({ start, end }) => (end - start) / 3_600_000)).toEqual([7, 7, 7, 3]);
  });

  it("makes a bucket of some hours longer or shorter where clocks change inside it", () => {
    const buckets = createBuckets({ unit: "hour", count: 6, zone: BERLIN });
    const hours = (at: string) => {
      const { start, end } = buckets.at(Date.parse(at));
      return (end - start) / 3_600_000;
    };
    expect([hours("2026-03-29T00:30Z"), hours("2026-10-25T00:30Z"), hours("2026-10-25T12:00Z")]).toEqual([5, 7, 6]);
  });

  it.each<Omit<BucketRule, "zone">>([
    { unit: "day", count: 0 },
    { unit: "day", count: 1.5 },
    { unit: "day", count: Number.NaN },
    { unit: "day", count: -1 },
    { unit: "day", count: 40_000 },
    { unit: "year", count: 101 },
    { unit: "month", origin: Date.UTC(2020, 0, 2) },
    { unit: "month", origin: Date.UTC(2020, 0, 1, 1) },
  ])("refuses %o", (rule) => {
    expect(() => createBuckets({ ...rule, zone: UTC })).toThrowError(
      expect.objectContaining({ code: "bucket-invalid" }),
    );
  });

  it("makes one bucket of a whole range", () => {
    expect([...bucketsBetween(wholeRange(5, 9), 5, 9)]).toEqual([{ start: 5, end: 9 }]);
  });
});

describe("bucketsBetween", () => {
  const seconds = createBuckets({ unit: "second", zone: UTC });

  it("makes buckets one at a time, whole at both ends", () => {
    const walk = bucketsBetween(seconds, 500, Number.MAX_SAFE_INTEGER);
    expect([walk.next().value, walk.next().value]).toEqual([
      { start: 0, end: 1000 },
      { start: 1000, end: 2000 },
    ]);
    expect([...bucketsBetween(seconds, 500, 500)]).toEqual([]);
  });

  it("stops at the bucket beyond the limit", () => {
    expect([...bucketsBetween(seconds, 0, 3000, 3)].length).toBe(3);
    const refused = expect.objectContaining({ code: "too-many-buckets" });
    expect(() => [...bucketsBetween(seconds, 0, 3001, 3)]).toThrowError(refused);
    expect(() => [...bucketsBetween(seconds, 0, 201_000_000)]).toThrowError(refused);
  });
});
