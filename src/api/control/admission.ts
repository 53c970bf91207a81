import { isIP } from "node:net";
import type { FastifyRequest } from "fastify";
import { isSameSecret } from "../../cloud/accounts/secret.js";
import { GizlabError } from "../../core/errors.js";
import { isFromLoopback } from "../context.js";

/**
 * Lets in this machine, and no page of another site in its browser; with a token set, whoever says it
 * (`Authorization: Bearer …`). Throws `lab-forbidden`.
 */
export function requireOwner(request: FastifyRequest, token: string | undefined): void {
  const { origin, host, authorization } = request.headers;
  if (token !== undefined && isSameSecret(authorization ?? "", `Bearer ${token}`)) return;
  const isOwnPage = origin === undefined || origin === `http://${host}`;
  if (isFromLoopback(request) && isOwnPage && isOwnName(host)) return;
  throw new GizlabError("lab-forbidden", "the lab is controlled from this machine only", {
    hint: "start it with --lab-token, and send Authorization: Bearer <token>",
  });
}

/** False for a name of the internet: a page can make its own name lead here, and then its Origin fits. */
function isOwnName(host: string | undefined): boolean {
  const name = (host ?? "localhost").replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1");
  return isIP(name) !== 0 || name === "localhost" || name.endsWith(".localhost");
}
