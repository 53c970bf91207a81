import type { FastifyRequest } from "fastify";
import type { DevoGrant, DevoPermission } from "../../cloud/accounts/devo-tokens.js";
import type { ApiContext } from "../context.js";
import { DevoError } from "./devo-error.js";

const MAX_TOKEN_LENGTH = 512;

/** What a request's token stands for: `standAloneToken`, or Bearer (aggregation-apis.md 1.5). Answers 401. */
export function requireGrant({ cloud }: ApiContext, request: FastifyRequest): DevoGrant {
  const { standalonetoken, authorization } = request.headers;
  const bearer = /^Bearer +(\S+)$/i.exec(authorization ?? "")?.[1];
  const token = typeof standalonetoken === "string" ? standalonetoken : bearer;
  const isToken = token !== undefined && token !== "" && token.length <= MAX_TOKEN_LENGTH;
  const grant = isToken ? cloud.devoTokens.find(token) : undefined;
  if (grant === undefined) throw new DevoError(401, 401, "the header standAloneToken names no valid token");
  return grant;
}

/** Answers 601 for another domain than the token's, and for what its role may not do (aggregation-apis.md 1.4). */
export function requireDomain(
  context: ApiContext,
  request: FastifyRequest,
  domain: string,
  permission: DevoPermission,
): DevoGrant {
  const grant = requireGrant(context, request);
  if (grant.domain !== domain) throw new DevoError(403, 601, `the token is none of domain ${domain.slice(0, 64)}`);
  if (permission === "manage" && grant.permission !== "manage") {
    throw new DevoError(403, 601, "the token may see aggregation tasks and not manage them");
  }
  return grant;
}
