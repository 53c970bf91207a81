import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { GizlabError } from "../../core/errors.js";
import { answerError, type ErrorBody, InjectedFault } from "../errors.js";
import { CODE_OF_ERROR, enterpriseErrorCode } from "./error-codes.js";

/** A refusal that the Enterprise API's own table foresees (rest.md 2.3). */
export class EnterpriseError extends GizlabError {
  readonly apiCode: number;
  readonly detailMessage: string | null;

  /** @param detail goes into `detail_message` */
  constructor(apiCode: number, detail?: string) {
    super(`api-${apiCode}`, detail ?? enterpriseErrorCode(apiCode).error_message);
    this.apiCode = apiCode;
    this.detailMessage = detail ?? null;
  }
}

const JSON_INVALID = 5001;
const FORM_INVALID = 5002;
const RAW_INVALID = 5408;
const SERVER_ERROR = 9008;

/**
 * Fastify's error handler for the Enterprise face. Two forms of its error bodies are documented; clients read
 * `error_code` as a number or a text, and `error_message`: it is the Open API's live form, with a number (rest.md 2.1, 4.3).
 */
export function answerEnterpriseError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  if (error instanceof InjectedFault) return answerError(error, request, reply);
  const { code, detail } = translate(error);
  const { status, error_message } = enterpriseErrorCode(code);
  if (status >= 500) request.log.error({ err: error }, "unforeseen error");
  const body: ErrorBody = { error_message, error_code: code, detail_message: detail };
  void reply.code(status).type("application/json").send(body);
}

function translate(error: unknown): { readonly code: number; readonly detail: string | null } {
  if (error instanceof EnterpriseError) return { code: error.apiCode, detail: error.detailMessage };
  if (error instanceof GizlabError) {
    if (error.at?.path === "raw") return { code: RAW_INVALID, detail: error.message };
    const code = CODE_OF_ERROR[error.code];
    if (code !== undefined) return { code, detail: describe(code, error) };
  }
  const { validation, statusCode, message, code } = error as FastifyError;
  if (validation !== undefined) {
    const isRaw = validation[0]?.instancePath.startsWith("/raw") === true;
    return { code: isRaw ? RAW_INVALID : FORM_INVALID, detail: message };
  }
  // What Fastify itself refuses has a code; a body that does not parse has none.
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return { code: code === undefined ? JSON_INVALID : FORM_INVALID, detail: message };
  }
  return { code: SERVER_ERROR, detail: null };
}

/** A refused attribute is named as on the Open API (rest.md 6.4). */
function describe(code: number, error: GizlabError): string {
  const attr = error.at?.path;
  return code === 5401 && attr !== undefined ? `attr ${attr} invalid or read only.` : error.message;
}
