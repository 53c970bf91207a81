import type { FastifyRequest } from "fastify";
import { type ApiContext, reachedHost } from "../context.js";

/** A host that may stand in a URL as it is. */
const HOST = /^(?:[\w.-]{1,253}|\[[\da-fA-F:.]{2,45}\])(?::\d{1,5})?$/;

/** A page as the face answers it; without a token it is the last (aggregation-apis.md 2.4). */
export function createPage<Item>(
  context: ApiContext,
  request: FastifyRequest,
  { data, pageSize, token }: { readonly data: Item[]; readonly pageSize: number; readonly token: string | undefined },
) {
  return {
    data,
    links: { next: token === undefined ? null : linkTo(context, request, token) },
    meta: { continuationToken: token ?? null, pageSize },
  };
}

/** The same request with the token: at the host that the client calls it by, or where it arrived. */
function linkTo({ httpPort }: ApiContext, request: FastifyRequest, token: string): string {
  const { host } = request;
  const reached = reachedHost(request);
  const origin = HOST.test(host) ? host : `${reached.includes(":") ? `[${reached}]` : reached}:${httpPort()}`;
  const asked = new URL(request.url, "http://host");
  asked.searchParams.set("continuationToken", token);
  return `${request.protocol}://${origin}${asked.pathname}${asked.search}`;
}
