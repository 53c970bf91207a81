import type { LightMyRequestResponse } from "fastify";
import { expect } from "vitest";
import type { Lab } from "../../src/lab/lab.js";
import type { LabOptions } from "../../src/lab/lab-options.js";
import { startLab } from "../../src/lab/start-lab.js";
import { registerDevice } from "./devices.js";
import { controlOf } from "./lab-calls.js";

export const PREFIX = "/api/external/v1";
export const JSON_API = "application/vnd.api+json";
type Headers = Readonly<Record<string, string>>;

export interface Row {
  readonly timestamp: string;
  readonly value: string;
  readonly latitude?: string | null;
  readonly longitude?: string | null;
  readonly metadata?: unknown;
  readonly x_axis_value?: string | null;
}
export interface InputAnswer<Item = Row> {
  readonly input: { readonly id: string; readonly name: string; readonly measure_unit: string };
  readonly inputdata: readonly Item[];
}

/** The headers of the cloud's own organisation. */
export function organizationHeaders(lab: Lab): Record<string, string> {
  const { organization_id, organization_api_key } = lab.credentials.datacooee;
  return { "organization-id": organization_id, "organization-api-key": organization_api_key };
}

/** The body of an upload, as the seed writes it. */
export function uploadBody(id: string, attributes: Readonly<Record<string, unknown>>) {
  return {
    data: {
      type: "SensorData",
      id: "null",
      attributes,
      relationships: { sensor: { data: { type: "Sensor", id } } },
    },
  };
}

/** A cloud with a device and the calls that clients of Datacooee make; two inputs of their own are for the asking. */
export async function startDatacooee(options: LabOptions = {}) {
  const lab = await startLab({
    profiles: ["pet-house", "smart-meter"],
    clock: "virtual",
    seed: "datacooee",
    ...options,
  });
  const headers = organizationHeaders(lab);
  const control = controlOf(lab);
  const { did } = await registerDevice(lab);
  const { body } = await control.get<{
    devices: { did: string; asset_id: number; inputs: Record<string, string> }[];
  }>("/state");
  const device = body.devices.find((candidate) => candidate.did === did);
  if (device === undefined) throw new Error("the device is not listed");
  const send = (url: string, more: Headers = headers): Promise<LightMyRequestResponse> =>
    lab.server.inject({ method: "GET", url: `${PREFIX}/${url}`, headers: more });
  return {
    lab,
    headers,
    control,
    did,
    assetId: device.asset_id,
    /** Ids by datapoint. */
    inputs: device.inputs,
    /** Makes an input of its own. */
    addInput: async (name = "tank", more: object = {}): Promise<string> => {
      const made = await control.post<{ input_id: string }>("/inputs", { name, measure_unit: "l", ...more });
      expect(made.status).toBe(200);
      return made.body.input_id;
    },
    /** One upload, of whatever shape. */
    post: (
      id: string,
      payload: object | string,
      more: Headers = { ...headers, "content-type": JSON_API },
      slash = "/",
    ) => lab.server.inject({ method: "POST", url: `${PREFIX}/inputs/${id}/inputdata${slash}`, headers: more, payload }),
    /** Uploads that must be taken. */
    async upload(id: string, ...readings: [time: string | number, value: unknown, more?: object][]) {
      for (const [time, value, more = {}] of readings) {
        const timestamp = typeof time === "number" ? new Date(time).toISOString() : time;
        const response = await lab.server.inject({
          method: "POST",
          url: `${PREFIX}/inputs/${id}/inputdata/`,
          headers: { ...headers, "content-type": JSON_API },
          payload: JSON.stringify(uploadBody(id, { value, timestamp, ...more })),
        });
        expect(response.statusCode, response.body).toBe(201);
      }
    },
    send,
    /** A fetch that must succeed. */
    async fetch<Body = InputAnswer[]>(route: string, query: Readonly<Record<string, string | number>>): Promise<Body> {
      const text = new URLSearchParams(
        Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
      );
      const response = await send(`${route}?${text}`);
      expect(response.statusCode, response.body).toBe(200);
      return response.json() as Body;
    },
    [Symbol.asyncDispose]: () => lab.close(),
  };
}

export type Datacooee = Awaited<ReturnType<typeof startDatacooee>>;

/** What a refusal looks like: status, code, and where the fault lies. */
export function refused(response: LightMyRequestResponse) {
  expect(response.headers["content-type"]).toBe(JSON_API);
  const { errors } = response.json() as { errors: { status: string; code: string; detail: string; source?: object }[] };
  expect(errors).toHaveLength(1);
  expect(errors[0]?.status).toBe(String(response.statusCode));
  expect(errors[0]?.detail).toMatch(/\w/);
  return { status: response.statusCode, code: errors[0]?.code, source: errors[0]?.source };
}
