import type { Lab } from "../../src/lab/lab.js";
import { productKeyOf } from "./devices.js";
import { ask, enterEnterprise, enterpriseHeaders } from "./enterprise-api.js";
import { signMac } from "./http-app.js";
import type { Operation } from "./operations.js";

const P = "/v1/products/{product_key}";
const did = "{did}";
const SECRETS = { enterprise_id: "x", enterprise_secret: "x", product_secret: "x" };
const BINDING = { uid: "x", appid: "x", dids: [did] };
const LOG = { start_ts: "1767225600", end_ts: "1767225601", sort: "asc", limit: "5", skip: "0" };
const DAYS = {
  start: "2026-01-01",
  end: "2026-01-01",
  country: "China",
  region: "x",
  city: "x",
  limit: "5",
  skip: "0",
};
const HISTORY = { cycle: "date", start: "2026-01-01", end: "2026-01-01" };

/** What each route of the Enterprise API takes without complaint about its form. */
export const ENTERPRISE_GOOD: Readonly<Record<string, { query?: Record<string, string>; body?: unknown }>> = {
  [`POST ${P}/access_token`]: { body: SECRETS },
  [`POST ${P}/association`]: { body: SECRETS },
  [`GET ${P}/datapoint`]: {},
  [`GET ${P}/devices`]: { query: { mac: "02aabbccddee" } },
  [`GET ${P}/device_detail`]: { query: { mac: "02aabbccddee" } },
  [`GET ${P}/devices/search`]: {
    query: {
      ...{ country: "China", region: "x", city: "x", is_online: "1", is_faulty: "0", is_alert: "0" },
      ...{ show_disabled: "0", liveness_start: "1", type: "did", val: "x", limit: "5", skip: "0" },
    },
  },
  [`POST ${P}/devices/{did}/control`]: { body: { attrs: { LED_OnOff: true }, raw: [1], binary_coding: "hex" } },
  [`GET ${P}/devices/{did}/online`]: { query: LOG },
  [`GET ${P}/devices/{did}/cmd`]: { query: LOG },
  [`GET ${P}/devices/{did}/data`]: { query: LOG },
  [`GET ${P}/devices/{did}/agg_data`]: {
    query: { start_ts: "0", end_ts: "1", attrs: "Temperature", aggregator: "avg", unit: "DAYS" },
  },
  [`GET ${P}/device_groups`]: {},
  [`POST ${P}/device_groups`]: { body: { parent_gid: null } },
  [`GET ${P}/device_groups/{gid}`]: {},
  [`PUT ${P}/device_groups/{gid}`]: { body: { action: "assign", reassign: true, macs: ["02aabbccddee"] } },
  [`DELETE ${P}/device_groups/{gid}`]: {},
  [`POST ${P}/devices/bindings`]: { body: BINDING },
  [`DELETE ${P}/devices/bindings`]: { body: BINDING },
  [`GET ${P}/users/search`]: { query: { type: "uid", val: "x", limit: "5", skip: "0" } },
  [`GET ${P}/devices/locations`]: { query: { is_online: "1", is_faulty: "0", is_alert: "0" } },
  [`GET ${P}/devices/summary`]: {},
  [`GET ${P}/devices/report/rt`]: {},
  [`GET ${P}/devices/report/devices/report/rt`]: {},
  [`GET ${P}/incr_devices`]: { query: DAYS },
  [`GET ${P}/active_devices`]: { query: DAYS },
  [`GET ${P}/devices/report/liveness`]: {},
  [`GET ${P}/devices/report/liveness/history`]: { query: HISTORY },
  [`GET ${P}/fault/report/devices`]: {},
  [`GET ${P}/fault/report/events`]: {},
  [`GET ${P}/alert/report/devices`]: {},
  [`GET ${P}/alert/report/events`]: {},
  [`GET ${P}/users/report/new`]: { query: HISTORY },
  [`GET ${P}/users/report/total`]: {},
  "GET /v1/users/search": { query: { username: "x", phone: "x", email: "x", limit: "5", skip: "0" } },
  "GET /v1/users/liveness_total": { query: { start_date: "2026-01-01", end_date: "2026-01-01" } },
  "GET /v1/users/location": {},
  "GET /dataapi/location/bs/dids/v1": { query: { product_key: "de9e8d18d9394cce9081b25a531e552b", dids: did } },
  "GET /_lab/enterprise": {},
  "PUT /_lab/enterprise": { body: { month_limit: false } },
  "GET /_lab/devices/{did}/location": {},
  "PUT /_lab/devices/{did}/location": {
    body: { longitude: 113.28, latitude: 23.12, country: "China", region: "Guangdong", city: "Guangzhou" },
  },
};

/** Takes a request without a body, too. */
export const GROUP_ROUTE = `POST ${P}/device_groups`;

/** Parameters that a route of the Enterprise API cannot do without; all others may be left out. */
const NEEDED: Readonly<Record<string, readonly string[]>> = {
  [`GET ${P}/devices`]: ["mac"],
  [`GET ${P}/device_detail`]: ["mac"],
  [`GET ${P}/devices/{did}/agg_data`]: ["start_ts", "attrs", "aggregator", "unit"],
  [`GET ${P}/devices/report/liveness/history`]: ["start", "end"],
  [`GET ${P}/users/report/new`]: ["start", "end"],
  "GET /v1/users/liveness_total": ["start_date", "end_date"],
  "GET /dataapi/location/bs/dids/v1": ["product_key", "dids"],
};

/** Parameters that any text fits, though it may find nothing. */
const TEXTS = ["country", "region", "city", "val", "username", "phone", "email", "dids"];

export const isEnterprise = ({ path }: Operation): boolean => /^\/(v1\/(products|users)|dataapi)\//.test(path);

/** True where a parameter of the Enterprise API may be missing. */
export function isOptionalParameter(operation: Operation, name: string): boolean {
  return isEnterprise(operation) && !(NEEDED[operation.name] ?? []).includes(name);
}

/** True where a parameter of the Enterprise API is any text. */
export function isTextParameter(operation: Operation, name: string): boolean {
  return isEnterprise(operation) && TEXTS.includes(name);
}

/** The headers with which the Enterprise API lets an operation pass. */
export async function makeEnterpriseHeaders(lab: Lab): Promise<(operation: Operation) => Record<string, string>> {
  // The suites ask more often than an honest client does.
  await ask(lab, "PUT", "/_lab/enterprise", {}, { quota: 1e9 });
  const { headers } = await enterEnterprise(lab);
  const secret = lab.cloud.products.all[0]?.secret ?? "";
  return ({ path }) => {
    if (path.startsWith("/v1/products/")) return { ...headers };
    if (path.startsWith("/v1/users/")) return enterpriseHeaders(lab);
    if (!path.startsWith("/dataapi/")) return {};
    return {
      "x-gizwits-productkey": productKeyOf(lab, "pet-house"),
      ...signMac(secret, Math.floor(lab.clock.now() / 1000)),
    };
  };
}
