import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { TimerHeap } from "../../../src/core/timer-heap.js";

/** The names of all that fall due up to `due`, in the order in which they are handed out. */
function take(heap: TimerHeap, due: number, log: string[]): string[] {
  log.length = 0;
  for (let action = heap.takeDue(due); action !== undefined; action = heap.takeDue(due)) action();
  return [...log];
}

describe("TimerHeap", () => {
  it("behaves like a sorted list, whatever is added, cancelled and taken", () => {
    const step = fc.oneof(
      { weight: 3, arbitrary: fc.record({ kind: fc.constant("add"), value: fc.nat(30) }) },
      { weight: 2, arbitrary: fc.record({ kind: fc.constant("cancel"), value: fc.nat(500) }) },
      { weight: 1, arbitrary: fc.record({ kind: fc.constant("take"), value: fc.nat(30) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 400, size: "max" }), (steps) => {
        const heap = new TimerHeap();
        const log: string[] = [];
        const entries: ReturnType<TimerHeap["add"]>[] = [];
        let model: { name: string; due: number; order: number }[] = [];
        for (const { kind, value } of steps) {
          if (kind === "add") {
            const name = String(entries.length);
            model.push({ name, due: value, order: entries.length });
            entries.push(heap.add(name, value, () => log.push(name)));
          } else if (kind === "cancel") {
            const entry = entries[value];
            if (entry === undefined) continue;
            heap.cancel(entry);
            model = model.filter(({ name }) => name !== entry.name);
          } else {
            model.sort((a, b) => a.due - b.due || a.order - b.order);
            const due = model.filter((entry) => entry.due <= value);
            expect(take(heap, value, log)).toEqual(due.map(({ name }) => name));
            model = model.filter((entry) => entry.due > value);
          }
          model.sort((a, b) => a.due - b.due || a.order - b.order);
          expect(heap.nextDue()).toBe(model[0]?.due);
        }
        expect(heap.names()).toEqual(model.map(({ name }) => name));
      }),
    );
  });

  it("hands out what an action adds for the same deadline, and not what it cancels", () => {
    const heap = new TimerHeap();
    const log: string[] = [];
    heap.add("first", 5, () => {
      log.push("first");
      heap.cancel(victim);
      heap.add("added", 5, () => log.push("added"));
    });
    const victim = heap.add("victim", 5, () => log.push("victim"));
    expect(take(heap, 5, log)).toEqual(["first", "added"]);
  });

  it("drops cancelled timers from memory, however many are left", () => {
    const heap = new TimerHeap();
    const entries = Array.from({ length: 400_000 }, (_, at) => heap.add(String(at), 400_000 - at, () => {}));
    for (let at = 0; at < 210_000; at += 1) heap.cancel(entries[at]!);
    expect(heap.names()).toHaveLength(190_000);
    expect(heap.nextDue()).toBe(1);
  });
});
