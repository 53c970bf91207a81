import type { FastifyRequest } from "fastify";
import { readCount } from "../openapi/query.js";
import { Text } from "./parameters.js";

/** What every list takes. */
export const PageQuery = { limit: Text, skip: Text };

/** Where a page begins and how long it is. */
export interface PageRange {
  readonly limit: number;
  readonly skip: number;
}

const MAX_PAGE = 1000;

/** The page a request asks for: 20 from the first one on, unless it says otherwise. Throws `request-invalid`. */
export function readPage(query: { readonly limit?: string; readonly skip?: string }): PageRange {
  return {
    limit: readCount("limit", query.limit, 20, MAX_PAGE),
    skip: readCount("skip", query.skip, 0, Number.MAX_SAFE_INTEGER),
  };
}

/** The list form of every answer: `previous` and `next` are the same request's path for the pages beside this one (rest.md 2.1). */
export function viewPage<T>(
  request: FastifyRequest,
  { limit, skip }: PageRange,
  total: number,
  objects: readonly T[],
): { readonly meta: object; readonly objects: readonly T[] } {
  const hasNext = limit > 0 && skip + limit < total;
  return {
    meta: {
      previous: skip > 0 ? pathOf(request, Math.max(0, skip - limit), limit) : null,
      skip,
      total,
      limit,
      next: hasNext ? pathOf(request, skip + limit, limit) : null,
    },
    objects,
  };
}

/** One page of a list that is all there. */
export function viewPageOf<T, V>(
  request: FastifyRequest,
  range: PageRange,
  all: readonly T[],
  view: (item: T) => V,
): { readonly meta: object; readonly objects: readonly V[] } {
  return viewPage(request, range, all.length, all.slice(range.skip, range.skip + range.limit).map(view));
}

function pathOf(request: FastifyRequest, skip: number, limit: number): string {
  const [path = "", text = ""] = request.url.split("?");
  const query = new URLSearchParams(text);
  for (const name of ["skip", "limit"]) query.delete(name);
  query.append("skip", String(skip));
  query.append("limit", String(limit));
  return `${path}?${query}`;
}
