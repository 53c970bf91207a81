import { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Interval, parseInterval } from "../../../../src/cloud/telemetry/interval.js";
import { countIntervalBuckets, createIntervalBuckets } from "../../../../src/cloud/telemetry/interval-buckets.js";
import { Zone } from "../../../../src/cloud/telemetry/zone.js";
import { GizlabError } from "../../../../src/core/errors.js";
import { createSeededRandom } from "../../../../src/core/random.js";

const UTC = new Zone("UTC");
const DAY_MS = 86_400_000;

let postgres: PGlite;
beforeAll(async () => {
  postgres = await PGlite.create();
});
afterAll(() => postgres.close());

/** What PostgreSQL makes of a text; days are 24 hours, as time_bucket takes them. Undefined where it refuses. */
async function askPostgres(text: string): Promise<Interval | undefined> {
  const part = (name: string): string => `extract(${name} FROM i)`;
  try {
    const { rows } = await postgres.query<{ months: string; ms: string }>(
      `SELECT (${part("year")} * 12 + ${part("month")})::text AS months,
       (${part("day")} * ${DAY_MS} + ${part("hour")} * 3600000 + ${part("minute")} * 60000 + ${part("milliseconds")})::text AS ms
       FROM (SELECT $1::interval AS i) AS given`,
      [text],
    );
    return { months: Number(rows[0]?.months), ms: Number(rows[0]?.ms) };
  } catch {
    return undefined;
  }
}

/** The parsed interval, or the error's code. */
function read(text: string): Interval | string {
  try {
    return parseInterval(text);
  } catch (error) {
    return error instanceof GizlabError ? error.code : String(error);
  }
}

/** The accept list of aggregation-apis.md 2.3, and more of its kinds. */
const ACCEPTED = [
  "15 minutes,30 minutes,2 weeks,5 years,15m,15 m,15min,15 mins,1h,1hr,1 hrs,1 d,1 w,1 mon,1 mons,1 y,1 yr,1 yrs",
  "1 decade,1 dec,1 decs,1 century,1 c,1 cent,1 centuries,15minutes,15 MINUTES,1 Day,  2   hours ,15\tminutes",
  "1 day 2 hours,1 week 1 day,1h30m,1h 30m,1d2h,@ 15 minutes,@15 minutes,PT15M,P1D,P1W,P1M,P1Y2M,PT1H30M,P1W2D,PT1.5H",
  "P1DT2H,01:30:00,1:30,01:30:00.5,100:00,1 day 01:30:00,1-2,0-1,1-11,15,900,15.5,1 day 2,1.5 hours,.5 hours,5. hours",
  "0.5 years,0.5 months,0.3 months,1.5 weeks,0.1 weeks,1.5 days,1.5 decades,0.33 decades,1 month 0 days,+15 minutes",
  "1 ms,1 msec,1 millisecond,2000 us,1 s,1 sec,1 secs,1 minute 90 seconds,1 second 1 minute,1 y 1 mon,1 dec 1 year",
]
  .join(",")
  .split(",");

describe("an interval", () => {
  it.each(ACCEPTED)("%j is read as PostgreSQL reads it", async (text) => {
    expect(read(text)).toEqual(await askPostgres(text));
  });

  it("takes commas between its parts, as PostgreSQL does", async () => {
    for (const text of ["1 day, 2 hours", "1 day,2 hours", "1 week, 1 day, 01:00"]) {
      expect(read(text), text).toEqual(await askPostgres(text));
    }
  });

  it("takes the plural in brackets of the vendor's page, which PostgreSQL refuses", async () => {
    for (const [text, same] of [
      ["1 hour(s)", "1 hour"],
      ["2 day(s)", "2 days"],
      ["15 minute(s)", "15 minutes"],
      ["1 day(s) 2 hour(s)", "1 day 2 hours"],
      ["3 Month(s)", "3 months"],
    ] as const) {
      expect(await askPostgres(text), text).toBeUndefined();
      expect(read(text), text).toEqual(await askPostgres(same));
    }
  });

  it.each([
    ..."|abc|minutes|day|1 quarter|1 fortnight|1 hour 1 hour|1h1h|1 m 1 min|1e3 seconds|1_000 seconds".split("|"),
    ..."99999999999 years|1 hour 01:30|2 1 day|0 1|1 1|01:90:00|01:00:61|12-13|P|P1H|PT1D|one hour|½ hour|1 :30".split(
      "|",
    ),
    ..."0001-02-03|1 day P1D|1..5 hours|1 hour--|(s)|1 hour((s))|\u0000|1 hour\u0000".split("|"),
  ])("%j is refused, as PostgreSQL refuses it", async (text) => {
    expect(await askPostgres(text)).toBeUndefined();
    expect(read(text)).toBe("interval-invalid");
  });

  it.each([
    ["0 minutes", "above zero"],
    ["PT0S", "above zero"],
    ["0.0000001 seconds", "above zero"],
    ["-15 minutes", "positive"],
    ["15 minutes ago", "positive"],
    ["1 day -2 hours", "positive"],
    ["P-1D", "positive"],
    ["infinity", "no time interval"],
    ["1 month 3 days", "months beside"],
    ["2 month 3 weeks", "months beside"],
    ["1 month 1 hour", "months beside"],
    ["1.5 months", "months beside"],
    ["P1.5M", "months beside"],
    ["P1M1D", "months beside"],
    ["1 year 1", "months beside"],
    ["0.5 ms", "milliseconds"],
    ["1 us", "milliseconds"],
    ["1.0005 seconds", "milliseconds"],
    ["101 years", "100 years"],
    ["1 mil", "100 years"],
    ["36526 days", "100 years"],
    ["9999999999 hours", "100 years"],
  ])("%j is one to PostgreSQL, but no width: %s", async (text, why) => {
    if (text !== "9999999999 hours") expect(await askPostgres(text)).toBeDefined();
    expect(() => parseInterval(text)).toThrow(why);
    expect(read(text)).toBe("interval-invalid");
  });

  it("of any length is answered at once", () => {
    for (const text of [
      "1 ".repeat(50_000),
      "1h".repeat(50_000),
      "9".repeat(100_000),
      `1${" ".repeat(100_000)}x`,
      "@ ".repeat(40),
    ]) {
      expect(read(text)).toBe("interval-invalid");
    }
  });

  it("put together at random is read as PostgreSQL reads it", async () => {
    const random = createSeededRandom("intervals");
    const units = "s sec seconds m min minutes h hr hours d day days w week weeks mon months y years dec c".split(" ");
    for (let round = 0; round < 400; round += 1) {
      const parts = Array.from({ length: random.integer(1, 3) }, () => {
        const amount = random.pick([
          String(random.integer(0, 40)),
          `${random.integer(0, 9)}.${random.pick(["5", "25", "75"])}`,
        ]);
        return `${amount}${random.pick(["", " ", "  "])}${random.pick(units)}`;
      });
      const text = parts.join(random.pick([" ", ", "]));
      const theirs = await askPostgres(text);
      const isWidth =
        theirs !== undefined &&
        theirs.months * theirs.ms === 0 &&
        theirs.months + theirs.ms > 0 &&
        theirs.months <= 1200 &&
        theirs.ms <= 36_525 * DAY_MS;
      expect(read(text), text).toEqual(isWidth ? theirs : "interval-invalid");
    }
  });
});

/** Where the bucket of a width that holds `at` begins, as text to the minute. */
function startOf(width: string, at: string, zone = UTC): string {
  const bucket = createIntervalBuckets(parseInterval(width), zone).at(Date.parse(at));
  expect(bucket.start).toBeLessThanOrEqual(Date.parse(at));
  expect(bucket.end).toBeGreaterThan(Date.parse(at));
  return new Date(bucket.start).toISOString().slice(0, 16);
}

describe("the buckets of an interval", () => {
  // aggregation-apis.md 2.2, table 1.
  it.each([
    ["15 minutes", "2024-05-27T13:00", "1999-12-31T23:45", "2024-03-31T01:30"],
    ["7 hours", "2024-05-27T07:00", "1999-12-31T23:00", "2024-03-30T20:00"],
    ["2 days", "2024-05-26T00:00", "1999-12-30T00:00", "2024-03-31T00:00"],
    ["1 week", "2024-05-27T00:00", "1999-12-27T00:00", "2024-03-25T00:00"],
    ["2 weeks", "2024-05-20T00:00", "1999-12-20T00:00", "2024-03-25T00:00"],
    ["1 month", "2024-05-01T00:00", "1999-12-01T00:00", "2024-03-01T00:00"],
    ["2 months", "2024-05-01T00:00", "1999-11-01T00:00", "2024-03-01T00:00"],
    ["3 months", "2024-04-01T00:00", "1999-10-01T00:00", "2024-01-01T00:00"],
    ["1 year", "2024-01-01T00:00", "1999-01-01T00:00", "2024-01-01T00:00"],
    ["5 years", "2020-01-01T00:00", "1995-01-01T00:00", "2020-01-01T00:00"],
  ])("of %s begin where TimescaleDB begins them", (width, ...starts) => {
    const instants = ["2024-05-27T13:07:31Z", "1999-12-31T23:59:59Z", "2024-03-31T01:30:00Z"];
    expect(instants.map((at) => startOf(width, at))).toEqual(starts);
  });

  // aggregation-apis.md 2.2, table 2.
  it.each([
    ["1 day", "Europe/Berlin", "2024-03-31T22:30:00Z", "2024-03-31T22:00"],
    ["1 day", "Europe/Berlin", "2024-10-27T23:30:00Z", "2024-10-27T23:00"],
    ["1 hour", "Europe/Berlin", "2024-10-27T00:30:00Z", "2024-10-27T00:00"],
    ["1 hour", "Europe/Berlin", "2024-10-27T01:30:00Z", "2024-10-27T01:00"],
    ["1 day", "Asia/Kolkata", "2024-05-27T18:29:00Z", "2024-05-26T18:30"],
  ])("of %s in %s begin where TimescaleDB begins them", (width, zone, at, start) => {
    expect(startOf(width, at, new Zone(zone))).toBe(start);
  });

  it("are those of PostgreSQL's date_bin, for random widths and times", async () => {
    const random = createSeededRandom("date_bin");
    for (let round = 0; round < 60; round += 1) {
      const amounts = [
        random.integer(0, 9),
        random.integer(0, 40),
        random.integer(0, 90),
        random.integer(1, 90),
      ] as const;
      const width = `${amounts[0]} days ${amounts[1]} hours ${amounts[2]} minutes ${amounts[3]} seconds`;
      const instants = Array.from({ length: 50 }, () => random.integer(Date.UTC(1950, 0, 1), Date.UTC(2060, 0, 1)));
      const { rows } = await postgres.query<{ start: string }>(
        `SELECT (extract(epoch FROM date_bin($2, timestamptz 'epoch' + at * interval '1 millisecond', timestamptz '2000-01-03Z')) * 1000)::bigint::text AS start
         FROM unnest($1::bigint[]) WITH ORDINALITY AS cases (at, place) ORDER BY place`,
        [instants, width],
      );
      const buckets = createIntervalBuckets(parseInterval(width), UTC);
      expect(
        instants.map((at) => buckets.at(at).start),
        width,
      ).toEqual(rows.map(({ start }) => Number(start)));
    }
  });

  it("are counted without walking over them", () => {
    const random = createSeededRandom("count");
    for (const width of ["7 hours", "1 day 2 hours", "15 minutes", "2 weeks", "1 month", "5 months", "3 years"]) {
      const interval = parseInterval(width);
      const buckets = createIntervalBuckets(interval, UTC);
      for (let round = 0; round < 30; round += 1) {
        const start = random.integer(Date.UTC(1980, 0, 1), Date.UTC(2030, 0, 1));
        const end = start + random.integer(0, 60 * DAY_MS);
        let count = 0;
        for (let at = start; at < end; at = buckets.at(at).end) count += 1;
        expect(countIntervalBuckets(interval, start, end), `${width} from ${start} to ${end}`).toBe(count);
      }
    }
    const edge = Date.UTC(2024, 0, 1);
    expect(countIntervalBuckets(parseInterval("1 second"), Date.UTC(1, 0, 1), Date.UTC(9999, 0, 1))).toBeGreaterThan(
      2e11,
    );
    expect(countIntervalBuckets(parseInterval("1 hour"), edge, edge)).toBe(0);
    expect(countIntervalBuckets(parseInterval("1 hour"), edge, edge + 1)).toBe(1);
    expect(countIntervalBuckets(parseInterval("1 hour"), edge - 1, edge + 1)).toBe(2);
  });
});
