import type { Millis } from "../../core/duration.js";
import type { AggregateBucket, AggregateQuery } from "./aggregate.js";

/** Some buckets, oldest first, and where the ones behind them begin. */
export interface AggregatePage {
  readonly buckets: readonly AggregateBucket[];
  /** The end of the last bucket; undefined when nothing comes behind it. */
  readonly next: Millis | undefined;
}

/**
 * The first `limit` buckets of a query that have an answer. Asks for no more of the range than that takes: for a page
 * of buckets first, and for twice as many each time that brings too few.
 */
export function readAggregatePage(
  aggregate: (query: AggregateQuery) => readonly AggregateBucket[],
  query: AggregateQuery,
  limit: number,
): AggregatePage {
  const { buckets, end } = query;
  const found: AggregateBucket[] = [];
  let start = query.start;
  for (let wanted = limit + 1; start < end && found.length <= limit; wanted *= 2) {
    const first = buckets.at(start);
    const until = start + (first.end - first.start) * wanted;
    const to = until >= end ? end : Math.min(buckets.at(until).end, end);
    found.push(...aggregate({ ...query, start, end: to }));
    start = to;
  }
  const page = found.slice(0, limit);
  return { buckets: page, next: found.length > limit ? page.at(-1)?.end : undefined };
}
