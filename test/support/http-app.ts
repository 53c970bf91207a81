import { createHash } from "node:crypto";

/** An answer over a real socket, its body read as JSON where it is JSON. */
export interface HttpAnswer<Body> {
  readonly status: number;
  readonly body: Body;
}

type Method = "GET" | "POST" | "PUT" | "DELETE";
type Headers = Readonly<Record<string, string>>;

/** A user of an app, somewhere else on the network. */
export interface HttpUser {
  readonly uid: string;
  readonly token: string;
  readonly headers: Headers;
  call<Body = unknown>(
    method: Method,
    path: string,
    body?: object | string,
    headers?: Headers,
  ): Promise<HttpAnswer<Body>>;
}

/** One request of anybody; a text goes as it is, an object as JSON. */
export async function request<Body = unknown>(
  base: string,
  method: Method,
  path: string,
  body?: object | string,
  headers: Headers = {},
): Promise<HttpAnswer<Body>> {
  const isText = typeof body === "string";
  const response = await fetch(new URL(path, base), {
    method,
    headers: {
      ...(body === undefined ? {} : { "content-type": isText ? "text/plain" : "application/json" }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const isJson = response.headers.get("content-type")?.includes("json") === true;
  return { status: response.status, body: (isJson ? JSON.parse(text) : text) as Body };
}

/** Registers the anonymous user of a phone, or logs it in again. Throws when the cloud does not answer 201. */
export async function enterHttpUser(base: string, appId: string, phoneId: string): Promise<HttpUser> {
  const app = { "x-gizwits-application-id": appId };
  const { status, body } = await request<{ uid: string; token: string }>(
    base,
    "POST",
    "/app/users",
    { phone_id: phoneId },
    app,
  );
  if (status !== 201) throw new Error(`POST /app/users answered ${status} ${JSON.stringify(body)}`);
  return rejoinHttpUser(base, appId, body);
}

/** A user who has a token already. */
export function rejoinHttpUser(base: string, appId: string, { uid, token }: { uid: string; token: string }): HttpUser {
  const headers = { "x-gizwits-application-id": appId, "x-gizwits-user-token": token };
  return {
    uid,
    token,
    headers,
    call: (method, path, body, more) => request(base, method, path, body, { ...headers, ...more }),
  };
}

/** The headers that `POST /app/bind_mac` wants: lower-case hex of md5(product_secret + timestamp) (cloud.md 8.5). */
export function signMac(productSecret: string, timestampS: number): Headers {
  return {
    "x-gizwits-timestamp": String(timestampS),
    "x-gizwits-signature": createHash("md5").update(`${productSecret}${timestampS}`).digest("hex"),
  };
}
