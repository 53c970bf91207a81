import type { Clock } from "../../../core/clock.js";
import type { Millis } from "../../../core/duration.js";
import { describeError, GizlabError } from "../../../core/errors.js";
import { KeyedTimers } from "../../../core/keyed-timers.js";
import { WorkSlice } from "../../../core/work-slice.js";
import type { Database } from "../../store/database.js";
import type { Telemetry } from "../../telemetry/telemetry.js";
import { LinqError } from "../linq-error.js";
import type { ReportTables } from "../report-tables.js";
import type { ChunkTable, FilledChunk } from "./chunk-table.js";
import type { CompiledLinq } from "./compiled-linq.js";
import { type ChunkGroups, computeChunks } from "./compute-chunks.js";
import type { LateWatch, OpenWindow } from "./late-watch.js";
import { chunkStart, coveredFrom, type Task } from "./task.js";
import type { TaskTable } from "./task-table.js";

export interface TaskRunnerParts {
  readonly database: Database;
  readonly clock: Clock;
  readonly telemetry: Telemetry;
  readonly tables: ReportTables;
  readonly tasks: TaskTable;
  readonly chunks: ChunkTable;
  readonly late: LateWatch;
  /** Throws LinqError when the query fits its table no longer. */
  readonly compile: (task: Task) => CompiledLinq;
  /** Called for a task that cannot go on. */
  readonly failed: (id: string, reason: string) => void;
  /** True while somebody reads chunks: then none is removed. */
  readonly isRead: () => boolean;
}

/** Late reports are waited for so long, in domain time, that a burst of them is computed once. */
const LATE_MS: Millis = 1000;
const MOST_CHUNKS_AT_ONCE = 96;
/** Devices times chunks of one stretch that is computed. */
const DEVICE_CHUNKS_AT_ONCE = 20_000;

/**
 * Computes what running tasks lack, one stretch of one task at a time: first the chunks that got late reports, then
 * what lies between the last whole chunk and `delay` ago. Each stretch is stored in one transaction with how far the
 * task has come, so that whatever ends the process loses and doubles nothing.
 */
export class TaskRunner {
  readonly #parts: TaskRunnerParts;
  readonly #timers: KeyedTimers<string>;
  readonly #commit: (window: OpenWindow, filled: readonly FilledChunk[], until: Millis) => void;
  readonly #queue: string[] = [];
  /** A task's number grows when what is being computed for it is no longer wanted. */
  readonly #turns = new Map<string, number>();
  #epoch = 0;
  #isClosed = false;
  #working: Promise<void> | undefined;

  constructor(parts: TaskRunnerParts) {
    this.#parts = parts;
    this.#timers = new KeyedTimers(parts.clock);
    this.#commit = parts.database.transaction((window: OpenWindow, filled: readonly FilledChunk[], until: Millis) => {
      const { chunks, tasks } = parts;
      const { task, from, touched } = window;
      chunks.replace(task.storeId, from, until, filled);
      chunks.clearLate(task.storeId, from, until);
      for (const start of touched) if (start < until) chunks.markLate(task.storeId, start);
      if (until > task.coveredUntil) tasks.cover(task, until);
    });
    parts.late.onLate = () => this.#timers.set("late reports", LATE_MS, () => this.#wakeAll());
  }

  /** Goes on with a task as soon as there is something to compute. */
  wake(id: string): void {
    if (this.#isClosed) return;
    if (!this.#queue.includes(id)) this.#queue.push(id);
    this.#working ??= this.#work();
  }

  /** Leaves off what is being computed for a task. */
  interrupt(id: string): void {
    this.#turns.set(id, this.#turnOf(id) + 1);
    this.#timers.cancel(id);
  }

  /** Leaves everything off, and begins with what the store holds now. */
  reload(): void {
    this.#epoch += 1;
    this.#queue.length = 0;
    this.#timers.clear();
    this.#wakeAll();
  }

  /** Leaves everything off; resolves when nothing is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timers.clear();
    await this.#working;
  }

  #turnOf(id: string): number {
    return this.#turns.get(id) ?? 0;
  }

  #wakeAll(): void {
    for (const { id } of this.#parts.tasks.all) this.wake(id);
  }

  /** Virtual time stands still meanwhile. */
  async #work(): Promise<void> {
    const release = this.#parts.clock.hold();
    try {
      // A caller that wakes several tasks, or one it has not finished with, comes to its end first.
      const slice = new WorkSlice();
      await slice.rest();
      for (let id = this.#queue.shift(); id !== undefined && !this.#isClosed; id = this.#queue.shift()) {
        if (await this.#takeTurn(id)) this.#queue.push(id);
        else this.#setTimer(id);
        if (slice.isOver) await slice.rest();
      }
      await this.#sweep();
    } finally {
      release();
      this.#working = undefined;
      if (this.#queue.length > 0 && !this.#isClosed) this.#working = this.#work();
    }
  }

  /** Computes the next stretch of a task; false when there is none. */
  async #takeTurn(id: string): Promise<boolean> {
    const { tasks, compile, failed } = this.#parts;
    const task = tasks.find(id);
    if (task?.state.kind !== "running") return false;
    const [epoch, turn] = [this.#epoch, this.#turnOf(id)];
    const isStale = (): boolean => this.#isClosed || epoch !== this.#epoch || turn !== this.#turnOf(id);
    try {
      return await this.#computeNext(task, compile(task), isStale);
    } catch (error) {
      if (isStale()) return true;
      // The product is not loaded: its devices report nothing, and it may come back.
      if (error instanceof LinqError && error.code === "linq-table") return false;
      failed(id, error instanceof GizlabError ? describeError(error) : "the task could not be computed");
      if (!(error instanceof GizlabError)) process.stderr.write(`gizlab: ${id}: ${(error as Error).message}\n`);
      return false;
    }
  }

  async #computeNext(task: Task, compiled: CompiledLinq, isStale: () => boolean): Promise<boolean> {
    const { telemetry, chunks, clock } = this.#parts;
    telemetry.flush();
    // Whatever was dropped from the log is only in the chunks: they stay as they are.
    const keptFrom = Number.isFinite(telemetry.logStart)
      ? chunkStart(telemetry.logStart + task.chunkMs - 1, task.chunkMs)
      : Number.NEGATIVE_INFINITY;
    const from = Math.max(coveredFrom(task), keptFrom);
    chunks.clearLate(task.storeId, Number.MIN_SAFE_INTEGER, from);
    const [late] = chunks.late(task.storeId, from, task.coveredUntil, 1);
    if (late !== undefined) {
      await this.#compute(task, compiled, { from: late, to: late + task.chunkMs, end: late + task.chunkMs }, isStale);
      return true;
    }
    const end = chunkStart(clock.now() - task.definition.delayS * 1000, task.chunkMs);
    const next = Math.max(task.coveredUntil, from);
    if (next >= end) return false;
    const devices = Math.max(1, this.#parts.tables.devicesOf(compiled.table).length);
    const count = Math.min(MOST_CHUNKS_AT_ONCE, Math.max(1, Math.floor(DEVICE_CHUNKS_AT_ONCE / devices)));
    const to = Math.min(end, next + count * task.chunkMs);
    await this.#compute(task, compiled, { from: next, to, end }, isStale);
    return true;
  }

  /** Computes [from, to), passes over what is empty up to `end`, and stores it. */
  async #compute(
    task: Task,
    compiled: CompiledLinq,
    { from, to, end }: { readonly from: Millis; readonly to: Millis; readonly end: Millis },
    isStale: () => boolean,
  ): Promise<void> {
    const { tables, tasks, late, clock } = this.#parts;
    const window = late.open(task, from, end);
    try {
      const environment = { now: clock.now(), zone: compiled.zone };
      const computed = await computeChunks(tables, compiled, environment, { from, to, chunkMs: task.chunkMs }, isStale);
      if (computed === undefined) return;
      const filled = await this.#fill(computed.chunks, isStale);
      if (filled === undefined) return;
      let until = computed.until;
      if (computed.isEmpty && until < end) until = await this.#passOver(compiled.table, until, end, task.chunkMs);
      // Nothing of this turn lets go of the event loop any more, so what is looked up is what is stored.
      if (!isStale()) this.#commit({ ...window, task: tasks.find(task.id) ?? task }, filled, until);
    } finally {
      late.close(window);
    }
  }

  async #fill(computed: readonly ChunkGroups[], isStale: () => boolean): Promise<FilledChunk[] | undefined> {
    const filled: FilledChunk[] = [];
    for (const { start, groups } of computed) {
      const chunk = await this.#parts.chunks.fill(start, groups, isStale);
      if (chunk === undefined) return undefined;
      filled.push(chunk);
    }
    return filled;
  }

  /** The start of the first chunk from `from` on that has entries; `end` when none has. */
  async #passOver(table: string, from: Millis, end: Millis, chunkMs: Millis): Promise<Millis> {
    const slice = new WorkSlice();
    let next = end;
    for (const { id } of this.#parts.tables.devicesOf(table)) {
      next = Math.min(next, this.#parts.telemetry.nextLogged(id, from) ?? end);
      if (slice.isOver) await slice.rest();
      if (this.#isClosed) return from;
    }
    return chunkStart(next, chunkMs);
  }

  /** Wakes a task again when its next chunk is whole. */
  #setTimer(id: string): void {
    const task = this.#parts.tasks.find(id);
    if (task?.state.kind !== "running") return;
    const due = Math.max(task.coveredUntil, coveredFrom(task)) + task.chunkMs + task.definition.delayS * 1000;
    const waitMs = due - this.#parts.clock.now();
    // A task whose table is not loaded lags behind: there is nothing to hurry for.
    this.#timers.set(id, waitMs > 0 ? waitMs : task.chunkMs, () => this.wake(id));
  }

  async #sweep(): Promise<void> {
    const slice = new WorkSlice();
    const epoch = this.#epoch;
    while (!this.#isClosed && epoch === this.#epoch && this.#queue.length === 0 && !this.#parts.isRead()) {
      if (!this.#parts.chunks.sweep()) return;
      if (slice.isOver) await slice.rest();
    }
  }
}
