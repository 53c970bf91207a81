import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Correlation } from "../../../src/core/correlation.js";

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

describe("a correlation", () => {
  it("gives each message the id that it was handed over with, once", () => {
    const road = new Correlation();
    road.handOver(bytes(1, 2), 10);
    road.handOver(bytes(3), 11);
    expect([road.meet(bytes(1, 2)), road.meet(bytes(3)), road.meet(bytes(3))]).toEqual([10, 11, undefined]);
  });

  it("knows nothing of messages that are only alike", () => {
    const road = new Correlation();
    road.handOver(bytes(1, 2), 10);
    for (const other of [bytes(), bytes(1), bytes(2), bytes(1, 2, 3), bytes(0, 1, 2), bytes(2, 1)]) {
      expect(road.meet(other)).toBeUndefined();
    }
  });

  it("takes equal messages in their order", () => {
    const road = new Correlation();
    for (const id of [1, 2, 3]) road.handOver(bytes(7), id);
    expect([road.meet(bytes(7)), road.meet(bytes(7)), road.meet(bytes(7))]).toEqual([1, 2, 3]);
  });

  it("takes what was handed over before the one it meets for lost", () => {
    const road = new Correlation();
    road.handOver(bytes(1), 10);
    road.handOver(bytes(2), 11);
    expect([road.meet(bytes(2)), road.meet(bytes(1))]).toEqual([11, undefined]);
  });

  it("hands a part over", () => {
    const road = new Correlation();
    road.handOver(bytes(9, 1, 2, 9), 10, 1, 3);
    expect(road.meet(bytes(1, 2))).toBe(10);
  });

  it("holds the newest 32", () => {
    const road = new Correlation();
    for (let id = 0; id < 40; id += 1) road.handOver(bytes(id), id);
    expect([road.meet(bytes(7)), road.meet(bytes(8)), road.meet(bytes(39))]).toEqual([undefined, 8, 39]);
  });

  it("forgets everything", () => {
    const road = new Correlation();
    road.handOver(bytes(1), 10);
    road.clear();
    expect(road.meet(bytes(1))).toBeUndefined();
    road.handOver(bytes(1), 11);
    expect(road.meet(bytes(1))).toBe(11);
  });

  it("never mixes up messages that are all different and all arrive in order, however many get lost", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (arrives) => {
        const road = new Correlation();
        arrives.forEach((isThere, id) => {
          road.handOver(bytes(id, id + 1), id);
          expect(isThere ? road.meet(bytes(id, id + 1)) : id).toBe(id);
        });
      }),
    );
  });
});

describe("the newest of equal messages", () => {
  it("is met when earlier ones were lost", () => {
    const road = new Correlation();
    for (const id of [1, 2, 3]) road.handOver(bytes(7), id);
    expect([road.meetNewest(bytes(0, 0, 7)), road.meetNewest(bytes(7))]).toEqual([3, undefined]);
  });

  it("is met as often as it was handed over", () => {
    const road = new Correlation();
    for (const id of [1, 2, 2, 2]) road.handOver(bytes(7), id);
    expect([1, 2, 3, 4].map(() => road.meetNewest(bytes(7)))).toEqual([2, 2, 2, undefined]);
  });

  it("leaves what was handed over after it", () => {
    const road = new Correlation();
    for (const [id, value] of [
      [1, 7],
      [2, 7],
      [3, 8],
    ] as const) {
      road.handOver(bytes(value), id);
    }
    expect([road.meetNewest(bytes(7)), road.meetNewest(bytes(8)), road.meetNewest(bytes(8))]).toEqual([
      2,
      3,
      undefined,
    ]);
  });

  it("is always the one that was just handed over, however many equal ones got lost before", () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { maxLength: 200 }), (arrives) => {
        const road = new Correlation();
        arrives.forEach((isThere, id) => {
          road.handOver(bytes(7), id);
          expect(isThere ? road.meetNewest(bytes(1, 7)) : id).toBe(id);
        });
      }),
    );
  });
});
