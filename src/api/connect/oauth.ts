import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { isSameSecret } from "../../cloud/accounts/secret.js";
import type { ApiContext } from "../context.js";
import { InjectedFault } from "../errors.js";
import { acceptText, type Face } from "../face.js";
import { connectClient } from "./bearer.js";

/** The vendor's path, and a short one (aggregation-apis.md 2.1). */
const PATHS = ["/am/oauth2/realms/root/realms/difesp/access_token", "/oauth2/token"];
const BODY_LIMIT = 16 * 1024;
/** Once each, and no other grant than this. */
const FIELDS = ["grant_type", "client_id", "client_secret", "scope"];
const GRANT = "client_credentials";

/** An answer of RFC 6749, 5.2. */
interface Refusal {
  readonly status: 400 | 401;
  readonly error: "invalid_request" | "invalid_client" | "unsupported_grant_type";
  readonly description: string;
}

/** Where a client gets a bearer token for its id and secret. */
export function registerOauth(face: Face, context: ApiContext): void {
  acceptText(face, BODY_LIMIT);
  face.setErrorHandler(answerOauthError);
  for (const path of PATHS) {
    face.post(path, { schema: { tags: ["DER Connect"], summary: "Get an access token" } }, (request, reply) => {
      void reply.header("cache-control", "no-store").header("pragma", "no-cache");
      const refusal = judge(context, request);
      if (refusal !== undefined) return refuse(reply, request, refusal);
      const { token, lifeS } = context.cloud.accessTokens.issue(connectClient(context));
      return reply.send({ access_token: token, expires_in: lifeS, token_type: "Bearer" });
    });
  }
}

/** The answer to every method but POST. */
export function answerOauthMethod(reply: FastifyReply): void {
  void reply
    .code(405)
    .header("allow", "POST")
    .send({ error: "invalid_request", error_description: "POST gets a token" });
}

/** Fastify's error handler of the token endpoint (RFC 6749, 5.2). */
export function answerOauthError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const { statusCode: status = 500, message } = error as FastifyError;
  if (error instanceof InjectedFault) {
    const word = status < 500 ? "invalid_request" : "temporarily_unavailable";
    void reply.code(status).send({ error: word, error_description: message });
    return;
  }
  if (status >= 400 && status < 500) {
    void reply.code(status).send({ error: "invalid_request", error_description: message });
    return;
  }
  request.log.error({ err: error }, "unforeseen error");
  void reply.code(500).send({ error: "server_error" });
}

function judge(context: ApiContext, request: FastifyRequest): Refusal | undefined {
  const form = new URLSearchParams(String(request.body ?? ""));
  const twice = FIELDS.find((name) => form.getAll(name).length > 1);
  if (twice !== undefined) return invalid(`${twice} is given more than once`);
  const grant = form.get("grant_type");
  if (grant === null || grant === "") return invalid("grant_type is missing; the body is a form");
  const basic = readBasic(request.headers.authorization);
  if (basic !== undefined && form.has("client_secret")) return invalid("the client says who it is in two ways");
  const { client_id, client_secret } = connectClient(context);
  const [id, secret] = basic ?? [form.get("client_id") ?? "", form.get("client_secret") ?? ""];
  // Both are compared, so that time does not tell which is wrong.
  const isKnown = [isSameSecret(id, client_id), isSameSecret(secret, client_secret)].every(Boolean);
  if (!isKnown) return { status: 401, error: "invalid_client", description: "client_id or client_secret is wrong" };
  if (grant === GRANT) return undefined;
  return { status: 400, error: "unsupported_grant_type", description: `grant_type is ${GRANT}` };
}

function invalid(description: string): Refusal {
  return { status: 400, error: "invalid_request", description };
}

function refuse(reply: FastifyReply, request: FastifyRequest, { status, error, description }: Refusal): FastifyReply {
  if (status === 401 && request.headers.authorization !== undefined) {
    void reply.header("www-authenticate", 'Basic realm="connect"');
  }
  return reply.code(status).send({ error, error_description: description });
}

/** Id and secret of a Basic header, each encoded as in a form (RFC 6749, 2.3.1); undefined without such a header. */
function readBasic(header: string | undefined): [id: string, secret: string] | undefined {
  const encoded = /^Basic +(\S*)$/i.exec(header ?? "")?.[1];
  if (encoded === undefined) return undefined;
  const [id = "", ...rest] = Buffer.from(encoded, "base64").toString().split(":");
  return [decodeForm(id), decodeForm(rest.join(":"))];
}

function decodeForm(text: string): string {
  return new URLSearchParams(`x=${text.replaceAll("&", "%26")}`).get("x") ?? "";
}
