import type { Millis } from "../../../core/duration.js";
import { LinqAccumulator } from "../evaluate.js";
import { MAX_HELD_BYTES } from "../evaluation-context.js";
import { MAX_GROUPS, type SavedGroup } from "../group-table.js";
import type { ReportTables } from "../report-tables.js";
import type { LinqEnvironment } from "../time.js";
import type { LinqRow } from "../value.js";
import type { CompiledLinq } from "./compiled-linq.js";
import { chunkStart } from "./task.js";

/** The groups of the reports of one chunk of time. */
export interface ChunkGroups {
  readonly start: Millis;
  readonly groups: Iterable<SavedGroup>;
}

export interface ComputedChunks {
  /** Only chunks that have groups. */
  readonly chunks: readonly ChunkGroups[];
  /** How far it came: fewer chunks than asked for where these have very many groups. */
  readonly until: Millis;
  /** Whether there was not a single report. */
  readonly isEmpty: boolean;
}

/** Rows that are added at once. */
const RUN_LENGTH = 1000;

/**
 * Groups the reports in [from, to) by chunk of time. Undefined when `isStale` says to leave off. Throws LinqError,
 * `linq-limit` where one chunk alone has too many groups.
 */
export async function computeChunks(
  tables: ReportTables,
  { plan, table }: CompiledLinq,
  environment: LinqEnvironment,
  { from, to, chunkMs }: { readonly from: Millis; readonly to: Millis; readonly chunkMs: Millis },
  isStale: () => boolean,
): Promise<ComputedChunks | undefined> {
  const accumulators = new Map<Millis, LinqAccumulator>();
  let until = to;
  let groups = 0;
  let held = 0;
  let isEmpty = true;
  let run: LinqRow[] = [];
  let runStart = Number.NaN;
  const flush = async (): Promise<void> => {
    if (run.length === 0 || runStart >= until) return;
    const accumulator = accumulators.get(runStart) ?? new LinqAccumulator(plan, environment);
    accumulators.set(runStart, accumulator);
    const before = { size: accumulator.size, held: accumulator.held };
    await accumulator.add(run);
    groups += accumulator.size - before.size;
    held += accumulator.held - before.held;
    // Too much to hold at once: the last chunks are left for later.
    const isTooMuch = (): boolean => groups > MAX_GROUPS || held > MAX_HELD_BYTES;
    for (let last = until - chunkMs; isTooMuch() && last > from; last -= chunkMs) {
      groups -= accumulators.get(last)?.size ?? 0;
      held -= accumulators.get(last)?.held ?? 0;
      accumulators.delete(last);
      until = last;
    }
  };
  for await (const row of tables.rows(table, { start: from, end: to }, false)) {
    if (isStale()) return undefined;
    isEmpty = false;
    const start = chunkStart(row[0] as number, chunkMs);
    if (start !== runStart || run.length >= RUN_LENGTH) {
      await flush();
      run = [];
      runStart = start;
    }
    run.push(row);
  }
  await flush();
  if (isStale()) return undefined;
  const chunks = [...accumulators].flatMap(([start, accumulator]) =>
    accumulator.size === 0 ? [] : [{ start, groups: accumulator.save() }],
  );
  return { chunks, until, isEmpty };
}
