import type { Millis } from "../../core/duration.js";
import { ioNow } from "../../core/io-timer.js";
import { WorkSlice } from "../../core/work-slice.js";
import type { AggregateBucket, AggregateQuery } from "./aggregate.js";
import { MAX_BUCKETS, tooManyBuckets } from "./calendar.js";

/** Answers a query at once. */
export type Aggregate = (query: AggregateQuery) => readonly AggregateBucket[];

/** So many buckets are worked out first; later stretches are as long as time allows. */
const FIRST_BUCKETS = 400;
/** A stretch that takes longer is followed by a shorter one, one that takes far less by a longer one. */
const GOOD_MS = 8;
const LONGER = 4;

/**
 * Answers a query stretch by stretch, each a few milliseconds of work, and lets everything else have its turn in
 * between; one bucket is the least. The buckets are those of the whole query, but for reports that come meanwhile.
 */
export async function* aggregateInTurns(
  aggregate: Aggregate,
  query: AggregateQuery,
): AsyncGenerator<readonly AggregateBucket[], void> {
  const { buckets, end } = query;
  const slice = new WorkSlice();
  if (query.start >= end) return;
  const first = buckets.at(query.start);
  let stretchMs = (first.end - first.start) * FIRST_BUCKETS;
  for (let start = query.start; start < end; ) {
    const until = start + stretchMs;
    const to = until >= end ? end : Math.min(buckets.at(until).end, end);
    const startedAt = ioNow();
    const found = aggregate({ ...query, start, end: to });
    const tookMs = ioNow() - startedAt;
    if (tookMs > GOOD_MS) stretchMs /= LONGER;
    else if (tookMs * LONGER < GOOD_MS) stretchMs *= LONGER;
    start = to;
    yield found;
    if (slice.isOver) await slice.rest();
  }
}

/** All buckets of a query, worked out in turns. Throws what `aggregate` throws, and `too-many-buckets`. */
export async function readBuckets(aggregate: Aggregate, query: AggregateQuery): Promise<AggregateBucket[]> {
  const found: AggregateBucket[] = [];
  // What is wrong with a query is said of an empty range, too.
  if (query.start >= query.end) aggregate(query);
  for await (const buckets of aggregateInTurns(aggregate, query)) {
    if (found.length + buckets.length > MAX_BUCKETS) throw tooManyBuckets();
    for (const bucket of buckets) found.push(bucket);
  }
  return found;
}

/** Some buckets, oldest first, and where the ones behind them begin. */
export interface AggregatePage {
  readonly buckets: readonly AggregateBucket[];
  /** The end of the last bucket; undefined when nothing comes behind it. */
  readonly next: Millis | undefined;
}

/** The first `limit` buckets of a query that have an answer; asks for no more of the range than that takes. */
export async function readAggregatePage(
  aggregate: Aggregate,
  query: AggregateQuery,
  limit: number,
): Promise<AggregatePage> {
  const found: AggregateBucket[] = [];
  for await (const buckets of aggregateInTurns(aggregate, query)) {
    for (const bucket of buckets) found.push(bucket);
    if (found.length > limit) break;
  }
  const page = found.slice(0, limit);
  return { buckets: page, next: found.length > limit ? page.at(-1)?.end : undefined };
}
