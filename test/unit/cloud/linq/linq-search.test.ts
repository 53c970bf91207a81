import { describe, expect, it } from "vitest";
import { LinqSearch, type LinqSearchParts } from "../../../../src/cloud/linq/linq-search.js";
import type { RowRange } from "../../../../src/cloud/linq/report-tables.js";
import type { LinqRow } from "../../../../src/cloud/linq/value.js";
import { longestHold } from "../../../support/event-loop.js";
import { METER_CATALOG, METER_ROWS, MONDAY, NOW } from "../../../support/linq-meter.js";

const HOUR = 3_600_000;
const RANGE = { domain: "self", start: MONDAY, end: MONDAY + 26 * HOUR };

/** A search over the meter's rows; those of the demo's table never end. */
function openSearch(mostWorkMs?: number) {
  const asked: RowRange[] = [];
  async function* rows(table: string, range: RowRange): AsyncGenerator<LinqRow, void> {
    asked.push({ start: range.start, end: range.end });
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
