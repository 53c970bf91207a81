import { readFileSync } from "node:fs";
import { createSeededRandom, type Random } from "../../../../src/core/random.js";
import type { Attrs, CreateModel, Model } from "../../../../src/mcu/model.js";
import { createGenericModel, type ModelDatapoint } from "../../../../src/mcu/models/generic.js";
import { findModel } from "../../../../src/mcu/models/registry.js";
import { createWorld, type World } from "../../../../src/mcu/models/world/world.js";

/** Midnight UTC, a Wednesday in October. */
export const START = Date.UTC(2025, 9, 15);
const NAMES = [
  "pet-house",
  "smart-light",
  "air-conditioner",
  "smart-meter",
  "ph-meter",
  "wave-maker",
  "doser",
  "ai-toy",
];
const PROFILE_TYPE = {
  status_writable: "writable",
  status_readonly: "readonly",
  alert: "alert",
  fault: "fault",
} as const;

/** A datapoint as the profile's document has it. */
export interface VendorAttr {
  readonly name: string;
  readonly type: keyof typeof PROFILE_TYPE;
  readonly data_type: ModelDatapoint["dataType"];
  readonly enum?: readonly string[];
  readonly uint_spec?: {
    readonly min: number;
    readonly max: number;
    readonly ratio: number;
    readonly addition: number;
  };
  readonly position: { readonly len: number };
}

/** The datapoints of a shipped profile. */
export function readAttrs(name: string): readonly VendorAttr[] {
  const text = readFileSync(new URL(`../../../../profiles/${name}/profile.json`, import.meta.url), "utf8");
  return (JSON.parse(text) as { entities: [{ attrs: VendorAttr[] }] }).entities[0].attrs;
}

function datapointsOf(name: string): ModelDatapoint[] {
  return readAttrs(name).map((attr) => {
    const { min, max, ratio, addition } = attr.uint_spec ?? { min: 0, max: 1, ratio: 1, addition: 0 };
    return {
      name: attr.name,
      access: PROFILE_TYPE[attr.type],
      dataType: attr.data_type,
      labels: attr.enum ?? [],
      minValue: min * ratio + addition,
      maxValue: max * ratio + addition,
      ratio,
    };
  });
}

function modelOf(name: string): CreateModel {
  const create = findModel(name);
  if (create === undefined) throw new Error(`no model for ${name}`);
  return create;
}

/** Every model with its profile, and the generic one on every profile. */
export const MODELS: readonly { readonly title: string; readonly name: string; readonly create: CreateModel }[] = [
  ...NAMES.map((name) => ({ title: name, name, create: modelOf(name) })),
  ...NAMES.map((name) => ({
    title: `${name} without its model`,
    name,
    create: createGenericModel(datapointsOf(name)),
  })),
];

/** A device without a wire: what the app and the model have put on the datapoints. */
export class Bench {
  readonly #model: Model;
  readonly world: World;
  attrs: Attrs;
  now: number;

  constructor(create: CreateModel, chance: number | string | Random, set: Attrs = {}, start = START) {
    this.world = createWorld(typeof chance === "object" ? chance : createSeededRandom(chance));
    this.#model = create(this.world);
    this.attrs = { ...this.#model.initial, ...set };
    this.now = start;
  }

  set(attrs: Attrs): this {
    this.attrs = { ...this.attrs, ...attrs };
    return this;
  }

  /** Lets time pass in steps and returns the datapoints after each. */
  run(totalMs: number, stepMs: number): Attrs[] {
    const history: Attrs[] = [];
    for (let left = totalMs; left > 0; left -= stepMs) {
      const elapsedMs = Math.min(stepMs, left);
      this.now += elapsedMs;
      this.set(this.#model.step({ attrs: this.attrs, now: this.now, elapsedMs }));
      history.push(this.attrs);
    }
    return history;
  }

  number(name: string): number {
    return Number(this.attrs[name]);
  }
}

/** Random controls of the app, by the profile. */
export function controlsOf(attrs: readonly VendorAttr[], seed: string): Attrs {
  const random = createSeededRandom(seed);
  const controls = attrs
    .filter((attr) => attr.type === "status_writable" && attr.data_type !== "binary" && random.next() < 0.5)
    .map((attr) => {
      if (attr.data_type === "bool") return [attr.name, random.next() < 0.5];
      if (attr.enum !== undefined) return [attr.name, random.pick(attr.enum)];
      const { min, max, ratio, addition } = attr.uint_spec ?? { min: 0, max: 0, ratio: 1, addition: 0 };
      return [attr.name, Number((random.integer(min, max) * ratio + addition).toFixed(3))];
    });
  return Object.fromEntries(controls) as Attrs;
}
