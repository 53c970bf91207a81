import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { GizlabError } from "../core/errors.js";
import { CODE_OF_ERROR, errorCode } from "./openapi/error-codes.js";

/** An answer that the vendor's error table foresees. */
export class ApiError extends GizlabError {
  readonly apiCode: number;

  /** @param detail goes into `detail_message` */
  constructor(apiCode: number, detail?: string) {
    super(`api-${apiCode}`, detail ?? errorCode(apiCode).error_message);
    this.apiCode = apiCode;
    this.detailMessage = detail ?? null;
  }

  readonly detailMessage: string | null;
}

/** A refusal that a fault has ordered, with any status from 400; every face says it in its own words. */
export class InjectedFault extends Error {
  readonly statusCode: number;

  constructor(statusCode: number) {
    super(`injected fault: status ${statusCode}`);
    this.statusCode = statusCode;
  }
}

/** The body of every refusal, keys in the live order (rest.md 4.3). */
export interface ErrorBody {
  readonly error_message: string;
  readonly error_code: number;
  readonly detail_message: string | null;
}

const FORM_INVALID = 9015;
const SERVER_ERROR = 9008;
/** Outside the vendor's table. */
const INJECTED = 9999;

/** Puts any error into the vendor's words; what nobody foresaw is 9008 without a word of its insides. */
export function translateError(error: unknown): { status: number; body: ErrorBody } {
  if (error instanceof ApiError) return answer(error.apiCode, error.detailMessage);
  if (error instanceof InjectedFault) {
    const { statusCode: status, message } = error;
    return { status, body: { error_message: "injected fault", error_code: INJECTED, detail_message: message } };
  }
  if (error instanceof GizlabError) {
    const code = CODE_OF_ERROR[error.code];
    if (code !== undefined) return answer(code, describe(code, error));
  }
  const { validation, statusCode, message } = error as FastifyError;
  if (validation !== undefined) return answer(FORM_INVALID, message);
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return answer(FORM_INVALID, message);
  return answer(SERVER_ERROR, null);
}

/** Says in a face's words what is wrong. */
export type ErrorAnswer = (error: unknown, request: FastifyRequest, reply: FastifyReply) => void;

/** Fastify's error handler for the faces that answer in the vendor's words. */
export function answerError(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const { status, body } = translateError(error);
  if (status >= 500 && !(error instanceof InjectedFault)) request.log.error({ err: error }, "unforeseen error");
  void reply.code(status).type("application/json").send(body);
}

function answer(code: number, detail: string | null): { status: number; body: ErrorBody } {
  const { status, error_message } = errorCode(code);
  return { status, body: { error_message, error_code: code, detail_message: detail } };
}

/** A refused attribute is named in the live answer's words (rest.md 6.4). */
function describe(code: number, error: GizlabError): string {
  const attr = error.at?.path;
  if (code === 9025 && attr !== undefined) return `attr ${attr} invalid or read only.`;
  return error.message;
}
