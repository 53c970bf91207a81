import { describe, expect, it } from "vitest";
import { TopRows } from "../../../../src/cloud/telemetry/top-rows.js";
import { createSeededRandom } from "../../../../src/core/random.js";
import { measureHeap } from "../../../support/heap.js";

describe("the first rows", () => {
  it.each(["asc", "desc"] as const)("by value %s are those of sorting all, equal ones as they came", (direction) => {
    const random = createSeededRandom(direction);
    const rows = Array.from({ length: 20_000 }, (_, place) => ({ value: random.integer(0, 500), place }));
    const sign = direction === "asc" ? 1 : -1;
    const sorted = [...rows].sort((a, b) => sign * (a.value - b.value) || a.place - b.place);
    for (const limit of [1, 10, 3000, 19_999, 20_000, 30_000]) {
      const top = new TopRows<(typeof rows)[number]>(limit, true, direction);
      for (const row of rows) top.add(row);
      expect([top.isFull, top.size]).toEqual([false, Math.min(limit, rows.length)]);
      expect(top.finish()).toEqual(sorted.slice(0, limit));
    }
  });

  it("in time are the first that come", () => {
    const top = new TopRows<{ value: number }>(2, false, "desc");
    for (const value of [3, 1, 2]) top.add({ value });
    expect([top.isFull, top.size, top.finish()]).toEqual([true, 2, [{ value: 3 }, { value: 1 }]]);
  });

  it("are all that is held of many rows", () => {
    const before = measureHeap();
    const tops = Array.from({ length: 300 }, () => new TopRows<{ value: number }>(1, true, "asc"));
    for (const top of tops) for (let value = 0; value < 3000; value += 1) top.add({ value });
    expect(measureHeap() - before).toBeLessThan(2_000_000);
    expect(tops.map((top) => top.finish())).toEqual(tops.map(() => [{ value: 0 }]));
  });
});
