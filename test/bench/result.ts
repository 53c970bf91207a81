/** What a benchmark measured, next to its peer in the same run (interfaces.md 1). */
export interface BenchResult {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly peer: string;
  readonly peer_value: number;
  readonly ratio: number;
  readonly aim: string;
  readonly ok: boolean;
  /** More that was measured in the same run. */
  readonly p50_ms?: number;
  readonly peer_p50_ms?: number;
  readonly bytes_per_s?: number;
}

export type Benchmark = () => Promise<BenchResult>;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? 0;
}

/** The value that a `share` of all values does not exceed; 0 where there are none. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

/** Operations a second of `run`, which does `count` operations; the best of several rounds after a warm-up. */
export function measureRate(count: number, run: () => void, rounds = 5): number {
  run();
  let best = 0;
  for (let round = 0; round < rounds; round += 1) {
    const startedAt = performance.now();
    run();
    best = Math.max(best, count / ((performance.now() - startedAt) / 1000));
  }
  return Math.round(best);
}
