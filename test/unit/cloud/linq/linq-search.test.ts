import { describe, expect, it } from "vitest";
import { LinqSearch, type LinqSearchParts } from "../../../../src/cloud/linq/linq-search.js";
import type { RowRange } from "../../../../src/cloud/linq/report-tables.js";
import type { LinqRow } from "../../../../src/cloud/linq/value.js";
import { longestHold } from "../../../support/event-loop.js";
import { evaluateMeter, METER_CATALOG, METER_ROWS, MONDAY, NOW } from "../../../support/linq-meter.js";

const HOUR = 3_600_000;
const RANGE = { domain: "self", start: MONDAY, end: MONDAY + 26 * HOUR };

/** A search over the meter's rows; those of the demo's table never end. */
function openSearch(mostWorkMs?: number) {
  const asked: RowRange[] = [];
  async function* rows(table: string, range: RowRange): AsyncGenerator<LinqRow, void> {
    asked.push({ start: range.start, end: range.end });
    if (range.start >= range.end) return;
    do {
      yield* METER_ROWS.filter(([at]) => (at as number) >= range.start && (at as number) < range.end);
    } while (table.startsWith("demo"));
  }
  const parts = {
    clock: { now: () => NOW },
    telemetry: { flush() {} },
    tables: { rows, catalogOf: () => METER_CATALOG },
    tasks: { findLike: () => undefined },
    ...(mostWorkMs !== undefined && { mostWorkMs }),
  } as unknown as LinqSearchParts;
  const search = new LinqSearch(parts);
  const run = async (linq: string, range = RANGE, zone = "UTC"): Promise<LinqRow[]> => {
    const found: LinqRow[] = [];
    for await (const row of search.run(search.compile("self", linq, zone), range)) found.push(row);
    return found;
  };
  return { search, run, asked };
}

const ENDLESS = "from demo.ecommerce.data group select count()";
const SMALL = "from gizlab.meter.data group select count() as n";

describe("a query that never comes to an end", () => {
  it("is stopped after its own working time", async () => {
    const { run } = openSearch(200);
    await expect(run(ENDLESS)).rejects.toMatchObject({
      code: "linq-limit",
      message: "the query takes too long: more than 0.2 s of work",
      position: undefined,
    });
    expect(await run(SMALL)).toEqual([[6]]);
  });

  it("does not stand in the way: meanwhile others are answered and the event loop goes on", async () => {
    const { run, search } = openSearch();
    const done: string[] = [];
    const slow = Array.from({ length: 6 }, () => run(ENDLESS).catch(({ code }) => done.push(code)));
    const held = await longestHold(async () => {
      for (let round = 0; round < 20; round += 1) expect(await run(SMALL)).toEqual([[6]]);
    });
    expect(done).toEqual([]);
    expect(held).toBeLessThan(100);
    await search.interrupt();
    await Promise.all(slow);
    expect(done).toEqual(new Array(6).fill("linq-interrupted"));
    expect(search.isReading).toBe(false);
  }, 30_000);

  it("is turned away when too many like it wait", async () => {
    const { run, search } = openSearch(60_000);
    const codes: string[] = [];
    const slow = Array.from({ length: 30 }, () => run(ENDLESS).catch(({ code }) => codes.push(code)));
    while (codes.length === 0) await new Promise((resume) => setTimeout(resume, 20));
    expect(codes[0]).toBe("linq-busy");
    expect(await run(SMALL)).toEqual([[6]]);
    await search.interrupt();
    await Promise.all(slow);
    expect(new Set(codes)).toEqual(new Set(["linq-busy", "linq-interrupted"]));
  }, 30_000);
});

describe("conditions on the time", () => {
  const [H, START, END] = [HOUR, RANGE.start, RANGE.end];
  const NOTHING = { start: START, end: START };
  const ALL = { start: START, end: END };

  it.each<[condition: string, RowRange]>([
    ["now() - 12h < eventdate", { start: MONDAY + 24 * H, end: END }],
    ["eventdate > now() - 12h", { start: MONDAY + 24 * H, end: END }],
    ['timestamp("2023-11-06 01:00:00") < eventdate', { start: MONDAY + H, end: END }],
    ['eventdate < "2023-11-06 01:00"', { start: START, end: MONDAY + H + 1 }],
    [
      'timestamp("2023-11-06 00:30:00") <= eventdate < timestamp("2023-11-06 01:00:00")',
      { start: MONDAY + H / 2, end: MONDAY + H + 1 },
    ],
    ["eventdate >= today()", { start: MONDAY + 24 * H, end: END }],
    ["eventdate <= yesterday() + 1m", { start: START, end: MONDAY + 60_001 }],
    [`eventdate = timestamp(${MONDAY + 60_000})`, { start: MONDAY + 60_000, end: MONDAY + 60_001 }],
    ["power > 1 and (eventdate >= today() and true)", { start: MONDAY + 24 * H, end: END }],
    ["eventdate >= today() or power > 1", ALL],
    ["not eventdate >= today()", ALL],
    ["eventdate /= today()", ALL],
    ["eventdate > eventdate - 1h", ALL],
    ["true", ALL],
    ["false", NOTHING],
    ["null", NOTHING],
    ["power > 1, 1 > 2", NOTHING],
    ['eventdate < timestamp("never")', NOTHING],
    ['eventdate < "never"', NOTHING],
    ["eventdate < 5", NOTHING],
    ["eventdate < 5 or true", ALL],
    ["eventdate > tomorrow()", NOTHING],
    ["today() > eventdate > tomorrow()", NOTHING],
    ["limit 2 where eventdate >= today()", ALL],
    ["offset 1 where eventdate >= today()", ALL],
    ["limit 2 where false", NOTHING],
    ["group every 1h where eventdate >= today()", ALL],
    ["group every 1h where 1 = 2", NOTHING],
  ])("narrow what is read, and change no row: %s", async (condition, read) => {
    for (const tail of [" ", " group select count() as n"]) {
      const rest = `${/^(limit|offset|group)/.test(condition) ? "" : "where "}${condition}${tail}`;
      const { run, asked } = openSearch();
      const found = await run(`from gizlab.meter.data ${rest}`);
      expect(asked).toEqual([read]);
      expect(found).toEqual(await evaluateMeter(rest));
    }
  });

  it("go by the zone of the query", async () => {
    const { run, asked } = openSearch();
    await run('from gizlab.meter.data where eventdate >= "2023-11-06 03:00"', RANGE, "GMT+02:00");
    expect(asked).toEqual([{ start: MONDAY + HOUR, end: RANGE.end }]);
  });

  it("end a query that reads nothing at once, of a table without end too", async () => {
    const { run } = openSearch();
    expect(await run("from demo.ecommerce.data where 1 > 2")).toEqual([]);
    expect(await run("from demo.ecommerce.data where null group select count() as n")).toEqual([[0]]);
  });
});

describe("a set of constants", () => {
  const ITEMS: Record<string, readonly string[]> = {
    power: ["10", "10.0", "-0", "5s", "null", "7e0", "1 + 9"],
    temp: ["20.5", "22", "null", "-1"],
    mode: ['"auto"', '""', '"10"', "null", 'concat("eco", "-auto")', "'n10'"],
    on: ["true", "false", "null"],
    eventdate: ['"2023-11-06 00:01:00"', '"never"', "null", "today()", `timestamp(${MONDAY + 60_000})`],
  };

  it("holds what its items equal, of every type", async () => {
    for (const [column, items] of Object.entries(ITEMS)) {
      const text = column === "eventdate" ? "mode" : column;
      for (let mask = 1; mask < 2 ** items.length; mask += 1) {
        const chosen = items.filter((_item, index) => (mask >> index) % 2 === 1);
        // A column among the items makes it no constant: compared one by one.
        const slowly = `${column} in {${chosen.join(", ")}, ifthenelse(did = "", ${text}, null)}`;
        const quickly = `${column} in {${chosen.join(", ")}}`;
        const rows = await evaluateMeter(`select ${quickly} as a, ${slowly} as b`);
        for (const [a, b] of rows) expect(a, quickly).toBe(b);
      }
    }
  });

  it("takes one look, however many items it has", async () => {
    const items = Array.from({ length: 2500 }, (_, index) => index + 100).join(",");
    const rows: LinqRow[] = Array.from({ length: 50_000 }, (_, index) => [
      MONDAY + index,
      "self",
      "d",
      "m",
      index % 200,
    ]);
    const start = performance.now();
    expect(await evaluateMeter(`where power in {${items}} group select count()`, rows)).toEqual([[25_000]]);
    expect(performance.now() - start).toBeLessThan(2000);
  });
});
