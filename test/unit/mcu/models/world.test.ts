import { beforeEach, describe, expect, it } from "vitest";
import { createSeededRandom } from "../../../../src/core/random.js";
import { createWorld, type World, type WorldState } from "../../../../src/mcu/models/world/world.js";

const SEED = 7;
let world: World;

beforeEach(() => {
  world = createWorld(createSeededRandom(SEED));
});

describe("the chance of a world", () => {
  it("is that of the source it was made from", () => {
    expect(world.random.next()).toBe(createSeededRandom(SEED).next());
  });

  it("comes from the source's streams for its streams and parts, however deep", () => {
    const random = createSeededRandom(SEED);
    expect(world.stream("rain").next()).toBe(random.stream("rain").next());
    const part = world.under("weather");
    expect(part.random.next()).toBe(random.stream("weather").next());
    expect(part.stream("warmth").next()).toBe(random.stream("weather").stream("warmth").next());
  });
});

describe("save", () => {
  it("names every cell, part and stream, in plain JSON", () => {
    world.cell<boolean>("isOpen", false);
    world.under("weather").cell<number>("warmth", 21.5);
    world.stream("people");
    const state = world.save();
    expect(state).toEqual({
      random: createSeededRandom(SEED).save(),
      cells: { isOpen: false },
      parts: {
        weather: { random: expect.anything() as unknown, cells: { warmth: 21.5 }, parts: {} },
        people: { random: expect.anything() as unknown, cells: {}, parts: {} },
      },
    });
    expect(JSON.parse(JSON.stringify(state))).toEqual(state);
  });

  it("is not touched by what happens afterwards", () => {
    const cell = world.cell<number>("level", 1);
    const stream = world.stream("rain");
    const state = world.save();
    const before = JSON.stringify(state);
    cell.value = 2;
    stream.next();
    world.random.next();
    expect(JSON.stringify(state)).toBe(before);
  });

  it("of a part holds that part alone", () => {
    world.cell<number>("level", 1);
    const part = world.under("weather");
    part.cell<number>("warmth", 2);
    expect(part.save().cells).toEqual({ warmth: 2 });
  });
});

describe("load", () => {
  it("puts cells and sources back, those of parts too", () => {
    const cell = world.cell<string>("channel", "None");
    const part = world.under("weather");
    const warmth = part.cell<number>("warmth", 1);
    const rain = part.stream("rain");
    const state = world.save();
    const draw = (): number[] => [world.random, part.random, rain].map((random) => random.next());
    const drawn = draw();
    cell.value = "Ch1";
    warmth.value = 2;
    world.load(state);
    expect([cell.value, warmth.value]).toEqual(["None", 1]);
    expect(draw()).toEqual(drawn);
  });

  it("leaves a cell, part or stream as it is that the state does not name", () => {
    const state = world.save();
    const cell = world.cell<number>("level", 1);
    const warmth = world.under("weather").cell<number>("warmth", 2);
    const rain = world.stream("rain");
    rain.next();
    const before = rain.save();
    world.load(state);
    expect([cell.value, warmth.value]).toEqual([1, 2]);
    expect(rain.save()).toEqual(before);
  });

  it("ignores names that the world does not have", () => {
    const cell = world.cell<number>("level", 1);
    const { random } = world.save();
    const gone: WorldState = { random, cells: { ghost: 3 }, parts: {} };
    world.load({ random, cells: { level: 2, ghost: 3 }, parts: { ghost: gone } });
    expect(cell.value).toBe(2);
    expect(world.save()).toEqual({ random, cells: { level: 2 }, parts: {} });
  });

  it("takes names as names, not as what every object has", () => {
    for (const name of ["__proto__", "constructor"]) {
      const cell = world.cell<number>(name, 1);
      const inside = world.under(name).cell<number>("level", 1);
      const state = JSON.parse(JSON.stringify(world.save())) as WorldState;
      cell.value = 2;
      inside.value = 2;
      world.load(state);
      expect([cell.value, inside.value]).toEqual([1, 1]);
    }
  });
});

describe("a name", () => {
  it("is given once to a cell", () => {
    world.cell<number>("level", 1);
    expect(() => world.cell<number>("level", 2)).toThrow("cell level");
  });

  it("is given once to a part or stream, because both would draw the same numbers", () => {
    world.under("weather");
    world.stream("rain");
    expect(() => world.under("weather")).toThrow("weather");
    expect(() => world.stream("weather")).toThrow("weather");
    expect(() => world.stream("rain")).toThrow("rain");
    expect(() => world.under("rain")).toThrow("rain");
  });

  it("may be both a cell's and a part's, and be taken again inside a part", () => {
    world.cell<number>("level", 1);
    const part = world.under("level");
    part.cell<number>("level", 2);
    part.under("level").cell<number>("level", 3);
    expect(world.save().parts.level?.parts.level?.cells).toEqual({ level: 3 });
  });
});
