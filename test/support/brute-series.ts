import type { Buckets } from "../../src/cloud/telemetry/calendar.js";

/** What one datapoint read, and when. */
export interface Point {
  readonly at: number;
  readonly value: number;
}

export interface SeriesQuery {
  readonly aggregator: "count" | "first" | "last" | "delta" | "time-average" | "percentile";
  readonly buckets: Buckets;
  readonly start: number;
  readonly end: number;
  readonly now: number;
  readonly maxGapMs: number;
  readonly percent: number;
  /** What zero on the wire shows: a counter that falls begins there anew. */
  readonly zero: number;
}

/** The answer by start of bucket, by going through all points, which are in time order. */
export function aggregateSeries(points: readonly Point[], query: SeriesQuery): Map<number, number> {
  const answers = new Map<number, number>();
  if (query.aggregator === "time-average") {
    for (const [start, { area, covered }] of layOut(points, query)) answers.set(start, area / covered);
    return answers;
  }
  const groups = new Map<number, { point: Point; before: Point | undefined }[]>();
  points.forEach((point, index) => {
    if (point.at < query.start || point.at >= query.end) return;
    const { start } = query.buckets.at(point.at);
    groups.set(start, [...(groups.get(start) ?? []), { point, before: points[index - 1] }]);
  });
  for (const [start, group] of groups) answers.set(start, finish(group, query));
  return answers;
}

function finish(group: readonly { point: Point; before: Point | undefined }[], query: SeriesQuery): number {
  const values = group.map(({ point }) => point.value);
  switch (query.aggregator) {
    case "first":
      return values[0] as number;
    case "last":
      return values.at(-1) as number;
    case "delta":
      return group.reduce((sum, { point, before }) => {
        if (before === undefined) return sum;
        return sum + (point.value < before.value ? point.value - query.zero : point.value - before.value);
      }, 0);
    case "percentile": {
      const sorted = [...values].sort((a, b) => a - b);
      const place = (query.percent / 100) * (sorted.length - 1);
      const [low = 0, high = 0] = [sorted[Math.floor(place)], sorted[Math.ceil(place)]];
      return low + (high - low) * (place % 1);
    }
    default:
      return values.length;
  }
}

/** Each value drawn from its time to the next, and cut at every edge. */
function layOut(points: readonly Point[], { buckets, start, end, now, maxGapMs }: SeriesQuery) {
  const areas = new Map<number, { area: number; covered: number }>();
  points.forEach(({ at, value }, index) => {
    const stop = Math.min(points[index + 1]?.at ?? Number.POSITIVE_INFINITY, at + maxGapMs, end, now);
    for (let from = Math.max(at, start); from < stop; ) {
      const bucket = buckets.at(from);
      const to = Math.min(bucket.end, stop);
      const sum = areas.get(bucket.start) ?? { area: 0, covered: 0 };
      areas.set(bucket.start, { area: sum.area + value * (to - from), covered: sum.covered + to - from });
      from = to;
    }
  });
  return areas;
}
