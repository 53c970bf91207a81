import type { Cloud } from "../../cloud/cloud.js";
import type { OwnInput } from "../../cloud/devices/inputs.js";
import type { Face } from "../face.js";
import { Type } from "../schema.js";

const tags = ["Lab control"];
const InputBody = Type.Object({
  name: Type.String({ minLength: 1, maxLength: 128 }),
  input_id: Type.Optional(Type.String({ pattern: "^sen[0-9A-Za-z]{1,61}$" })),
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
      const { name, measure_unit: measureUnit, asset_id, input_id, organization_id } = request.body;
      const input = inputs.add(organizations.get(organization_id), {
        name,
        ...(measureUnit === undefined ? {} : { measureUnit }),
        ...(asset_id === undefined ? {} : { assetId: asset_id }),
        ...(input_id === undefined ? {} : { inputId: input_id }),
      });
      return showInput(input);
    },
  );
}

function showInput({ inputId, name, measureUnit, assetId }: OwnInput) {
  return { input_id: inputId, name, measure_unit: measureUnit, asset_id: assetId };
}
