import { describe, expect, it } from "vitest";
import { VirtualClock } from "../../../src/core/clock.js";
import { Trace } from "../../../src/core/trace.js";
import { measureHeap } from "../../support/heap.js";

describe("Trace", () => {
  it("records each hop with the clock's time, as plain JSON without empty fields", async () => {
    const clock = new VirtualClock(1000);
    const trace = new Trace(clock);
    const id = trace.nextId();
    trace.record(id, "api");
    await clock.advance(5);
    trace.record(id, "mcu", { did: "did1" }, { cmd: "0x03" });
    const entries = [...trace];
    expect(entries).toStrictEqual([
      { at: 1000, id: "t1", hop: "api" },
      { at: 1005, id: "t1", hop: "mcu", did: "did1", detail: { cmd: "0x03" } },
    ]);
    expect(JSON.parse(JSON.stringify(entries))).toStrictEqual(entries);
  });

  it("gives every control its own id, the same in every run", () => {
    const ids = (): number[] => {
      const trace = new Trace(new VirtualClock(0));
      return [trace.nextId(), trace.nextId(), trace.nextId()];
    };
    expect(ids()).toEqual([1, 2, 3]);
    expect(ids()).toEqual(ids());
  });

  it.each([1, 3, 100])("keeps the newest %i hops, oldest of them first", (limit) => {
    const trace = new Trace(new VirtualClock(0), limit);
    for (let n = 1; n <= 1000; n += 1) {
      trace.record(n, "hop");
      const kept = [...trace].map((entry) => Number(entry.id.slice(1)));
      expect(kept).toHaveLength(Math.min(n, limit));
      expect([kept[0], kept.at(-1)]).toEqual([Math.max(1, n - limit + 1), n]);
    }
  });

  it("does not grow with the number of hops", () => {
    const trace = new Trace(new VirtualClock(0), 100);
    const before = measureHeap();
    for (let n = 0; n < 300_000; n += 1) trace.record(n, "hop", { did: "did" }, { n });
    expect(measureHeap() - before).toBeLessThan(4 * 1024 * 1024);
    expect([...trace]).toHaveLength(100);
  });

  it("can be read twice, and is not changed by what is recorded while it is read", () => {
    const trace = new Trace(new VirtualClock(0));
    trace.record(1, "a");
    const hops: string[] = [];
    for (const entry of trace) {
      hops.push(entry.hop);
      if (hops.length < 5) trace.record(1, "b");
    }
    expect(hops).toEqual(["a"]);
    expect([...trace].map((entry) => entry.hop)).toEqual(["a", "b"]);
  });
});
