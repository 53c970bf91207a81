import type { FastifyRequest } from "fastify";
import type { Client } from "../../cloud/accounts/access-tokens.js";
import { readCredentials } from "../../cloud/accounts/credentials.js";
import { GizlabError } from "../../core/errors.js";
import type { ApiContext } from "../context.js";

/** The one client of the face; a restored store may bring another. */
export function connectClient({ cloud, credentials }: ApiContext): Client {
  return (readCredentials(cloud.settings) ?? credentials).connect;
}

/** Lets in who shows a token that was issued or stands in the credentials. Throws `token-invalid`, `token-expired`. */
export function requireBearer(context: ApiContext, request: FastifyRequest): void {
  const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (token === undefined) {
    throw new GizlabError("token-invalid", "a bearer token is needed", {
      hint: "Authorization: Bearer <token>, with a token of POST /oauth2/token",
    });
  }
  context.cloud.accessTokens.verify(connectClient(context), token);
}
