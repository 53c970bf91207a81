import type { Clock } from "../../core/clock.js";
import type { Millis } from "../../core/duration.js";
import { GizlabError } from "../../core/errors.js";
import type { Telemetry } from "../telemetry/telemetry.js";
import { evaluateLinq } from "./evaluate.js";
import type { SavedGroup } from "./group-table.js";
import { QueryLanes, QueryWork } from "./query-work.js";
import { readRange } from "./read-range.js";
import type { ReportTables, RowRange } from "./report-tables.js";
import type { ChunkTable } from "./tasks/chunk-table.js";
import { type CompiledLinq, compileLinq } from "./tasks/compiled-linq.js";
import type { LinqTasks } from "./tasks/linq-tasks.js";
import { chunkStart, computableFrom, coveredFrom, type Task } from "./tasks/task.js";
import type { LinqRow } from "./value.js";

export interface LinqSearchParts {
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly tables: ReportTables;
  readonly tasks: LinqTasks;
  readonly chunks: ChunkTable;
  /** Milliseconds that one query may work. */
  readonly mostWorkMs?: number;
}

/** What one domain asks of the reports in [start, end). */
export interface SearchRange {
  readonly domain: string;
  readonly start: Millis;
  readonly end: Millis;
  /** False once nobody waits for the answer any more. */
  readonly isWanted?: () => boolean;
}

/** Groups of one query, in each of its groupings. */
const MAX_SEARCH_GROUPS = 100_000;
const MAX_WORK_MS = 10_000;

/** What of a range is read from where. */
interface Sources {
  readonly groups: Iterable<SavedGroup>;
  /** Read from the log, oldest first, without overlap. */
  readonly raw: readonly RowRange[];
}

/**
 * Runs queries over the reports (aggregation-apis.md 1.7). One that a task keeps up is answered from the task's chunks,
 * and from the log where these do not reach or are out of date: the rows are the same either way.
 */
export class LinqSearch {
  readonly #parts: LinqSearchParts;
  readonly #lanes = new QueryLanes();
  #readers = 0;
  #epoch = 0;

  constructor(parts: LinqSearchParts) {
    this.#parts = parts;
  }

  /** True while chunks are read. */
  get isReading(): boolean {
    return this.#readers > 0;
  }

  /** Throws LinqError. */
  compile(domain: string, linq: string, timeZone: string): CompiledLinq {
    return compileLinq(linq, timeZone, this.#parts.tables.catalogOf(domain), domain);
  }

  /**
   * The rows of a query, in the order of `compiled.plan.columns`. Throws `linq-limit` for one that is too large
   * or takes too long, `linq-busy` when too many others wait, `linq-interrupted` when the store is put back or closed meanwhile.
   */
  async *run(compiled: CompiledLinq, range: SearchRange): AsyncGenerator<LinqRow, void> {
    const { tables, telemetry, clock, tasks, mostWorkMs = MAX_WORK_MS } = this.#parts;
    const epoch = this.#epoch;
    const { isWanted = () => true } = range;
    const check = (): void => {
      if (epoch === this.#epoch && isWanted()) return;
      throw new GizlabError("linq-interrupted", "the query was ended before it was answered");
    };
    const work = await QueryWork.begin(this.#lanes, mostWorkMs);
    this.#readers += 1;
    try {
      check();
      telemetry.flush();
      const task = compiled.plan.isIncremental ? tasks.findLike(range.domain, compiled.key) : undefined;
      const environment = { now: clock.now(), zone: compiled.zone };
      const read = readRange(compiled.plan, environment, range);
      const { groups, raw } = task === undefined ? { groups: [], raw: [read] } : this.#split(task, read);
      const rows = readRanges(tables, compiled, raw, work, check);
      const kept = readGroups(groups, check);
      const limits = { groups: kept, maxGroups: MAX_SEARCH_GROUPS, slice: work };
      yield* evaluateLinq(compiled.plan, rows, environment, limits);
    } finally {
      this.#readers -= 1;
      work.end();
    }
  }

  /** Ends every query that is being answered; resolves when none is left. */
  async interrupt(): Promise<void> {
    this.#epoch += 1;
    await this.#lanes.empty();
  }

  /** Chunks that lie in the range as a whole and are up to date, or can no longer be; the log for everything else. */
  #split(task: Task, { start, end }: RowRange): Sources {
    const { chunks, telemetry } = this.#parts;
    const { storeId, chunkMs } = task;
    const from = Math.max(chunkStart(start + chunkMs - 1, chunkMs), coveredFrom(task));
    const to = Math.min(chunkStart(end, chunkMs), task.coveredUntil);
    if (from >= to) return { groups: [], raw: [{ start, end }] };
    const late = new Set(chunks.late(storeId, Math.max(from, computableFrom(task, telemetry.logStart)), to));
    const raw: { start: Millis; end: Millis }[] = [{ start, end: from }];
    for (const at of late) {
      const last = raw.at(-1);
      if (last?.end === at) last.end = at + chunkMs;
      else raw.push({ start: at, end: at + chunkMs });
    }
    raw.push({ start: to, end });
    return { groups: chunks.groups(storeId, from, to, late), raw };
  }
}

function* readGroups(groups: Iterable<SavedGroup>, check: () => void): Generator<SavedGroup, void> {
  for (const group of groups) {
    check();
    yield group;
  }
}

async function* readRanges(
  tables: ReportTables,
  { plan, table }: CompiledLinq,
  ranges: readonly RowRange[],
  work: QueryWork,
  check: () => void,
): AsyncGenerator<LinqRow, void> {
  for (const range of ranges) {
    // Groups do not depend on the order of rows, and reading device by device is cheaper.
    for await (const row of tables.rows(table, range, !plan.isIncremental, work)) {
      check();
      yield row;
    }
  }
}
