import type { Clock } from "../../../core/clock.js";
import type { Millis } from "../../../core/duration.js";
import { describeError, GizlabError } from "../../../core/errors.js";
import { KeyedTimers } from "../../../core/keyed-timers.js";
import { WorkSlice } from "../../../core/work-slice.js";
import type { Telemetry } from "../../telemetry/telemetry.js";
import { LinqError } from "../linq-error.js";
import type { ReportTables } from "../report-tables.js";
import type { ChunkTable, FilledChunk } from "./chunk-table.js";
import type { CompiledLinq } from "./compiled-linq.js";
import { type ChunkGroups, computeChunks } from "./compute-chunks.js";
import type { LateWatch, OpenWindow } from "./late-watch.js";
import { chunkStart, computableFrom, coveredFrom, type Task } from "./task.js";
import type { TaskTable } from "./task-table.js";

export interface TaskRunnerParts {
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
const LATE = "late reports";
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
  readonly #queue: string[] = [];
  /** The task whose stretch is being computed, and whether that is no longer wanted. */
  #turn: { readonly id: string; isStale: boolean } | undefined;
  #epoch = 0;
  #isClosed = false;
  #working: Promise<void> | undefined;
  #release: () => void = () => {};

  constructor(parts: TaskRunnerParts) {
    this.#parts = parts;
    this.#timers = new KeyedTimers(parts.clock);
    parts.late.onLate = () => {
      // Counted from the first of a burst: one that never ends is computed all the same.
      if (this.#timers.dueAt(LATE) === undefined) this.#timers.set(LATE, LATE_MS, () => this.#wakeAll());
    };
  }

  /** Goes on with a task as soon as there is something to compute. */
  wake(id: string): void {
    if (this.#isClosed) return;
    if (!this.#queue.includes(id)) this.#queue.push(id);
    this.#working ??= this.#work();
  }

  /** Leaves off what is being computed for a task. */
  interrupt(id: string): void {
    if (this.#turn?.id === id) this.#turn.isStale = true;
    this.#timers.cancel(id);
  }

  /** Leaves everything off, and begins with what the store holds now. */
  reload(): void {
    this.#epoch += 1;
    if (this.#turn !== undefined) this.#turn.isStale = true;
    this.#queue.length = 0;
    this.#timers.clear();
    if (this.#working !== undefined) this.#hold();
    this.#wakeAll();
  }

  /** Leaves everything off; resolves when nothing is under way. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#timers.clear();
    await this.#working;
  }

  #wakeAll(): void {
    for (const { id } of this.#parts.tasks.all) this.wake(id);
  }

  async #work(): Promise<void> {
    this.#hold();
    try {
      // A caller that wakes several tasks, or one it has not finished with, comes to its end first.
      const slice = new WorkSlice();
      await slice.rest();
      for (let id = this.#queue.shift(); id !== undefined && !this.#isClosed; id = this.#queue.shift()) {
        this.#hold();
        if (await this.#takeTurn(id)) this.#queue.push(id);
        else this.#setTimer(id);
        if (slice.isOver) await slice.rest();
      }
      this.#hold();
      await this.#sweep();
    } finally {
      this.#release();
      this.#working = undefined;
      if (this.#queue.length > 0 && !this.#isClosed) this.#working = this.#work();
    }
  }

  /**
   * Virtual time waits for what is under way, as long as the clock waits for anybody. Said anew for each turn: a clock that
   * was put back, or told to let go, knows nothing of what was said before.
   */
  #hold(): void {
    const release = this.#parts.clock.hold();
    this.#release();
    this.#release = release;
  }

  /** Computes the next stretch of a task; false when there is none. */
  async #takeTurn(id: string): Promise<boolean> {
    const { tasks, compile, failed } = this.#parts;
    const task = tasks.find(id);
    if (task?.state.kind !== "running") return false;
    const turn = { id, isStale: false };
    this.#turn = turn;
    const isStale = (): boolean => this.#isClosed || turn.isStale;
    try {
      return await this.#computeNext(task, compile(task), isStale);
    } catch (error) {
      if (isStale()) return true;
      // The product is not loaded: its devices report nothing, and it may come back.
      if (error instanceof LinqError && error.code === "linq-table") return false;
      try {
        failed(id, error instanceof GizlabError ? describeError(error) : "the task could not be computed");
      } catch {
        // The store takes not even that: the task is tried again a chunk later.
      }
      if (!(error instanceof GizlabError)) process.stderr.write(`gizlab: ${id}: ${(error as Error).message}\n`);
      return false;
    }
  }

  async #computeNext(task: Task, compiled: CompiledLinq, isStale: () => boolean): Promise<boolean> {
    const { telemetry, chunks, clock } = this.#parts;
    telemetry.flush();
    const from = computableFrom(task, telemetry.logStart);
    // What came in late for time before that is not counted: the log has it mixed with what the chunk has already, or not
    // at all any more.
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
      // Some of it was dropped from the log while it was read.
      if (from < computableFrom(task, this.#parts.telemetry.logStart)) return;
      // Nothing of this turn lets go of the event loop any more, so what is looked up is what is stored.
      if (!isStale()) this.#commit({ ...window, task: tasks.find(task.id) ?? task }, filled, until);
    } finally {
      late.close(window);
    }
  }

  /** Stores a stretch, and how far the task has come by it. */
  #commit({ task, from, touched }: OpenWindow, filled: readonly FilledChunk[], until: Millis): void {
    const { chunks, tasks } = this.#parts;
    tasks.commit(() => {
      chunks.replace(task.storeId, from, until, filled);
      chunks.clearLate(task.storeId, from, until);
      for (const start of touched) if (start < until) chunks.markLate(task.storeId, start);
      return { written: until > task.coveredUntil ? [{ ...task, coveredUntil: until }] : [] };
    });
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
