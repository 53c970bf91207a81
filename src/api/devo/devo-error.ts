import { createHash } from "node:crypto";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { LinqError, type LinqErrorCode } from "../../cloud/linq/linq-error.js";
import type { Clock } from "../../core/clock.js";
import { describeError, GizlabError } from "../../core/errors.js";
import { InjectedFault } from "../errors.js";

/** A refusal in Devo's numbers: an HTTP status, and the code in the body, which may be 601 to 603. */
export class DevoError extends GizlabError {
  readonly status: number;
  readonly devoCode: number;

  /** Other words than the code's own in `msg` and `error`; then `object` is the message alone. */
  readonly words: string | undefined;

  constructor(status: number, devoCode: number, message: string, words?: string) {
    super(`devo-${devoCode}`, message);
    this.words = words;
    this.status = status;
    this.devoCode = devoCode;
  }
}

/** What Devo's clients read of an error, whichever of its APIs they were made for (aggregation-apis.md 1.4). */
export interface DevoErrorBody {
  readonly msg: string;
  readonly code: number;
  readonly status: number;
  readonly timestamp: number;
  readonly cid: string;
  readonly object: readonly string[];
  readonly error?: string;
}

interface Refusal extends Pick<DevoErrorBody, "msg" | "code" | "object" | "error"> {
  readonly httpStatus: number;
  /** In the body, where it is another one than the answer's own. */
  readonly status?: number;
}

/** gizlab's refusals of aggregation tasks, as HTTP status and Devo's code (aggregation-apis.md 1.4). */
const TASK_ERRORS: Readonly<Record<string, readonly [status: number, code: number]>> = {
  "task-unknown": [404, 602],
  "task-elsewhere": [404, 603],
  "linq-busy": [429, 429],
  "linq-interrupted": [503, 503],
};

/** Devo's own numbers and kinds of query errors, where they are known (aggregation-apis.md 1.7). */
const QUERY_ERRORS: Partial<Record<LinqErrorCode, readonly [number: string, kind: string]>> = {
  "linq-table": ["2086000", "MISSING_RESOURCE"],
  "linq-column": ["1101001", "QUERY_PARSING_ERROR"],
  "linq-function": ["1101002", "QUERY_PARSING_ERROR"],
  "linq-alias": ["1101003", "QUERY_PARSING_ERROR"],
  "linq-limit": ["linq-limit", "RESOURCE_LIMIT"],
};

/** The marks that every answer bears: when it was given, and a number by which to speak of it. */
export class Marks {
  readonly #clock: Clock;
  #count = 0;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  next(): { readonly timestamp: number; readonly cid: string } {
    this.#count += 1;
    const cid = createHash("sha256").update(`cid/${this.#count}`).digest("hex").slice(0, 12);
    return { timestamp: this.#clock.now(), cid };
  }
}

/** Fastify's error handler of the face; `isQuery` for queries, whose errors have numbers of their own. */
export function answerDevoError(marks: Marks, isQuery = false) {
  return (error: unknown, request: FastifyRequest, reply: FastifyReply): void => {
    const { httpStatus, body } = translateDevoError(error, marks, isQuery);
    if (httpStatus === 500 && !(error instanceof InjectedFault)) request.log.error({ err: error }, "unforeseen error");
    void reply.code(httpStatus).type("application/json").send(body);
  };
}

/** Any error in Devo's words; what nobody foresaw is a 500 without a word of its insides. */
export function translateDevoError(
  error: unknown,
  marks: Marks,
  isQuery: boolean,
): { readonly httpStatus: number; readonly body: DevoErrorBody } {
  const { httpStatus, status = httpStatus, msg, code, object, error: text } = refusalOf(error, isQuery);
  const body = { msg, code, status, ...marks.next(), object, ...(text === undefined ? {} : { error: text }) };
  return { httpStatus, body };
}

function refusalOf(error: unknown, isQuery: boolean): Refusal {
  if (error instanceof DevoError) {
    const { status, devoCode, message, words } = error;
    if (words === undefined) return refuse(status, devoCode, message);
    return { httpStatus: status, msg: words, code: devoCode, object: [message], error: words };
  }
  if (error instanceof LinqError) return refuseQuery(error, isQuery);
  if (error instanceof GizlabError) {
    const [status, code] = TASK_ERRORS[error.code] ?? [400, 400];
    return refuse(status, code, describeError(error));
  }
  if (error instanceof InjectedFault) return refuse(error.statusCode, error.statusCode, error.message);
  const { validation, statusCode = 500, message } = error as FastifyError;
  if (validation !== undefined) return refuse(400, 400, message);
  return statusCode >= 400 && statusCode < 500
    ? refuse(statusCode, statusCode, message)
    : refuse(500, 500, "the request could not be answered");
}

/** Devo answers a query that is wrong with 500; here that is a 400 with Devo's body, as bad input is no server error. */
function refuseQuery(error: LinqError, isQuery: boolean): Refusal {
  const detail = describeLinq(error);
  if (error.code === "linq-forbidden") {
    // Devo's own words, with a capital letter.
    const text = `A${error.message.slice(1)}`;
    return { httpStatus: 403, msg: text, code: 403, object: [text], error: text };
  }
  if (!isQuery) return refuse(400, 400, detail);
  const [number, kind] = QUERY_ERRORS[error.code] ?? [error.code, "QUERY_PARSING_ERROR"];
  const msg = "Error Launching Query";
  return { httpStatus: 400, status: 500, msg, code: 500, object: [msg, detail, number, kind, "MANUAL"] };
}

/** What is wrong, where, what could stand there, and what may help. */
function describeLinq({ message, position, expectedTokens, found, hint }: LinqError): string {
  const place = position === undefined ? "" : ` (line ${position.line}, column ${position.column})`;
  const tokens = expectedTokens.length === 0 ? "" : `; expected ${expectedTokens.join(" ")}`;
  const instead = found === undefined ? "" : `; found ${found}`;
  return `${message}${place}${tokens}${instead}${hint === undefined ? "" : `; ${hint}`}`;
}

const WORDS: Readonly<Record<number, string>> = {
  400: "Error in request",
  401: "Unauthorized",
  403: "Forbidden",
  404: "Not found",
  405: "Method not allowed",
  500: "Server error",
  601: "Operation not allowed in the domain",
  602: "Unknown aggregation task",
  603: "No aggregation task of the domain",
};

function refuse(httpStatus: number, code: number, detail: string): Refusal {
  const msg = WORDS[code] ?? WORDS[400] ?? "";
  return { httpStatus, msg, code, object: [msg, detail], error: msg };
}
