import type { Lab } from "../../src/lab/lab.js";
import type { GoodRequest } from "./good-requests.js";

const headers = (lab: Lab) => ({ standAloneToken: lab.credentials.devo.token });
const domain = { domain: "self" };
const one = { domain: "self", aggrId: "cc_self:00000000" };
const LINQ = "from gizlab.pet_house.data group every 30m by did select count() as n";
const TASK = {
  name: "good",
  query: { linq: LINQ, timeZone: "UTC", locale: "en" },
  fromDate: 0,
  description: "x",
  delay: 0,
  minGrain: "5m",
};

const PREFIXES = ["/v2/aggrtasks", "/aggregations/v2/aggrtasks"];

/** What the routes of Devo's face take without complaint. */
export const DEVO_REQUESTS: Readonly<Record<string, GoodRequest>> = {
  "POST /_lab/devo/tokens": { body: { permission: "view", domain: "self" } },
  "POST /search/query": {
    headers,
    body: { query: LINQ, from: 0, to: "now()", limit: 5, offset: 0, mode: { type: "json" }, timeZone: "UTC" },
  },
  "GET /search/table/{name}": { headers, params: { name: "gizlab.pet_house.data" } },
  ...Object.fromEntries(
    PREFIXES.flatMap((prefix): [string, GoodRequest][] => [
      [`GET ${prefix}/{domain}`, { headers, params: domain, query: { status: "RUNNING", skipCache: "true" } }],
      [`POST ${prefix}/{domain}`, { headers, params: domain, body: TASK }],
      [`GET ${prefix}/{domain}/{aggrId}`, { headers, params: one }],
      [`GET ${prefix}/{domain}/{aggrId}/measures`, { headers, params: one }],
      [`PUT ${prefix}/{domain}/{aggrId}`, { headers, params: one, body: { description: "y" } }],
      [`PUT ${prefix}/{domain}/{aggrId}/start`, { headers, params: one, query: { fromDate: "0" } }],
      [`PUT ${prefix}/{domain}/{aggrId}/stop`, { headers, params: one }],
      [`PUT ${prefix}/{domain}/{aggrId}/resume`, { headers, params: one }],
      [`DELETE ${prefix}/{domain}/{aggrId}`, { headers, params: one }],
    ]),
  ),
};
