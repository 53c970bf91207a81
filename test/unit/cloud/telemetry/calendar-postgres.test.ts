import { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createBuckets, type WidthUnit } from "../../../../src/cloud/telemetry/calendar.js";
import { Zone } from "../../../../src/cloud/telemetry/zone.js";
import { createSeededRandom } from "../../../../src/core/random.js";
import { pickInstants, WallCalendar, ZONES } from "../../../support/wall-calendar.js";

const CASES_EACH = 700;
const HOUR_MS = 3_600_000;
/** What PostgreSQL aligns date_bin to here: the documented origin of TimescaleDB (aggregation-apis.md 2.2). */
const ORIGIN = "timestamp '2000-01-03'";

/** The instant as a timestamp, to the millisecond. */
const INSTANT = "timestamptz 'epoch' + at * interval '1 millisecond'";
const LOCAL = `(${INSTANT}) AT TIME ZONE $2`;
const TO_INSTANT = (local: string) => `(${local}) AT TIME ZONE $2`;

/** Whole months since 2000, by the count. */
function monthsBin(count: number): string {
  const months = `((extract(year FROM ${LOCAL}) - 2000) * 12 + extract(month FROM ${LOCAL}) - 1)`;
  return TO_INSTANT(`timestamp '2000-01-01' + (floor(${months} / ${count}) * ${count})::int * interval '1 month'`);
}

/** A rule and what PostgreSQL says of it: an SQL expression for the start of the bucket that holds `at`. */
const RULES: readonly [unit: WidthUnit, count: number, start: string][] = [
  ["second", 1, `date_trunc('second', ${INSTANT}, $2)`],
  ["minute", 1, `date_trunc('minute', ${INSTANT}, $2)`],
  ["hour", 1, `date_trunc('hour', ${INSTANT}, $2)`],
  ["day", 1, `date_trunc('day', ${INSTANT}, $2)`],
  ["week", 1, `date_trunc('week', ${INSTANT}, $2)`],
  ["month", 1, `date_trunc('month', ${INSTANT}, $2)`],
  ["year", 1, `date_trunc('year', ${INSTANT}, $2)`],
  ["month", 3, `date_trunc('quarter', ${INSTANT}, $2)`],
  ["month", 5, monthsBin(5)],
  ["month", 7, monthsBin(7)],
  ["year", 5, monthsBin(60)],
  ["year", 10, monthsBin(120)],
  ...([2, 3, 10, 365] as const).map((days): [WidthUnit, number, string] => [
    "day",
    days,
    TO_INSTANT(`date_bin('${days} days', ${LOCAL}, ${ORIGIN})`),
  ]),
  ["week", 2, TO_INSTANT(`date_bin('14 days', ${LOCAL}, ${ORIGIN})`)],
  ["hour", 36, TO_INSTANT(`date_bin('36 hours', ${LOCAL}, ${ORIGIN})`)],
];

/** Widths counted from an origin in UTC, as an elapsed time. */
const EVEN_RULES: readonly [WidthUnit, number, string][] = [
  ["millisecond", 250, "250 milliseconds"],
  ["second", 7, "7 seconds"],
  ["minute", 7, "7 minutes"],
  ["minute", 15, "15 minutes"],
  ["minute", 100, "100 minutes"],
  ["hour", 5, "5 hours"],
  ["hour", 7, "7 hours"],
  ["hour", 25, "25 hours"],
  ["day", 11, "11 days"],
  ["week", 3, "21 days"],
];

let postgres: PGlite;
let cases = 0;

beforeAll(async () => {
  postgres = await PGlite.create();
});

afterAll(async () => {
  await postgres.close();
  expect(cases).toBeGreaterThanOrEqual(100_000);
});

async function askPostgres(start: string, instants: readonly number[], parameter: string): Promise<number[]> {
  const { rows } = await postgres.query<{ start: string }>(
    `SELECT (extract(epoch FROM ${start}) * 1000)::bigint::text AS start
     FROM unnest($1::bigint[]) WITH ORDINALITY AS cases (at, place) ORDER BY place`,
    [instants, parameter],
  );
  cases += rows.length;
  return rows.map((row) => Number(row.start));
}

describe.each(ZONES)("the buckets that PostgreSQL makes in %s", (name) => {
  const zone = new Zone(name);
  const wall = new WallCalendar(name);
  const random = createSeededRandom(`postgres ${name}`);

  it.each(RULES)("of %s times %i are ours", async (unit, count, sql) => {
    const instants = pickInstants(random.stream(`${unit} ${count}`), wall, CASES_EACH);
    const buckets = createBuckets({ unit, count, zone });
    const theirs = await askPostgres(sql, instants, name);
    const differing = instants.flatMap((at, place) => {
      // PostgreSQL lets the hour begin before the change that cuts it, in the hour before.
      const start = Math.max(theirs[place] as number, count === 1 ? cutOf(zone, unit, at) : 0);
      const ours = buckets.at(at);
      return ours.start === start && at < ours.end ? [] : [{ at, ours, start }];
    });
    expect(differing).toEqual([]);
  });
});

/** A change of the offset within the hour before an instant cuts widths up to an hour. */
function cutOf(zone: Zone, unit: WidthUnit, at: number): number {
  const change = ["second", "minute", "hour"].includes(unit) ? zone.changeBefore(at) : Number.NEGATIVE_INFINITY;
  return at - change < HOUR_MS ? change : Number.NEGATIVE_INFINITY;
}

describe("the buckets that PostgreSQL counts from an origin", () => {
  const zone = new Zone("UTC");
  const random = createSeededRandom("postgres even");

  it.each(EVEN_RULES)("of %s times %i are ours", async (unit, count, width) => {
    for (const origin of [undefined, random.integer(0, Date.UTC(2030, 0, 1))]) {
      const instants = Array.from({ length: 2000 }, () => random.integer(Date.UTC(1970, 0, 1), Date.UTC(2060, 0, 1)));
      const from = origin ?? Date.UTC(2000, 0, 3);
      const sql = `date_bin('${width}', ${INSTANT}, timestamptz 'epoch' + $2::bigint * interval '1 millisecond')`;
      const buckets = createBuckets({ unit, count, zone, origin: from });
      const theirs = await askPostgres(sql, instants, String(from));
      expect(instants.map((at) => buckets.at(at).start)).toEqual(theirs);
    }
  });
});
