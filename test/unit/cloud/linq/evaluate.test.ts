import { describe, expect, it } from "vitest";
import type { LinqError } from "../../../../src/cloud/linq/linq-error.js";
import type { LinqRow, LinqValue } from "../../../../src/cloud/linq/value.js";
import { evaluateMeter, METER_ROWS, MONDAY, planMeter } from "../../../support/linq-meter.js";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ALL = [0, 1, 2, 3, 4, 5];

/** Conditions and the rows of METER_ROWS that they leave. */
const WHERES: readonly (readonly [string, readonly number[]])[] = [
  ["true", ALL],
  ["null", []],
  ["power = 10", [0]],
  ["power /= 10", [1, 2, 4, 5]],
  ["power != 10", [1, 2, 4, 5]],
  ["power > 10", [1, 4]],
  ["power >= 10", [0, 1, 4]],
  ["power < 10", [2, 5]],
  ["power <= 10.0", [0, 2, 5]],
  ["5 < power <= 20", [0, 1, 5]],
  ["power = temp - 10.5", [0]],
  ['did = "d1"', [0, 1, 4]],
  ['eqic(did, "D1")', [0, 1, 4]],
  ['did in {"d2", "d3"}', [2, 3, 5]],
  ["power <- {5, 7}", [2, 5]],
  ["`in`(power, 5, 7)", [2, 5]],
  ["not power in {5, 7}", [0, 1, 4]],
  ['mode -> "auto"', [0, 3, 4]],
  ['mode ->> "manual"', [1]],
  ['has(mode, "eco", "one")', [1, 4]],
  ['toktains(mode, "auto")', [0, 3, 4]],
  ['toktains(mode, "aut")', []],
  ['weaktoktains(mode, "MANUAL")', [1]],
  ['startswith(mode, "eco")', [4]],
  ['endswith(mode, "one")', [1]],
  ['mode ~ re("^eco|one$")', [1, 4]],
  ['matches(mode, re("A"))', []],
  ["isnull(temp)", [2]],
  ["isnotnull(temp)", [0, 1, 3, 4, 5]],
  ["isempty(mode)", [2, 5]],
  ["isnotempty(mode)", [0, 1, 3, 4]],
  ["on", [0, 2, 4]],
  ["not on", [1, 5]],
  ["on and power > 5", [0, 4]],
  ["on or power > 5", [0, 1, 2, 4, 5]],
  ["not isnull(power) and not on", [1, 5]],
  ["power = null", []],
  ["not mode = null", []],
  ["temp ?: 0.0 < 19", [2, 5]],
  ["on, power > 5", [0, 4]],
  ["on where power > 5", [0, 4]],
  // A type that does not fit means no rows (aggregation-apis.md 1.6).
  ['power = "10"', []],
  ["power", []],
  ['not power = "10"', []],
  ["upper(power) = power", []],
  // Time: now is 2023-11-07 12:00 UTC.
  ["today() - 1d <= eventdate", ALL],
  ["eventdate < today()", [0, 1, 2, 3, 4]],
  ["yesterday() <= eventdate < yesterday() + 1h", [0, 1, 2, 3]],
  ["eventdate > now() - 12h", [5]],
  ["midnight() < eventdate < tomorrow()", [5]],
  ['eventdate > "2023-11-06 01:00:00"', [4, 5]],
  ['"2023-11-07" < eventdate', [5]],
  ['eventdate in {"2023-11-06 00:01", "x"}', [0]],
  ['eventdate = timestamp("2023-11-06T00:01:00+00:00")', [0]],
  ['eventdate > "not a time"', []],
  [`eventdate < timestamp(${MONDAY + 60_001})`, [0]],
  [`epoch(eventdate) < ${MONDAY + 60_001}`, [0]],
  ["period(eventdate, 30m) = eventdate - 1m", [0, 2, 4]],
  ["now() - eventdate < 12h", [5]],
];

/** Expressions and what they are on the first row. */
const EXPRESSIONS: readonly (readonly [string, LinqValue])[] = [
  ["power + 1", 11],
  ["power - 0.5", 9.5],
  ["power * temp", 205],
  ["power / 4", 2],
  ["-power / 4", -2],
  ["power / 4.0", 2.5],
  ["power \\ 4", 2.5],
  ["power / 0", null],
  ["power \\ 0", null],
  ["-7 % 3", -1],
  ["-7 %% 3", 2],
  ["neg(power)", -10],
  ["abs(-3)", 3],
  ["floor(temp)", 20],
  ["ceil(temp)", 21],
  ["round(temp)", 21],
  ["round(-2.5)", -3],
  ["round(1.005, 2)", 1.01],
  ['int("12")', 12],
  ["int(temp)", 20],
  ['int("x")', null],
  ['float("1.5")', 1.5],
  ["int(on)", 1],
  ["str(power)", "10"],
  ["str(eventdate)", "2023-11-06 00:01:00.000"],
  ["str(on)", "true"],
  ["upper(mode)", "AUTO"],
  ['lower("ÄB")', "äb"],
  ['trim(" a ")', "a"],
  ["length(mode)", 4],
  ['concat(did, "-", mac)', "d1-aa"],
  ["nvl(power, 1)", 10],
  ["null ?: 3", 3],
  ['ifthenelse(on, "yes", "no")', "yes"],
  ["ifthenelse(power > 10, 1)", null],
  ['decode(mode, "eco", 1, "auto", 2, 3)', 2],
  ['decode(mode, "x", 1)', null],
  ["year(eventdate)", 2023],
  ["month(eventdate)", 11],
  ["day(eventdate)", 6],
  ["hour(eventdate)", 0],
  ["minute(eventdate)", 1],
  ["second(eventdate)", 0],
  ["dayofweek(eventdate)", 1],
  ["dayofyear(eventdate)", 310],
  ["period(eventdate, 1h)", MONDAY],
  ["period(eventdate, 1w)", MONDAY],
  ["period(eventdate, 0)", null],
  ["eventdate + 1h", MONDAY + 60_000 + HOUR],
  ["eventdate - timestamp(0)", MONDAY + 60_000],
  ["5m + 30s", 330_000],
  ["2 * 1d", 2 * DAY],
  ["true and null", null],
  ["false and null", false],
  ["true or null", true],
  ["not null", null],
  ["power in {null}", false],
];

/** Aggregates over all six rows: power 10 20 5 null 40 7, temp 20.5 21.5 null 19 22 18.25. */
const AGGREGATES: readonly (readonly [string, LinqValue])[] = [
  ["count()", 6],
  ["count(power)", 5],
  ["sum(power)", 82],
  ["sum(power * 2)", 164],
  ["sum2(power)", 100 + 400 + 25 + 1600 + 49],
  ["avg(power)", 82 / 6],
  ["nnavg(power)", 82 / 5],
  ["min(power)", 5],
  ["max(power)", 40],
  ["min(mode)", ""],
  ["max(did)", "d2"],
  ["median(power)", 10],
  ["percentile(power, 50)", 10],
  ["percentile(power, 100)", 40],
  ["percentile(power, 0)", 5],
  ["percentile5(power)", 5.4],
  ["percentile10(power)", 5.8],
  ["percentile25(power)", 7],
  ["percentile75(power)", 20],
  ["percentile90(power)", 32],
  ["percentile95(power)", 36],
  ["nnvar(power)", 2174 / 5 - (82 / 5) ** 2],
  ["nnuvar(power)", (2174 - 82 ** 2 / 5) / 4],
  ["nnstddev(power)", Math.sqrt(2174 / 5 - (82 / 5) ** 2)],
  ["nnustddev(power)", Math.sqrt((2174 - 82 ** 2 / 5) / 4)],
  ["var(power)", 2174 / 6 - (82 / 6) ** 2],
  ["uvar(power)", (2174 - 82 ** 2 / 6) / 5],
  ["stddev(power)", Math.sqrt(2174 / 6 - (82 / 6) ** 2)],
  ["ustddev(power)", Math.sqrt((2174 - 82 ** 2 / 6) / 5)],
  ["first(power)", 10],
  ["last(power)", 7],
  ["first(temp ?: 1.0)", 20.5],
  ["last(mode)", ""],
  ["nnfirst(mode)", "auto"],
  ["nnlast(temp)", 18.25],
  ["round(hllppcount(did))", 2],
  ["collect(power)", [10, 20, 5, null, 40, 7]],
  ["collectcompact(power)", [10, 20, 5, 40, 7]],
  ["collectsorted(power)", [5, 7, 10, 20, 40]],
  ["collectdistinct(did)", ["d1", "d2"]],
  ["sizedistinct(mode)", 4],
  ["sum(power) / count()", 13],
  ["sum(power) \\ count(power)", 16.4],
  ["length(hllpp(did))", 5464],
  ["sum(power) > 80 and count() = 6", true],
];

/** Whole queries. */
const QUERIES: readonly (readonly [string, readonly LinqRow[]])[] = [
  [
    "select did, power limit 2",
    [
      ["d1", 10],
      ["d1", 20],
    ],
  ],
  ["select power offset 4", [[40], [7]]],
  ["select power * 2 as double where double > 30", [[40], [80]]],
  ["select power * 2 as double select double + 1 as more limit 1", [[20, 21]]],
  ["select power select temp limit 1", [[10, 20.5]]],
  ["limit 0", []],
  ["limit 2 group select count()", [[2]]],
  ["where false group select count() as n, sum(power) as s", [[0, null]]],
  ["where false group by did select count()", []],
  ["group by did", [["d1"], ["d2"]]],
  [
    "group by did select count() as n",
    [
      ["d1", 3],
      ["d2", 3],
    ],
  ],
  [
    "group every - by did select sum(power) as s",
    [
      ["d1", 70],
      ["d2", 12],
    ],
  ],
  [
    "group every 1h select count() as n",
    [
      [MONDAY, 4],
      [MONDAY + HOUR, 1],
      [MONDAY + 25 * HOUR, 1],
    ],
  ],
  [
    "group every 1d by did select count() as n",
    [
      [MONDAY, "d1", 3],
      [MONDAY, "d2", 2],
      [MONDAY + DAY, "d2", 1],
    ],
  ],
  [
    "group every 30m by did every 1d select count() as n",
    [
      [MONDAY, "d1", 3],
      [MONDAY, "d2", 2],
      [MONDAY + DAY, "d2", 1],
    ],
  ],
  [
    "group every 30m by did every 0 select count() as n",
    [
      ["d1", 3],
      ["d2", 3],
    ],
  ],
  ["group every 30m by did every -", [["d1"], ["d2"]]],
  ["group by did select count() as n where n > 3", []],
  ["group by did select sum(power) as s where s > 20 select s * 100 as s100", [["d1", 70, 7000]]],
  ["group by did where count() > 2, sum(power) < 20", [["d2"]]],
  [
    "group by upper(did) as device select max(temp)",
    [
      ["D1", 22],
      ["D2", 19],
    ],
  ],
  ["group by upper(did)", [["D1"], ["D2"]]],
  [
    "group by on select count() as n",
    [
      [null, 1],
      [false, 2],
      [true, 3],
    ],
  ],
  ["group by mode select count() as n where isnull(mode)", [[null, 1]]],
  [
    "group every 1h by did group by did select count() as hours",
    [
      ["d1", 2],
      ["d2", 2],
    ],
  ],
  [
    "group every 1h by did select sum(power) as s group every 1d select max(s) as m",
    [
      [MONDAY, 40],
      [MONDAY + DAY, 7],
    ],
  ],
  ["group by did select count() group by `count()` select count() as devices", [[3, 2]]],
  [
    "select hour(eventdate) as h group by h select count() as n",
    [
      [0, 4],
      [1, 2],
    ],
  ],
  ["group by did select count() as n limit 1", [["d1", 3]]],
  [
    "group by did select first(power) as power",
    [
      ["d1", 10],
      ["d2", 5],
    ],
  ],
  [
    "group by did select did, count() as n select *",
    [
      ["d1", 3],
      ["d2", 3],
    ],
  ],
];

describe("where", () => {
  it.each(WHERES)("%s", async (condition, kept) => {
    const rows = await evaluateMeter(`where ${condition}`);
    expect(rows.map((row) => METER_ROWS.findIndex(([at]) => at === row[0]))).toEqual(kept);
  });
});

describe("select", () => {
  it.each(EXPRESSIONS)("%s", async (expression, value) => {
    expect(await evaluateMeter(`select ${expression} as x limit 1`)).toEqual([[value]]);
  });
});

describe("aggregates", () => {
  it.each(AGGREGATES)("%s", async (expression, value) => {
    const [[found] = []] = await evaluateMeter(`group select ${expression} as x`);
    if (typeof value === "number") expect(found).toBeCloseTo(value, 9);
    else expect(found).toEqual(value);
  });

  it("do not depend on the order of the rows", async () => {
    const text = `group by did select ${AGGREGATES.map(([expression], index) => `${expression} as x${index}`).join(", ")}`;
    expect(await evaluateMeter(text, METER_ROWS.toReversed())).toEqual(await evaluateMeter(text));
  });
});

describe("a query", () => {
  it.each(QUERIES)("%s", async (text, rows) => expect(await evaluateMeter(text)).toEqual(rows));

  it("groups days by midnight of its zone, and hours in UTC", async () => {
    const zone = "GMT+01:00";
    expect(await evaluateMeter("group every 1d select count()", METER_ROWS, zone)).toEqual([
      [MONDAY - HOUR, 5],
      [MONDAY + DAY - HOUR, 1],
    ]);
    const berlin = await evaluateMeter("group every 1d select count()", METER_ROWS, "Europe/Berlin");
    expect(berlin).toEqual([
      [MONDAY - HOUR, 5],
      [MONDAY + DAY - HOUR, 1],
    ]);
    const india = await evaluateMeter("group every 1h select count() limit 1", METER_ROWS, "Asia/Kolkata");
    expect(india).toEqual([[MONDAY, 4]]);
    expect(await evaluateMeter("select hour(eventdate) as h limit 1", METER_ROWS, "Asia/Kolkata")).toEqual([[5]]);
  });

  it("takes rows as they come", async () => {
    async function* come(): AsyncGenerator<LinqRow> {
      yield* METER_ROWS;
    }
    expect(await evaluateMeter("group select count()", come())).toEqual([[6]]);
  });

  it("tells its columns", () => {
    const columns = (text: string): string[] => planMeter(text).columns.map(({ name, type }) => `${name} ${type}`);
    expect(columns("select did, power / 2, power \\ 2 as half")).toEqual([
      "did str",
      "div(power, 2) int8",
      "half float8",
    ]);
    expect(columns("group every 1h by did select count() as n, avg(temp), max(power), max(mode)")).toEqual([
      "eventdate timestamp",
      "did str",
      "n int8",
      "avg(temp) float8",
      "max(power) int8",
      "max(mode) str",
    ]);
    expect(columns("where on")).toHaveLength(8);
    expect(columns("select now() - eventdate as age, null as nothing")).toEqual(["age int8", "nothing str"]);
  });

  it.each<[string, LinqError["code"], number, string | undefined]>([
    ["where pwoer > 1", "linq-column", 29, "power"],
    ["where conut() > 1", "linq-function", 29, "count"],
    ["select uper(mode)", "linq-function", 30, "upper"],
    ["select toint(mode)", "linq-function", 30, "int"],
    ["group select countdistinct(did)", "linq-function", 36, "hllppcount"],
    ["select upper(power)", "linq-type", 30, undefined],
    ["select upper()", "linq-arguments", 30, undefined],
    ["where upper()", "linq-arguments", 29, undefined],
    ['select power = "x"', "linq-type", 30, undefined],
    ["select {1, 2}", "linq-type", 30, undefined],
    ["select count()", "linq-aggregate", 30, undefined],
    ["group select sum(sum(power))", "linq-aggregate", 40, undefined],
    ["group select sum()", "linq-arguments", 36, undefined],
    ["group select sum(mode)", "linq-type", 36, undefined],
    ["group select percentile(power, 101)", "linq-arguments", 54, undefined],
    ["group select percentile(power, temp)", "linq-arguments", 54, undefined],
    ["group select power", "linq-column", 36, undefined],
    ["select power as temp", "linq-alias", 39, undefined],
    ["select power as a, temp as a", "linq-alias", 50, undefined],
    ["group by did, mac as did", "linq-alias", 44, undefined],
    ["group every 1h by power as eventdate", "linq-alias", 50, undefined],
    ["group every 1h every 30m", "linq-period", 23, undefined],
    ["group by did group every 1h", "linq-period", 36, undefined],
    ['where mode ~ "x"', "linq-arguments", 29, undefined],
    ["where mode ~ re(mode)", "linq-arguments", 36, undefined],
    ['where re("a")', "linq-arguments", 29, undefined],
    ['select re("a") as b', "linq-arguments", 30, undefined],
    ['where mode ~ re("(")', "linq-arguments", 39, undefined],
    ['where mode ~ re("((a{99}){99}){99}")', "linq-arguments", 39, undefined],
    ["where constructor = 1", "linq-column", 29, undefined],
    ["where toString()", "linq-function", 29, undefined],
    ["where __proto__()", "linq-function", 29, undefined],
  ])("is refused: %s", (text, code, offset, suggestion) => {
    expect(() => planMeter(text)).toThrow(expect.objectContaining({ code }));
    try {
      planMeter(text);
    } catch (error) {
      expect((error as LinqError).position?.offset).toBe(offset);
      if (suggestion !== undefined) expect((error as LinqError).suggestion).toBe(suggestion);
    }
  });
});
