import type { LightMyRequestResponse } from "fastify";
import type { Lab } from "../../src/lab/lab.js";
import { productKeyOf } from "./devices.js";

type Method = "GET" | "POST" | "PUT" | "DELETE";

/** An answer of the Enterprise API, its body read as JSON. */
export interface EnterpriseAnswer<Body> {
  readonly status: number;
  readonly body: Body;
  readonly headers: LightMyRequestResponse["headers"];
}

/** An enterprise's server with a token of one product. */
export interface EnterpriseClient {
  readonly token: string;
  /** `/v1/products/<product_key>` */
  readonly base: string;
  readonly headers: Readonly<Record<string, string>>;
  /** One request below `base`, or at another path where it begins with a slash. */
  call<Body = unknown>(method: Method, path: string, body?: object): Promise<EnterpriseAnswer<Body>>;
}

/** The body that `access_token` wants. */
export function enterpriseSecrets(lab: Lab, product = "pet-house") {
  const { id, secret } = lab.credentials.enterprise;
  return {
    enterprise_id: id,
    enterprise_secret: secret,
    product_secret: lab.cloud.products.all.find(({ name }) => name === product)?.secret ?? "",
  };
}

/** The headers that `/v1/users/*` wants. */
export function enterpriseHeaders(lab: Lab): Record<string, string> {
  const { id, secret } = lab.credentials.enterprise;
  return { "x-gizwits-enterprise-id": id, "x-gizwits-enterprise-secret": secret };
}

/** Gets a token for a product. */
export async function enterEnterprise(lab: Lab, product = "pet-house"): Promise<EnterpriseClient> {
  const base = `/v1/products/${productKeyOf(lab, product)}`;
  const entered = await ask<{ token: string }>(
    lab,
    "POST",
    `${base}/access_token`,
    {},
    enterpriseSecrets(lab, product),
  );
  const { token } = entered.body;
  const headers = { authorization: `token ${token}` };
  return {
    token,
    base,
    headers,
    call: (method, path, body) => ask(lab, method, path.startsWith("/") ? path : `${base}/${path}`, headers, body),
  };
}

/** One request of anybody. */
export async function ask<Body = unknown>(
  lab: Lab,
  method: Method,
  url: string,
  headers: Readonly<Record<string, string>> = {},
  body?: object,
): Promise<EnterpriseAnswer<Body>> {
  const response = await lab.server.inject({ method, url, headers, ...(body === undefined ? {} : { payload: body }) });
  return { status: response.statusCode, body: response.json<Body>(), headers: response.headers };
}
