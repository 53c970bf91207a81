import { createGenericModel } from "../mcu/models/generic.js";
import { findModel } from "../mcu/models/registry.js";
import type { World } from "../mcu/models/world/world.js";
import type { Datapoint } from "../profile/profile.js";
import { type DisplayValue, toDisplay } from "../profile/scale.js";
import type { NamedProfile } from "./profiles.js";

/** The world of a device of the product: its own model where one is shipped, a general one otherwise. */
export function createModel({ name, profile }: NamedProfile, world: World) {
  const create =
    findModel(name) ??
    createGenericModel(
      profile.datapoints.filter(isWithinNumbers).map((datapoint) => ({
        name: datapoint.name,
        access: datapoint.access,
        dataType: datapoint.dataType,
        labels: datapoint.labels,
        minValue: clamp(toDisplay(datapoint, datapoint.min)),
        maxValue: clamp(toDisplay(datapoint, datapoint.max)),
        ratio: datapoint.ratio,
      })),
    );
  return create(world);
}

/** A model counts in numbers: a datapoint of 8 bytes that begins beyond them stays at its least. */
function isWithinNumbers(datapoint: Datapoint): boolean {
  return datapoint.dataType !== "uint64" || typeof toDisplay(datapoint, datapoint.min) === "number";
}

/** The range of a datapoint of 8 bytes ends for a model where numbers do. */
function clamp(value: DisplayValue): number {
  return Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, Number(value)));
}
