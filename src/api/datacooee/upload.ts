import type { Organization } from "../../cloud/accounts/organizations.js";
import type { Cloud } from "../../cloud/cloud.js";
import type { Input } from "../../cloud/devices/inputs.js";
import type { InputUpload } from "../../cloud/telemetry/input-data.js";
import { GizlabError } from "../../core/errors.js";
import { EARLIEST_MS, LATEST_MS } from "../../core/instant.js";
import type { ApiContext } from "../context.js";
import type { Face } from "../face.js";
import { type Static, Type } from "../schema.js";
import { parseDecimal } from "./decimal.js";
import { JSON_API, RefusedRequest, sendJsonApi } from "./errors.js";
import { formatInstant, parseInstant } from "./instant.js";
import { requireOrganization } from "./session.js";
import { packExtras, type UploadExtras } from "./upload-extras.js";

const InputParams = Type.Object({ input_pk: Type.String({ minLength: 1, maxLength: 64 }) });
const Name = Type.String({ maxLength: 64 });
/** Values may be numbers or texts of them; what is wrong with one is said by this file, not by the schema. */
const UploadBody = Type.Object({
  data: Type.Object({
    type: Name,
    id: Type.Optional(Type.Unknown()),
    attributes: Type.Object({
      value: Type.Unknown(),
      timestamp: Type.Unknown(),
      latitude: Type.Optional(Type.Unknown()),
      longitude: Type.Optional(Type.Unknown()),
      x_axis_value: Type.Optional(Type.Unknown()),
      metadata: Type.Optional(Type.Unknown()),
      related_file: Type.Optional(Type.Unknown()),
      raw_data: Type.Optional(Type.Unknown()),
      is_public: Type.Optional(Type.Unknown()),
    }),
    relationships: Type.Object({
      sensor: Type.Object({ data: Type.Object({ type: Type.Optional(Name), id: Name }) }),
    }),
  }),
});
type Attributes = Static<typeof UploadBody>["data"]["attributes"];

const DATA_TYPE = "SensorData";
const SENSOR_TYPE = "Sensor";

/** Uploading one value to an input: 201 with the resource once it is on disk (aggregation-apis.md 3.2 #9). */
export function registerUpload(face: Face, context: ApiContext): void {
  face.post(
    "/inputs/:input_pk/inputdata",
    {
      schema: {
        tags: ["Datacooee"],
        summary: "Upload a value to an input",
        consumes: [JSON_API, "application/json"],
        params: InputParams,
        body: UploadBody,
      },
    },
    async (request, reply) => {
      const input = findInput(context.cloud, requireOrganization(context, request), request.params.input_pk);
      const { data } = request.body;
      const sensor = data.relationships.sensor.data;
      requireSame("/data/type", data.type, DATA_TYPE);
      requireSame("/data/relationships/sensor/data/type", sensor.type ?? SENSOR_TYPE, SENSOR_TYPE);
      requireSame("/data/relationships/sensor/data/id", sensor.id, input.id);
      const { upload, extras } = readUpload(data.attributes);
      const { id, value } = await context.cloud.inputData.upload(input, upload);
      const { latitude, longitude } = extras;
      return sendJsonApi(reply, 201, {
        data: {
          type: DATA_TYPE,
          id: String(id),
          attributes: {
            timestamp: formatInstant(upload.at),
            value: String(value),
            ...(latitude === undefined ? {} : { latitude }),
            ...(longitude === undefined ? {} : { longitude }),
          },
          relationships: { sensor: { data: { type: SENSOR_TYPE, id: input.id } } },
        },
      });
    },
  );
}

/** Throws `input-unknown` in the words of a path. */
function findInput({ inputs }: Cloud, organization: Organization, id: string): Input {
  try {
    return inputs.get(organization, id);
  } catch (error) {
    if (!(error instanceof GizlabError)) throw error;
    throw new RefusedRequest(404, "not_found", error.message, { parameter: "input_pk" });
  }
}

/** Path and body both say what a thing is, and must not disagree (aggregation-apis.md 3.2 #21). */
function requireSame(pointer: string, found: string, wanted: string): void {
  if (found === wanted) return;
  throw new RefusedRequest(409, "conflict", `this is ${wanted} here, not ${found.slice(0, 64)}`, { pointer });
}

function readUpload(attributes: Attributes): { upload: InputUpload; extras: UploadExtras } {
  const at = typeof attributes.timestamp === "string" ? parseInstant(attributes.timestamp) : undefined;
  if (at === undefined || at < EARLIEST_MS || at > LATEST_MS) {
    throw invalid("timestamp", "a time such as 2020-10-13T14:02:39.489Z is wanted, in the years 1900 to 9998");
  }
  const value = parseDecimal(attributes.value);
  if (value === undefined) throw invalid("value", "a valid number is required");
  const { extras, detail } = packExtras(attributes, invalid);
  return { upload: { at, value, ...(detail === undefined ? {} : { detail }) }, extras };
}

function invalid(attribute: string, detail: string): RefusedRequest {
  return new RefusedRequest(400, "invalid", detail, { pointer: `/data/attributes/${attribute}` });
}
