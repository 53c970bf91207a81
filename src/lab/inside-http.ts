import type { ApiServer } from "../api/server.js";
import { stringifyExactJson } from "../core/numbers/exact-json.js";
import type { HttpCall } from "../gagent/provisioning.js";

export interface InsideRequest {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** What is neither text nor bytes is sent as JSON. */
  readonly body?: unknown;
}

/** Asks a face without a port, and answers as `fetch` does. */
export async function fetchInside(
  server: ApiServer,
  url: string,
  { method = "GET", headers = {}, body }: InsideRequest,
): Promise<Response> {
  const isRaw = typeof body === "string" || body instanceof Uint8Array;
  const answer = await server.inject({
    method: method as "GET",
    url,
    headers: { ...(body === undefined || isRaw ? {} : { "content-type": "application/json" }), ...headers },
    ...(body === undefined ? {} : { payload: payloadOf(body) }),
  });
  const known = Object.entries(answer.headers).filter(([, value]) => value !== undefined);
  return new Response(answer.statusCode === 204 ? null : Uint8Array.from(answer.rawPayload), {
    status: answer.statusCode,
    headers: known.map(([name, value]): [string, string] => [name, String(value)]),
  });
}

/** Asks a face without a port, as a device's module asks. */
export async function callInside(
  server: ApiServer,
  { method, path, form }: Parameters<HttpCall>[0],
): Promise<Awaited<ReturnType<HttpCall>>> {
  const response = await server.inject({
    method,
    url: path,
    ...(form === undefined
      ? {}
      : {
          payload: new URLSearchParams(form).toString(),
          headers: { "content-type": "application/x-www-form-urlencoded" },
        }),
  });
  const { statusCode: status, body, rawPayload: bytes, headers } = response;
  return { status, body, bytes, headers: headers as Record<string, string> };
}

function payloadOf(body: unknown): string | Buffer {
  if (typeof body === "string") return body;
  return body instanceof Uint8Array ? Buffer.from(body) : stringifyExactJson(body);
}
