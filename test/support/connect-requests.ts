const RANGE = { start: "2024-05-27 13:00:00Z", end: "2024-05-28 13:00:00Z" };
const FORM = "grant_type=client_credentials&client_id=x&client_secret=x";
const ENERGY = { positiveActiveEnergy: { total: "Temperature", unit: "kWh", scale: 1 } };

const ENTITY_REQUESTS = {
  aggregations: { query: { ...RANGE, resolution: "15 minutes", pageSize: "5", gizlab_energy: "difference" } },
  "aggregations/total": { query: { ...RANGE, gizlab_energy: "average" } },
  readings: { query: { ...RANGE, pageSize: "5" } },
  "readings/last": {},
};

/** What each route of DER Connect, and of its energy mapping, takes without complaint. */
export const CONNECT_REQUESTS: Readonly<
  Record<string, { query?: Record<string, string>; body?: unknown; form?: string }>
> = {
  ...Object.fromEntries(
    ["/v1/entities", "/connect/v1/entities"].flatMap((prefix) =>
      Object.entries(ENTITY_REQUESTS).map(([path, request]) => [`GET ${prefix}/{entityId}/${path}`, request]),
    ),
  ),
  "POST /oauth2/token": { form: FORM },
  "POST /am/oauth2/realms/root/realms/difesp/access_token": { form: FORM },
  "GET /_lab/products/{product_key}/energy": {},
  "PUT /_lab/products/{product_key}/energy": { body: ENERGY },
  "DELETE /_lab/products/{product_key}/energy": {},
};

/** Parameters that nobody has to give. */
export const CONNECT_OPTIONAL: readonly string[] = ["pageSize", "continuationToken", "gizlab_energy"];
