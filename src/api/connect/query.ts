import type { Millis } from "../../core/duration.js";
import { GizlabError } from "../../core/errors.js";
import type { ApiContext } from "../context.js";
import { Type } from "../schema.js";
import { parseTime } from "./time.js";

/** What a page has without being asked (aggregation-apis.md 2.1), and at most. */
const PAGE_SIZE = 25;
const MOST_PAGE_SIZE = 10_000;
/** Parameters of gizlab's own begin so; all others that nobody knows are passed over. */
const EXTENSION = "gizlab_";

const Time = Type.String({ maxLength: 64 });

export const EntityParams = Type.Object({ entityId: Type.String({ maxLength: 64 }) });
/** Parameters of both ranges and pages; each is a text until it has been read. */
export const start = { start: Time };
export const end = { end: Time };
export const optionalEnd = { end: Type.Optional(Time) };
export const paging = {
  pageSize: Type.Optional(Type.String({ maxLength: 16 })),
  continuationToken: Type.Optional(Type.String({ maxLength: 1024 })),
};

/** A stretch of time, `start` included, `end` not. */
export interface Range {
  readonly start: Millis;
  readonly end: Millis;
}

/**
 * The range of a query. Without an end it ends now, and what is reported this very moment is in it.
 * Throws `time-invalid`, `request-invalid`.
 */
export function readRange({ cloud }: ApiContext, query: { readonly start: string; readonly end?: string }): Range {
  const from = parseTime("start", query.start);
  const to = query.end === undefined ? Math.max(cloud.clock.now() + 1, from) : parseTime("end", query.end);
  if (to < from) throw new GizlabError("request-invalid", "start is after end");
  return { start: from, end: to };
}

/** Throws `request-invalid`. */
export function readPageSize(text: string | undefined): number {
  if (text === undefined) return PAGE_SIZE;
  const size = Number(text);
  if (/^\d{1,9}$/.test(text) && size >= 1 && size <= MOST_PAGE_SIZE) return size;
  throw new GizlabError("request-invalid", `pageSize is a whole number, 1 to ${MOST_PAGE_SIZE}`);
}

/** Refuses extensions that do not exist: a misspelt one would change the meaning of the answer. */
export function refuseUnknownExtensions(query: object, known: readonly string[] = []): void {
  const odd = Object.keys(query).find((name) => name.toLowerCase().startsWith(EXTENSION) && !known.includes(name));
  if (odd === undefined) return;
  throw new GizlabError("request-invalid", `there is no parameter ${odd.slice(0, 100)} here`, {
    ...(known.length === 0 ? {} : { hint: `known: ${known.join(", ")}` }),
  });
}
