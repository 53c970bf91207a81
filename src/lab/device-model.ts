import { createGenericModel } from "../mcu/models/generic.js";
import { findModel } from "../mcu/models/registry.js";
import type { World } from "../mcu/models/world/world.js";
import { scaleUp } from "../profile/scale.js";
import type { NamedProfile } from "./profiles.js";

/** The world of a device of the product: its own model where one is shipped, a general one otherwise. */
export function createModel({ name, profile }: NamedProfile, world: World) {
  const create =
    findModel(name) ??
    createGenericModel(
      profile.datapoints.map((datapoint) => ({
        name: datapoint.name,
        access: datapoint.access,
        dataType: datapoint.dataType,
        labels: datapoint.labels,
        minValue: scaleUp(datapoint, datapoint.min),
        maxValue: scaleUp(datapoint, datapoint.max),
        ratio: datapoint.ratio,
      })),
    );
  return create(world);
}
