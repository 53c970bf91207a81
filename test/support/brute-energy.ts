/** A reading of one register: when, and its value in units. */
export type RegisterReading = readonly [at: number, value: number];

export interface BruteBucket {
  readonly start: number;
  readonly end: number;
  readonly value: number;
}

interface BruteQuery {
  readonly start: number;
  readonly end: number;
  /** Where the bucket that holds an instant starts and ends. */
  readonly bucketAt: (at: number) => readonly [start: number, end: number];
}

/** Buckets of a width in milliseconds, counted from Monday 2000-01-03. */
export function evenBuckets(widthMs: number): BruteQuery["bucketAt"] {
  const origin = Date.parse("2000-01-03T00:00:00Z");
  return (at) => {
    let start = origin + Math.floor((at - origin) / widthMs) * widthMs;
    while (start > at) start -= widthMs;
    return [start, start + widthMs];
  };
}

/** Buckets of whole months, counted from January 2000. */
export function monthBuckets(months: number): BruteQuery["bucketAt"] {
  return (at) => {
    let month = 0;
    while (Date.UTC(2000, month, 1) > at) month -= months;
    while (Date.UTC(2000, month + months, 1) <= at) month += months;
    return [Date.UTC(2000, month, 1), Date.UTC(2000, month + months, 1)];
  };
}

/** The mean of the readings of each bucket, by going through all of them; exact, in hundredths. */
export function bruteAverage(readings: readonly RegisterReading[], query: BruteQuery): BruteBucket[] {
  return collect(
    readings,
    query,
    (values) => values.reduce((sum, value) => sum + Math.round(value * 100), 0) / 100 / values.length,
  );
}

/** What the register gained in each bucket: against the reading before, and all of it after a fall. */
export function bruteDifference(readings: readonly RegisterReading[], query: BruteQuery): BruteBucket[] {
  const sorted = [...readings].sort(([a], [b]) => a - b);
  const gained = sorted.map(([at, value], place): RegisterReading => {
    const before = sorted[place - 1]?.[1] ?? value;
    return [at, value >= before ? value - before : value];
  });
  return collect(gained, query, (values) => values.reduce((sum, value) => sum + Math.round(value * 100), 0) / 100);
}

function collect(
  readings: readonly RegisterReading[],
  { start, end, bucketAt }: BruteQuery,
  combine: (values: readonly number[]) => number,
): BruteBucket[] {
  const groups = new Map<number, { end: number; values: number[] }>();
  for (const [at, value] of readings) {
    if (at < start || at >= end) continue;
    const [from, to] = bucketAt(at);
    const group = groups.get(from) ?? { end: to, values: [] };
    groups.set(from, group);
    group.values.push(value);
  }
  return [...groups]
    .map(([from, group]) => ({ start: from, end: group.end, value: combine(group.values) }))
    .sort((a, b) => a.start - b.start);
}
