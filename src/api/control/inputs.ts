import { Type } from "typebox";
import type { Cloud } from "../../cloud/cloud.js";
import type { OwnInput } from "../../cloud/devices/inputs.js";
import type { Face } from "../face.js";

const tags = ["Lab control"];
const InputBody = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 128 }),
  measure_unit: Type.Optional(Type.String({ maxLength: 32 })),
  asset_id: Type.Optional(Type.Integer({ minimum: 1, maximum: Number.MAX_SAFE_INTEGER })),
  organization_id: Type.Optional(Type.String({ maxLength: 128 })),
});

/** Datacooee's further organisations, and inputs that are no datapoint of a device (aggregation-apis.md 3). */
export function registerInputControl(face: Face, { inputs, organizations }: Cloud): void {
  face.post("/_lab/organizations", { schema: { tags, summary: "Add an organisation without devices" } }, () => {
    const { id, apiKey } = organizations.add();
    return { organization_id: id, organization_api_key: apiKey };
  });
  face.get("/_lab/inputs", { schema: { tags, summary: "Inputs that are no datapoint of a device" } }, () => ({
    inputs: inputs.list().map(showInput),
  }));
  face.post(
    "/_lab/inputs",
    { schema: { tags, summary: "Add an input that is no datapoint of a device", body: InputBody } },
    (request) => {
      const { name, measure_unit: unit = "", asset_id: asset, organization_id: id } = request.body;
      return showInput(inputs.add(organizations.get(id), name, unit, asset));
    },
  );
}

function showInput({ inputId, name, measureUnit, assetId }: OwnInput) {
  return { input_id: inputId, name, measure_unit: measureUnit, asset_id: assetId };
}
