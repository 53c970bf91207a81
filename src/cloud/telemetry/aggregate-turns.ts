import type { Millis } from "../../core/duration.js";
import { ioNow } from "../../core/io-timer.js";
import { WorkSlice } from "../../core/work-slice.js";
import type { AggregateQuery } from "./aggregate.js";
import type { AggregateBucket } from "./answer-buckets.js";
import { MAX_BUCKETS, tooManyBuckets } from "./calendar.js";

/** What answers a query at once. */
export interface Engine {
  aggregate(query: AggregateQuery): readonly AggregateBucket[];
  /** The part of a query's range in which there may be an answer. */
  reach(query: AggregateQuery): { readonly start: Millis; readonly end: Millis } | undefined;
}

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
  engine: Engine,
  query: AggregateQuery,
): AsyncGenerator<readonly AggregateBucket[], void> {
  const { buckets } = query;
  const slice = new WorkSlice();
  const reach = engine.reach(query);
  // What is wrong with a query is said where there is no answer, too.
  if (reach === undefined) return void engine.aggregate(query);
  const { end } = reach;
  const first = buckets.at(reach.start);
  let stretchMs = (first.end - first.start) * FIRST_BUCKETS;
  for (let { start } = reach; start < end; ) {
    const until = start + stretchMs;
    const to = until >= end ? end : Math.min(buckets.at(until).end, end);
    const startedAt = ioNow();
    const found = engine.aggregate({ ...query, start, end: to });
    const tookMs = ioNow() - startedAt;
    if (tookMs > GOOD_MS) stretchMs /= LONGER;
    else if (tookMs * LONGER < GOOD_MS) stretchMs *= LONGER;
    start = to;
    yield found;
    if (slice.isOver) await slice.rest();
  }
}

/** All buckets of a query, worked out in turns. Throws what `aggregate` throws, and `too-many-buckets`. */
export async function readBuckets(engine: Engine, query: AggregateQuery): Promise<AggregateBucket[]> {
  const found: AggregateBucket[] = [];
  for await (const buckets of aggregateInTurns(engine, query)) {
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
export async function readAggregatePage(engine: Engine, query: AggregateQuery, limit: number): Promise<AggregatePage> {
  const found: AggregateBucket[] = [];
  for await (const buckets of aggregateInTurns(engine, query)) {
    for (const bucket of buckets) found.push(bucket);
    if (found.length > limit) break;
  }
  const page = found.slice(0, limit);
  return { buckets: page, next: found.length > limit ? page.at(-1)?.end : undefined };
}
