import type { InjectOptions, LightMyRequestResponse } from "fastify";
import type { Lab } from "../../src/lab/lab.js";
import { CONNECT_REQUESTS } from "./connect-requests.js";
import { organizationHeaders } from "./datacooee.js";
import { DATACOOEE_REQUESTS } from "./datacooee-requests.js";
import { DEVO_REQUESTS } from "./devo-requests.js";
import { ENTERPRISE_GOOD } from "./enterprise-requests.js";
import type { AppUser } from "./open-api.js";
import { goodParameter, type Operation, urlOf } from "./operations.js";

/** One request that a route takes without complaint. */
export interface GoodRequest {
  readonly query?: Record<string, string>;
  readonly body?: unknown;
  readonly form?: string;
  /** Path parameters by name. */
  readonly params?: Record<string, string>;
  /** Instead of the app user's. */
  readonly headers?: (lab: Lab) => Record<string, string>;
}

/** Stands for the device that the sender has bound. */
const did = "{did}";
const AGG = { start_ts: "0", end_ts: "1", attrs: "Temperature", aggregator: "avg", unit: "DAYS" };

/** Takes any bytes, and needs no parameter. */
export const FIRMWARE_ROUTE = "POST /_lab/devices/{did}/ota";

/** What each route takes without complaint, so that one thing at a time can be wrong. */
export const GOOD: Readonly<Record<string, GoodRequest>> = {
  ...DEVO_REQUESTS,
  "POST /app/users": { body: { phone_id: "phone-9" } },
  "GET /app/users": {},
  "PUT /app/users": { body: { name: "Ann" } },
  "POST /app/login": { body: { username: "ann", password: "Passw0rd" } },
  "POST /app/bind_mac": { body: { product_key: "x", mac: "02aabbccddee" } },
  "GET /app/bindings": { query: { limit: "5", skip: "0", show_disabled: "0", show_proto_ver: "0" } },
  "POST /app/bindings": { body: { devices: [{ did, passcode: "x" }] } },
  "DELETE /app/bindings": { body: { devices: [{ did: "nobody" }] } },
  "PUT /app/bindings/{did}": { body: { remark: "x" } },
  "GET /app/devices/{did}": {},
  "GET /app/devices/{did}/raw_data": {
    query: { type: "cmd", start_time: "1", end_time: "2", skip: "0", limit: "1", sort: "asc" },
  },
  "GET /app/devdata/{did}/latest": {},
  "GET /app/datapoint": { query: { product_key: "x" } },
  "GET /app/devdata/{did}/agg_data": { query: AGG },
  "PUT /app/devdata/{did}/agg_data": { query: AGG },
  "POST /app/control/{did}": { body: { attrs: { LED_OnOff: true }, raw: [1], binary_coding: "hex" } },
  "GET /status": {},
  "GET /errors": {},
  "POST /dev/devices": { form: "product_key=x&mac=02aabbccddee&passcode=ABCDEFGHIJ" },
  "GET /dev/devices/{did}": {},
  "DELETE /dev/devices": { form: "did=x&passcode=x" },
  "POST /dev/ota/v4.1/update_and_check/{did}": {
    form: "passcode=x&type=2&hard_version=03010100&soft_version=03030000",
  },
  "GET /dev/ota/v4.1/latest": {
    query: { product_key: "x", type: "2", hard_version: "03010100", soft_version: "03030000" },
  },
  "GET /dev/ota/v4.1/download/{id}": {},
  "POST /_lab/reports": { form: "" },
  "GET /_lab/health": {},
  "GET /_lab/state": {},
  "POST /_lab/clock": { body: { advance: "1s" } },
  "POST /_lab/devices": { body: { product: "pet-house", count: 1 } },
  "GET /_lab/devices/{did}": {},
  "POST /_lab/devices/{did}/set": { body: { attrs: { Temperature: 20 } } },
  "POST /_lab/devices/{did}/control": { body: { attrs: { LED_R: 5 } } },
  "POST /_lab/devices/{did}/power": { body: { on: true } },
  "POST /_lab/devices/{did}/expect": { body: { state: "online", within: "1s" } },
  "POST /_lab/devices/{did}/expect_no": { body: { frame: { cmd: "restart-module" }, within: "1s" } },
  "GET /_lab/users": {},
  "POST /_lab/users": { body: { phone_id: "phone-8" } },
  "POST /_lab/users/{uid}/bind": { body: { did } },
  "DELETE /_lab/users/{uid}/bind": { body: { did } },
  [FIRMWARE_ROUTE]: { query: { soft_version: "09090909", type: "2" }, form: "firmware" },
  "PUT /_lab/products/{product_key}": { body: { sharing: true } },
  "GET /_lab/faults": {},
  "POST /_lab/faults": { body: { kind: "uart.drop", did: "nobody" } },
  "DELETE /_lab/faults": {},
  "DELETE /_lab/faults/{id}": {},
  "GET /_lab/snapshots": {},
  "GET /_lab/snapshots/{name}": {},
  "DELETE /_lab/snapshots/{name}": {},
  "PUT /_lab/snapshots/{name}": { form: "no snapshot" },
  "POST /_lab/save": { body: { name: "good" } },
  "POST /_lab/restore": { body: { name: "good" } },
  "POST /_lab/reset": {},
  "GET /_lab/trace": { query: { id: "t1", limit: "5", follow: "false" } },
  "GET /_lab/recordings": {},
  "POST /_lab/recordings": { body: { secrets: true } },
  "GET /_lab/recordings/{id}": {},
  "POST /_lab/recordings/{id}/stop": {},
  "DELETE /_lab/recordings/{id}": {},
  "GET /_lab/coverage": {},
  ...CONNECT_REQUESTS,
  ...DATACOOEE_REQUESTS,
  ...ENTERPRISE_GOOD,
  ...DEVO_REQUESTS,
  "POST /_lab/query": { body: { did, attrs: ["Temperature"], aggregator: "avg", width: "1d", tz: "UTC", last: "30d" } },
  "GET /_lab/retention": {},
  "PUT /_lab/retention": { body: { log: null, rollups: null } },
};

/** A request that the route takes without complaint, but for what `change` makes of it. */
export function sendGood(
  lab: Lab,
  user: AppUser,
  boundDid: string,
  operation: Operation,
  change: InjectOptions = {},
): Promise<LightMyRequestResponse> {
  const {
    query,
    body,
    form,
    params,
    headers = () => ({ ...user.headers, ...organizationHeaders(lab) }),
  } = GOOD[operation.name] ?? {};
  const payload = form ?? (body === undefined ? undefined : JSON.stringify(body).replaceAll(did, boundDid));
  return lab.server.inject({
    method: operation.method,
    url: urlOf(
      operation,
      goodParameter(operation, boundDid),
      query?.dids === did ? { ...query, dids: boundDid } : query,
      params,
    ),
    headers: headers(lab),
    ...(payload === undefined ? {} : { payload }),
    ...change,
  });
}
