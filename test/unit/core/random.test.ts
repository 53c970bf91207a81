import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatHex } from "../../../src/core/hex.js";
import { createSeededRandom, createSystemRandom, type Random, type RandomState } from "../../../src/core/random.js";

/** A mixed run of draws, as JSON. */
function draw(random: Random, count = 50): unknown[] {
  return Array.from({ length: count }, (_, at) => {
    if (at % 5 === 0) return random.integer(-5, 5);
    if (at % 5 === 1) return formatHex(random.bytes(3));
    if (at % 5 === 2) return random.hex(4);
    if (at % 5 === 3) return random.pick(["a", "b", "c"]);
    return [random.next(), random.normal()];
  });
}

describe("createSeededRandom", () => {
  it("gives equal numbers for equal seeds, and others for others", () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.string()), (seed) => {
        expect(draw(createSeededRandom(seed))).toEqual(draw(createSeededRandom(seed)));
        expect(draw(createSeededRandom(seed))).not.toEqual(draw(createSeededRandom(`${seed}.`)));
      }),
      { numRuns: 50 },
    );
  });

  it("gives the same numbers in every release, so that recorded seeds stay worth something", () => {
    const random = createSeededRandom(7);
    expect([random.hex(8), random.integer(0, 999), random.stream("mcu").hex(8)]).toEqual([
      "60d17e78efea0fb1",
      251,
      "65f0b0ba9be0827d",
    ]);
  });

  it("takes a number and its text for the same seed", () => {
    expect(draw(createSeededRandom(42))).toEqual(draw(createSeededRandom("42")));
  });

  it("keeps streams apart: drawing from one shifts neither its parent nor its sisters", () => {
    const touched = createSeededRandom(1);
    const untouched = createSeededRandom(1);
    draw(touched.stream("a"), 200);
    draw(touched, 10);
    expect(draw(touched.stream("b"))).toEqual(draw(untouched.stream("b")));
    expect(draw(touched)).toEqual(draw(skip(untouched, 10)));
  });

  it("gives a stream by its name alone, and different names different streams", () => {
    const random = createSeededRandom("seed");
    const names = ["", "a", "b", "A", "a/b", "b/a", "mcu", "gagent"];
    expect(draw(random.stream("a"))).toEqual(draw(random.stream("a")));
    const firsts = names.map((name) => random.stream(name).hex(8));
    expect(new Set([...firsts, random.hex(8)]).size).toBe(names.length + 1);
  });
});

describe("save and load", () => {
  it("let any seeded source go on from where another was saved, through JSON", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.nat(300), (seed, other, count) => {
        const random = skip(createSeededRandom(seed), count);
        const state = JSON.parse(JSON.stringify(random.save())) as RandomState;
        const further = draw(random);
        const restored = skip(createSeededRandom(other), 3);
        restored.load(state);
        expect(draw(restored)).toEqual(further);
      }),
      { numRuns: 50 },
    );
  });

  it("concern the source alone: its streams go on as they were", () => {
    const random = createSeededRandom("a");
    const stream = random.stream("s");
    const other = createSeededRandom("b");
    random.load(skip(other, 10).save());
    expect(random.save()).toEqual(other.save());
    expect(draw(stream)).toEqual(draw(createSeededRandom("a").stream("s")));
    expect(draw(random.stream("s"))).toEqual(draw(createSeededRandom("a").stream("s")));
  });

  it("do not let a state follow the source it was taken from", () => {
    const random = createSeededRandom("a");
    const state = random.save();
    const before = [...state];
    draw(random);
    expect(state).toEqual(before);
  });

  it("leave a seeded source alone on the empty state of the system source, and refuse any other length", () => {
    const random = createSeededRandom("a");
    const before = random.save();
    random.load(createSystemRandom().save());
    expect(random.save()).toEqual(before);
    for (const state of [[1], [1, 2, 3], [1, 2, 3, 4, 5]]) expect(() => random.load(state)).toThrow(RangeError);
    expect(random.save()).toEqual(before);
  });

  it("do nothing to the system source", () => {
    const random = createSystemRandom();
    expect(random.save()).toEqual([]);
    const state = createSeededRandom("a").save();
    random.load(state);
    const first = random.hex(16);
    random.load(state);
    expect(random.hex(16)).not.toBe(first);
  });
});

describe.each([
  ["seeded", createSeededRandom("range")],
  ["system", createSystemRandom()],
])("the %s source", (_name, random) => {
  const sample = <T>(take: () => T): T[] => Array.from({ length: 4000 }, take);

  it("draws integers from the whole range, both ends included, and nothing else", () => {
    expect([...new Set(sample(() => random.integer(3, 6)))].sort()).toEqual([3, 4, 5, 6]);
    expect(new Set(sample(() => random.integer(9, 9)))).toEqual(new Set([9]));
    expect(new Set(sample(() => random.bytes(1)[0])).size).toBe(256);
  });

  it("draws numbers evenly from 0 up to 1", () => {
    const numbers = sample(() => random.next());
    expect(Math.min(...numbers)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...numbers)).toBeLessThan(1);
    expect(mean(numbers)).toBeCloseTo(0.5, 1);
  });

  it("draws normal numbers with mean 0 and deviation 1", () => {
    const numbers = sample(() => random.normal());
    expect(Math.abs(mean(numbers))).toBeLessThan(0.1);
    expect(Math.abs(mean(numbers.map((number) => number ** 2)) - 1)).toBeLessThan(0.15);
  });

  it("gives as many bytes and hex digits as asked for", () => {
    expect([random.bytes(0).length, random.bytes(33).length, random.hex(5).length]).toEqual([0, 33, 10]);
  });
});

describe("createSystemRandom", () => {
  it("never gives the same twice, streams included", () => {
    const random = createSystemRandom();
    const draws = [
      random.hex(16),
      random.stream("a").hex(16),
      random.stream("a").hex(16),
      createSystemRandom().hex(16),
    ];
    expect(new Set(draws).size).toBe(4);
  });
});

function skip(random: Random, count: number): Random {
  draw(random, count);
  return random;
}

function mean(numbers: readonly number[]): number {
  return numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
}
