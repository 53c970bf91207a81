import { createHash } from "node:crypto";
import type { InjectOptions, LightMyRequestResponse } from "fastify";
import type { Lab } from "../../src/lab/lab.js";

/** An answer of the HTTP server, its body read as JSON. */
export interface Answer<Body> {
  readonly status: number;
  readonly body: Body;
  readonly text: string;
}

type Method = "GET" | "POST" | "PUT" | "DELETE";

/** A user of an app, with the calls that the app makes. */
export interface AppUser {
  readonly appId: string;
  readonly uid: string;
  readonly token: string;
  readonly headers: Readonly<Record<string, string>>;
  call<Body = unknown>(
    method: Method,
    url: string,
    body?: object,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Answer<Body>>;
}

/** Registers or logs in the anonymous user of a phone. */
export async function enterUser(
  lab: Lab,
  phoneId = "phone-1",
  appId: string = lab.credentials.app.id,
): Promise<AppUser> {
  const entered = await inject<{ uid: string; token: string }>(lab, {
    method: "POST",
    url: "/app/users",
    headers: { "x-gizwits-application-id": appId },
    payload: { phone_id: phoneId },
  });
  const { uid, token } = entered.body;
  const headers = { "x-gizwits-application-id": appId, "x-gizwits-user-token": token };
  return {
    appId,
    uid,
    token,
    headers,
    call: (method, url, body, more) =>
      inject(lab, {
        method,
        url,
        headers: { ...headers, ...more },
        ...(body === undefined ? {} : { payload: body }),
      }),
  };
}

/** One request of anybody. */
export async function inject<Body = unknown>(lab: Lab, options: InjectOptions): Promise<Answer<Body>> {
  return readAnswer(await lab.server.inject(options));
}

function readAnswer<Body>(response: LightMyRequestResponse): Answer<Body> {
  let body: unknown;
  try {
    body = JSON.parse(response.body);
  } catch {
    body = response.body;
  }
  return { status: response.statusCode, body: body as Body, text: response.body };
}

/** The whole body of a refusal, as it must stand in the answer. */
export function refusal(code: number, message: string, detail: unknown = null) {
  return { error_message: message, error_code: code, detail_message: detail };
}

/** The headers that `POST /app/bind_mac` wants: md5(product_secret + timestamp) (cloud.md 8.5). */
export function signBinding(lab: Lab, product: string, timestampS = Math.floor(lab.clock.now() / 1000)) {
  const secret = lab.cloud.products.all.find(({ name }) => name === product)?.secret ?? "";
  return {
    "x-gizwits-timestamp": String(timestampS),
    "x-gizwits-signature": createHash("md5").update(`${secret}${timestampS}`).digest("hex"),
  };
}
