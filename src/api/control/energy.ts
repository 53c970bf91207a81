import type { Cloud } from "../../cloud/cloud.js";
import type { EnergyMetric } from "../../cloud/devices/energy-metrics.js";
import type { Product } from "../../cloud/devices/products.js";
import { GizlabError } from "../../core/errors.js";
import type { Face } from "../face.js";
import { Type } from "../schema.js";

const tags = ["Lab control"];
const url = "/_lab/products/:product_key/energy";
const params = Type.Object({ product_key: Type.String({ maxLength: 64 }) });
const Name = Type.Optional(Type.String({ minLength: 1, maxLength: 64 }));
const closed = { additionalProperties: false };
const scaling = {
  unit: Type.Optional(Type.String({ minLength: 1, maxLength: 16 })),
  scale: Type.Optional(Type.Number({ minimum: 1e-9, maximum: 1e9 })),
};
const Tiered = Type.Object({ total: Name, t1: Name, t2: Name, t3: Name, t4: Name, ...scaling }, closed);
const Volume = Type.Object({ value: Name, ...scaling }, closed);
const Phased = Type.Object({ total: Name, l1: Name, l2: Name, l3: Name, ...scaling }, closed);
const Mapping = Type.Object(
  {
    instantaneousCurrent: Type.Optional(Phased),
    instantaneousVoltage: Type.Optional(Phased),
    negativeActiveEnergy: Type.Optional(Tiered),
    negativeActiveInstantaneousPower: Type.Optional(Phased),
    negativeGasVolume: Type.Optional(Volume),
    positiveActiveEnergy: Type.Optional(Tiered),
    positiveActiveInstantaneousPower: Type.Optional(Phased),
    positiveGasVolume: Type.Optional(Volume),
  } satisfies Record<EnergyMetric, unknown>,
  closed,
);

/** Which datapoints of a product DER Connect shows as energy (aggregation-apis.md 2.5). */
export function registerEnergyControl(face: Face, { products, energy }: Cloud): void {
  const find = (key: string): Product => {
    const product = products.find(key);
    if (product === undefined) {
      throw new GizlabError("product-unknown", `no product has the product_key ${key}`);
    }
    return product;
  };
  face.get(url, { schema: { tags, summary: "Which datapoints are energy", params } }, (request) =>
    energy.find(find(request.params.product_key)),
  );
  face.put(url, { schema: { tags, summary: "Say which datapoints are energy", params, body: Mapping } }, (request) =>
    energy.set(find(request.params.product_key), request.body),
  );
  face.delete(url, { schema: { tags, summary: "Find energy by the names of datapoints again", params } }, (request) =>
    energy.clear(find(request.params.product_key)),
  );
}
