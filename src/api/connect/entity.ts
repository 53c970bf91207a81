import { type EnergyMapping, type EnergyMetric, mappedDatapoints } from "../../cloud/devices/energy-metrics.js";
import { entityId } from "../../cloud/devices/outside-ids.js";
import type { Device } from "../../cloud/devices/registry.js";
import { GizlabError } from "../../core/errors.js";
import { isUuid } from "../../core/uuid.js";
import type { Datapoint } from "../../profile/profile.js";
import type { ApiContext } from "../context.js";

/** A device as this face knows it. */
export interface Entity {
  readonly id: string;
  readonly device: Device;
  readonly mapping: EnergyMapping;
  /** The datapoints from which some of the metrics are read. */
  datapointsOf(metrics: readonly EnergyMetric[]): readonly Datapoint[];
}

/** The entity of an id. Throws `request-invalid` for an id that is none, `entity-unknown`. */
export function findEntity({ cloud }: ApiContext, id: string): Entity {
  if (!isUuid(id)) throw new GizlabError("request-invalid", "entityId is no UUID");
  const device = cloud.entities.find(id);
  if (device === undefined) {
    throw new GizlabError("entity-unknown", `no entity has the id ${id}`, {
      hint: "GET /_lab/state lists the entity_id of every device",
    });
  }
  const product = cloud.registry.productOf(device);
  const mapping = product === undefined ? {} : cloud.energy.find(product);
  return {
    id: entityId(device),
    device,
    mapping,
    datapointsOf: (metrics) => (product === undefined ? [] : mappedDatapoints(product.profile, mapping, metrics)),
  };
}
