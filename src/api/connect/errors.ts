import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { GizlabError } from "../../core/errors.js";
import { InjectedFault } from "../errors.js";

/** The body of every refusal of the face (aggregation-apis.md 2.1). */
export interface ConnectErrorResult {
  readonly errors: readonly { readonly code: string; readonly description: string | null; readonly message: string }[];
}

const STATUS_OF_ERROR: Readonly<Record<string, number>> = {
  "token-invalid": 401,
  "token-expired": 401,
  "entity-unknown": 404,
  "reading-unknown": 404,
};
const REALM = 'Bearer realm="connect"';

/** Fastify's error handler of the face; what nobody foresaw says nothing of its insides. */
export function answerConnectError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  if (error instanceof GizlabError) {
    const { code, message, expected, hint } = error;
    const status = STATUS_OF_ERROR[code] ?? 400;
    // What was wrong is said only to one who showed a token at all (RFC 6750, 3.1).
    const hasToken = request.headers.authorization !== undefined;
    if (status === 401) void reply.header("www-authenticate", hasToken ? `${REALM}, error="invalid_token"` : REALM);
    const said = expected === undefined ? message : `${message}: ${expected}`;
    void reply
      .code(status)
      .type("application/json")
      .send(describe(code, said, hint));
    return;
  }
  const { statusCode = 500, message } = error as FastifyError;
  if (error instanceof InjectedFault) {
    void reply.code(statusCode).type("application/json").send(describe("injected-fault", message));
    return;
  }
  if (statusCode >= 400 && statusCode < 500) {
    void reply.code(statusCode).type("application/json").send(describe("request-invalid", message));
    return;
  }
  request.log.error({ err: error }, "unforeseen error");
  void reply.code(500).type("application/json").send(describe("internal", "the request could not be answered"));
}

/** The answer where the face has no such route. */
export function answerConnectUnknown(request: FastifyRequest, reply: FastifyReply): void {
  const path = request.url.split("?")[0]?.slice(0, 200);
  void reply.code(404).send(describe("route-unknown", `there is no ${request.method} ${path}`));
}

function describe(code: string, message: string, description: string | null = null): ConnectErrorResult {
  return { errors: [{ code, description, message }] };
}
