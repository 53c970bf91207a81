import { describe, expect, it } from "vitest";
import { createSeededRandom, type Random } from "../../../../src/core/random.js";
import type { Attrs, CreateModel } from "../../../../src/mcu/model.js";
import { createDoser } from "../../../../src/mcu/models/doser.js";
import { createPetHouse } from "../../../../src/mcu/models/pet-house.js";
import { createWaveMaker } from "../../../../src/mcu/models/wave-maker.js";
import type { WorldState } from "../../../../src/mcu/models/world/world.js";
import { Bench, controlsOf, MODELS, readAttrs, type VendorAttr } from "./model-bench.js";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const LENGTHS_MS = [100, SECOND, 10 * SECOND, MINUTE, 10 * MINUTE, HOUR, 6 * HOUR] as const;
/** 200 steps. Short ones come first, because after a long one a world has forgotten what a wrong restore would lose. */
const GROWING_MS = Array.from({ length: 200 }, (_, at) =>
  Number(LENGTHS_MS[Math.floor((at / 200) * LENGTHS_MS.length)]),
);
const SEEDS = ["a", "b", "c", "d", "e", "f", "g", "h"];
const SCRIPTS = [
  ...SEEDS.map((seed) => ({ script: `calm ${seed}`, makeChance: createSeededRandom })),
  ...SEEDS.map((seed) => ({
    script: `eventful ${seed}`,
    makeChance: (text: string) => agitate(createSeededRandom(text)),
  })),
];

/** Makes rare events common: a lamp is covered once in five days, and a test has no time to wait. */
function agitate(random: Random): Random {
  return { ...random, next: () => random.next() ** 4, stream: (name) => agitate(random.stream(name)) };
}

/** Lets the steps pass, with the app's controls and faults by hand now and then. */
function live(bench: Bench, vendor: readonly VendorAttr[], stepsMs: readonly number[], script: string): Attrs[] {
  const hand = createSeededRandom(script);
  return stepsMs.flatMap((stepMs, at) => {
    if (hand.next() < 1 / 60) bench.set(controlsOf(vendor, `${script}/${at}`));
    if (hand.next() < 1 / 60) bench.set(faultsOf(vendor, hand.next() < 0.4));
    return bench.run(stepMs, stepMs);
  });
}

/** All faults at once, or none: a model goes its own way on some cells only while a fault lasts. */
function faultsOf(vendor: readonly VendorAttr[], isFaulty: boolean): Attrs {
  return Object.fromEntries(vendor.filter(({ type }) => type === "fault").map(({ name }) => [name, isFaulty]));
}

/** Saves `original`, lets it go on, and expects the same readings of devices made from `sources` and restored. */
function expectSameFuture(
  original: Bench,
  create: CreateModel,
  sources: readonly Random[],
  goOn: (bench: Bench) => Attrs[],
): void {
  const { attrs, now } = original;
  const saved = JSON.stringify(original.world.save());
  const further = goOn(original);
  for (const source of sources) {
    const restored = new Bench(create, source, attrs, now);
    restored.world.load(JSON.parse(saved) as WorldState);
    expect(goOn(restored)).toEqual(further);
    expect(restored.world.save()).toEqual(original.world.save());
  }
}

describe.each(MODELS)("the saved world of $title", ({ name, create }) => {
  const vendor = readAttrs(name);

  it.each(SCRIPTS)("goes on in a model of any seed as it would have gone on ($script)", ({ script, makeChance }) => {
    const original = new Bench(create, makeChance(script));
    live(original, vendor, GROWING_MS.toReversed(), `${script}/before`);
    const sources = [makeChance(script), makeChance("another")];
    expectSameFuture(original, create, sources, (bench) => live(bench, vendor, GROWING_MS, `${script}/after`));
  });
});

describe("a world saved in the middle", () => {
  it.each<{ what: string; create: CreateModel; set: readonly Attrs[] }>([
    { what: "a calibration", create: createDoser, set: [{ calibrate: "Ch1" }] },
    { what: "a feed", create: createWaveMaker, set: [{ FeedSwitch: true, feedTime: 1 }] },
    {
      what: "a visit that the infrared sensor, broken by now, does not show",
      create: createPetHouse,
      set: [{ Infrared: true }, { Fault_IR: true }],
    },
  ])("of $what knows how far it was", ({ create, set }) => {
    const original = new Bench(create, "middle");
    for (const attrs of set) original.set(attrs).run(30 * SECOND, SECOND);
    const sources = ["middle", "another"].map(createSeededRandom);
    expectSameFuture(original, create, sources, (bench) => [...bench.run(MINUTE, SECOND), ...bench.run(HOUR, MINUTE)]);
  });
});
