import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { GizlabError } from "../../core/errors.js";
import { InjectedFault } from "../errors.js";

/** The media type of JSON:API: uploads, their answers, and every refusal (aggregation-apis.md 3.3). */
export const JSON_API = "application/vnd.api+json";

/** Where in a request the fault lies. */
export interface ErrorSource {
  /** JSON pointer into the body. */
  readonly pointer?: string;
  /** Name of a parameter of the query or the path. */
  readonly parameter?: string;
  readonly header?: string;
}

/** A refusal in the words of JSON:API. */
export class RefusedRequest extends GizlabError {
  readonly status: number;
  readonly word: string;
  readonly source: ErrorSource | undefined;

  /** @param word the error's `code` in the answer */
  constructor(status: number, word: string, detail: string, source?: ErrorSource) {
    super(`datacooee-${word}`, detail);
    this.status = status;
    this.word = word;
    this.source = source;
  }
}

/** A schema's complaint, and where it is about. */
export interface SchemaComplaint extends Error {
  readonly source: ErrorSource;
  readonly word: string;
}

interface Refusal {
  readonly status: number;
  readonly word: string;
  readonly detail: string;
  readonly source?: ErrorSource | undefined;
}

const VALUE: ErrorSource = { pointer: "/data/attributes/value" };
const OF_ERROR: Readonly<Record<string, Omit<Refusal, "detail">>> = {
  "asset-unknown": { status: 404, word: "not_found", source: { parameter: "asset_id" } },
  "attr-range": { status: 400, word: "invalid", source: VALUE },
  "attr-type": { status: 400, word: "invalid", source: VALUE },
  "input-unknown": { status: 404, word: "not_found", source: { parameter: "inputs_ids" } },
  "too-many-buckets": { status: 400, word: "too_many" },
  "too-many-rows": { status: 400, word: "too_many" },
  "upload-failed": { status: 503, word: "unavailable" },
};
const WORD_OF_STATUS: Readonly<Record<number, string>> = {
  413: "too_large",
  415: "unsupported_media_type",
};

/** Fastify's error handler for Datacooee's face; what nobody foresaw is a 500 without a word of its insides. */
export function answerRefusal(error: unknown, request: FastifyRequest, reply: FastifyReply): void {
  const refusal = translate(error);
  if (refusal.status === 500 && !(error instanceof InjectedFault))
    request.log.error({ err: error }, "unforeseen error");
  sendRefusal(reply, refusal);
}

/** Sends a body of JSON:API; its media type has no parameters. */
export function sendJsonApi(reply: FastifyReply, status: number, body: unknown): FastifyReply {
  return reply
    .code(status)
    .header("content-type", JSON_API)
    .send(Buffer.from(JSON.stringify(body)));
}

function sendRefusal(reply: FastifyReply, { status, word, detail, source }: Refusal): void {
  const error = { status: String(status), code: word, detail, ...(source === undefined ? {} : { source }) };
  void sendJsonApi(reply, status, { errors: [error] });
}

function translate(error: unknown): Refusal {
  if (error instanceof RefusedRequest) {
    return { status: error.status, word: error.word, detail: error.message, source: error.source };
  }
  if (error instanceof GizlabError) {
    const known = OF_ERROR[error.code];
    if (known !== undefined) return { ...known, detail: describe(error) };
  }
  if (error instanceof InjectedFault) {
    return { status: error.statusCode, word: "injected_fault", detail: error.message };
  }
  const { validation, statusCode, message } = error as FastifyError;
  if (validation !== undefined) {
    const { source, word } = error as unknown as SchemaComplaint;
    return { status: 400, word, detail: message, source };
  }
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return {
      status: statusCode,
      word: WORD_OF_STATUS[statusCode] ?? "invalid",
      detail: describeStatus(statusCode, message),
    };
  }
  return { status: 500, word: "error", detail: "the server could not do this" };
}

function describe({ message, expected, found, hint }: GizlabError): string {
  const compared = expected === undefined || found === undefined ? "" : `: ${expected}, not ${found}`;
  return `${message}${compared}${hint === undefined ? "" : `; ${hint}`}`;
}

function describeStatus(status: number, message: string): string {
  if (status === 415) return `the body is ${JSON_API} or application/json`;
  return status === 413 ? "the body is too large" : message;
}

/** What Fastify is to say of a request that does not fit its schema. */
export function complain(
  errors: readonly { instancePath: string; message?: string; params?: Readonly<Record<string, unknown>> }[],
  part: string,
): SchemaComplaint {
  const [{ instancePath = "", message = "is invalid", params = {} } = {}] = errors;
  const missing = typeof params.missingProperty === "string" ? params.missingProperty : undefined;
  const path = missing === undefined ? instancePath : `${instancePath}/${missing}`;
  const source = part === "body" ? { pointer: path } : { parameter: path.slice(1) };
  const isDoubled = part === "querystring" && params.type === "string";
  const why = isDoubled ? "is given twice" : message;
  const detail = missing === undefined ? `${path.slice(1) || part} ${why}` : `${missing} is required`;
  return Object.assign(new Error(detail), { source, word: missing === undefined ? "invalid" : "required" });
}
