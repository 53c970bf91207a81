import type { Clock } from "../../../core/clock.js";
import type { Millis } from "../../../core/duration.js";
import { GizlabError } from "../../../core/errors.js";
import { KeyedTimers } from "../../../core/keyed-timers.js";
import type { Random } from "../../../core/random.js";
import { parseLinq } from "../parser.js";
import { printLinq, tableOf, wheresOf } from "../printer.js";
import type { ReportTables } from "../report-tables.js";
import type { ChunkTable } from "./chunk-table.js";
import { type CompiledLinq, chunkWidth, compileLinq, parseGrain, requireTaskLike } from "./compiled-linq.js";
import { chunkStart, coveredFrom, type Task, type TaskDefinition } from "./task.js";
import type { TaskRunner } from "./task-runner.js";
import { createdState, statusOf, stepTask, type TaskInput, type TaskState, type TaskStatus } from "./task-state.js";
import type { TaskTable } from "./task-table.js";

export interface LinqTasksParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly tables: ReportTables;
  readonly tasks: TaskTable;
  readonly chunks: ChunkTable;
}

/** Which tasks of a domain are asked for (aggregation-apis.md 1.1). */
export interface TaskFilter {
  readonly id?: string;
  readonly status?: TaskStatus;
  /** Made at this instant or later. */
  readonly createdFrom?: Millis;
}

/** How far a task has come. */
export interface TaskMeasures {
  readonly coveredFrom: Millis;
  readonly coveredUntil: Millis;
  readonly chunkMs: Millis;
  readonly chunks: number;
  readonly lateChunks: number;
}

const MOST_TASKS = 100;
/** Deleted tasks that are remembered, so that `status=DELETED` has something to list. */
const MOST_DELETED = 100;
const ID_LETTERS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/** The aggregation tasks of every domain: what is asked of them, and what state they are in (aggregation-apis.md 1). */
export class LinqTasks {
  readonly #parts: LinqTasksParts;
  readonly #timers: KeyedTimers<string>;
  readonly #compiled = new Map<string, { readonly definition: TaskDefinition; readonly compiled: CompiledLinq }>();
  #runner: TaskRunner | undefined;

  constructor(parts: LinqTasksParts) {
    this.#parts = parts;
    this.#timers = new KeyedTimers(parts.clock);
  }

  /** Begins where the store left off. */
  start(runner: TaskRunner): void {
    this.#runner = runner;
    this.reload();
  }

  /** Forgets what it knows of the store, and goes on with what that says now. */
  reload(): void {
    this.#compiled.clear();
    this.#timers.clear();
    this.#parts.tasks.reload();
    for (const task of this.#parts.tasks.all) this.#wait(task);
    this.#runner?.reload();
  }

  async close(): Promise<void> {
    this.#timers.clear();
    await this.#runner?.close();
  }

  /**
   * Makes a task; its query is kept in canonical form. Throws `task-exists` for a name that is taken, `task-limit`, and
   * LinqError for a query that a task cannot keep up.
   */
  create(domain: string, given: TaskDefinition): Task {
    const { clock, tasks, chunks, tables } = this.#parts;
    const now = clock.now();
    const { definition, compiled } = this.#define(domain, given);
    if (this.list(domain).length >= MOST_TASKS) {
      throw new GizlabError("task-limit", `domain ${domain} has ${MOST_TASKS} tasks already`, { hint: "delete one" });
    }
    this.#requireFree(domain, definition.name);
    const chunkMs = chunkWidth(compiled.plan);
    const task: Omit<Task, "storeId"> = {
      id: this.#newId(domain),
      domain,
      definition,
      state: createdState(now),
      createdAt: now,
      updatedAt: now,
      productKey: tables.productKeyOf(compiled.table),
      chunkMs,
      coveredUntil: chunkStart(definition.fromDate, chunkMs),
    };
    tasks.commit(() => ({ written: [{ ...task, storeId: chunks.newStore() }] }));
    this.#wait(task);
    return this.get(domain, task.id);
  }

  /** The tasks of a domain in the order they were made; deleted ones only where they are asked for. */
  list(domain: string, { id, status, createdFrom = Number.NEGATIVE_INFINITY }: TaskFilter = {}): readonly Task[] {
    return this.#parts.tasks.all.filter((task) => {
      if (task.domain !== domain || (id !== undefined && task.id !== id) || task.createdAt < createdFrom) return false;
      return status === undefined ? task.state.kind !== "deleted" : statusOf(task.state) === status;
    });
  }

  /** Throws `task-unknown`, and `task-elsewhere` for one of another domain (aggregation-apis.md 1.4). */
  get(domain: string, id: string): Task {
    const task = this.#parts.tasks.find(id);
    if (task === undefined || task.state.kind === "deleted") {
      throw new GizlabError("task-unknown", `there is no aggregation task ${id.slice(0, 80)}`);
    }
    if (task.domain !== domain) {
      throw new GizlabError("task-elsewhere", `domain ${domain} has no aggregation task ${id.slice(0, 80)}`);
    }
    return task;
  }

  /**
   * Changes a task. What was computed is dropped and computed anew when the query is another one. Throws what `get`
   * and `create` do, and `task-state` while the task is pending.
   */
  update(domain: string, id: string, change: Partial<TaskDefinition>): Task {
    const { chunks, tables } = this.#parts;
    const task = this.get(domain, id);
    const { definition, compiled } = this.#define(domain, { ...task.definition, ...change });
    if (definition.name !== task.definition.name) this.#requireFree(domain, definition.name);
    const { linq, timeZone, fromDate } = task.definition;
    const isOther = definition.linq !== linq || definition.timeZone !== timeZone;
    const chunkMs = chunkWidth(compiled.plan);
    const begin = chunkStart(definition.fromDate, chunkMs);
    return this.#step(task, { kind: "update", now: this.#now }, () => {
      if (isOther) chunks.wasteStore(task.storeId);
      return {
        definition,
        productKey: tables.productKeyOf(compiled.table),
        ...(isOther ? { storeId: chunks.newStore(), chunkMs } : {}),
        ...(isOther || definition.fromDate < fromDate ? { coveredUntil: begin } : {}),
      };
    });
  }

  /** Stops or resumes a task, or begins its end. Throws what `get` does, and `task-state` where that cannot be done. */
  act(domain: string, id: string, kind: "stop" | "resume" | "delete"): Task {
    return this.#step(this.get(domain, id), { kind, now: this.#now });
  }

  /**
   * Sets a task going, and computes everything anew from `from` on, its `fromDate` unless given; a date before that
   * extends it. Doing it twice gives the same. Throws what `act` does.
   */
  rebuild(domain: string, id: string, from?: Millis): Task {
    const task = this.get(domain, id);
    const { definition } = task;
    const start = from ?? definition.fromDate;
    const fromDate = Math.min(definition.fromDate, start);
    const coveredUntil = Math.min(task.coveredUntil, chunkStart(start, task.chunkMs));
    const input = { kind: "start", isOlder: start < definition.fromDate, now: this.#now } as const;
    return this.#step(task, input, () => ({ definition: { ...definition, fromDate }, coveredUntil }));
  }

  measures(domain: string, id: string): TaskMeasures {
    const task = this.get(domain, id);
    const { storeId, coveredUntil, chunkMs } = task;
    const { chunks } = this.#parts;
    const from = coveredFrom(task);
    const late = chunks.late(storeId, from, coveredUntil).length;
    return {
      coveredFrom: from,
      coveredUntil: Math.max(from, coveredUntil),
      chunkMs,
      chunks: chunks.count(storeId),
      lateChunks: late,
    };
  }

  /** Table and conditions of a task's query (aggregation-apis.md 1.2). */
  describe(task: Task): { readonly table: string; readonly wheres: readonly string[] } {
    const known = this.#compiled.get(task.id);
    const { linq } = task.definition;
    const query = known?.definition === task.definition ? known.compiled.query : parseLinq(linq);
    return { table: tableOf(query), wheres: wheresOf(query) };
  }

  /** A task's query, ready to run. Throws LinqError when the table is not what it was. */
  compile({ id, domain, definition }: Task): CompiledLinq {
    const known = this.#compiled.get(id);
    if (known?.definition === definition) return known.compiled;
    const { linq, timeZone } = definition;
    const compiled = compileLinq(linq, timeZone, this.#parts.tables.catalogOf(domain), domain);
    this.#compiled.set(id, { definition, compiled });
    return compiled;
  }

  /** The task of a domain that has come furthest with the very query. */
  findLike(domain: string, key: string): Task | undefined {
    const fitting = this.list(domain).filter((task) => {
      try {
        return this.compile(task).key === key;
      } catch {
        return false;
      }
    });
    return fitting.sort((one, other) => other.coveredUntil - one.coveredUntil)[0];
  }

  /** Puts a task that cannot go on in ERROR. */
  fail(id: string, reason: string): void {
    const task = this.#parts.tasks.find(id);
    if (task !== undefined) this.#step(task, { kind: "fail", reason });
  }

  get #now(): Millis {
    return this.#parts.clock.now();
  }

  #define(domain: string, given: TaskDefinition): { definition: TaskDefinition; compiled: CompiledLinq } {
    const compiled = compileLinq(given.linq, given.timeZone, this.#parts.tables.catalogOf(domain), domain);
    if (given.minGrain !== undefined) parseGrain(given.minGrain);
    requireTaskLike(compiled, given.minGrain);
    return { definition: { ...given, linq: printLinq(compiled.query) }, compiled };
  }

  #requireFree(domain: string, name: string): void {
    if (this.list(domain).every(({ definition }) => definition.name !== name)) return;
    throw new GizlabError("task-exists", `domain ${domain} has an aggregation task "${name.slice(0, 80)}" already`);
  }

  #newId(domain: string): string {
    const { random, tasks } = this.#parts;
    for (;;) {
      const id = `cc_${domain}:${Array.from({ length: 8 }, () => random.pick([...ID_LETTERS])).join("")}`;
      if (tasks.find(id) === undefined) return id;
    }
  }

  /**
   * Takes a task one step on. What it becomes, what `change` gives and what becomes of its chunks is stored at once;
   * only then does the step take effect. Throws `task-state` where that step is none.
   */
  #step(task: Task, input: TaskInput, change: () => Partial<Task> = () => ({})): Task {
    const { tasks, chunks } = this.#parts;
    const step = stepTask(task.state, input);
    if ("refusal" in step) throw new GizlabError("task-state", step.refusal);
    const isDropped = step.effects.includes("drop");
    const updatedAt = input.kind === "due" ? task.updatedAt : this.#now;
    let next = task;
    tasks.commit(() => {
      next = { ...task, state: step.state, updatedAt, ...change() };
      if (isDropped) chunks.wasteStore(task.storeId);
      return { written: [next], removed: isDropped ? this.#outlived(task) : [] };
    });
    if (isDropped) this.#compiled.delete(task.id);
    for (const effect of step.effects) {
      if (effect === "interrupt") this.#runner?.interrupt(task.id);
      else this.#runner?.wake(task.id);
    }
    this.#wait(next);
    return next;
  }

  /** Sets the timer by which a pending task settles. */
  #wait({ id, state }: { readonly id: string; readonly state: TaskState }): void {
    if (state.kind !== "pending") return this.#timers.cancel(id);
    this.#timers.set(id, Math.max(0, state.dueAt - this.#now), () => {
      const task = this.#parts.tasks.find(id);
      if (task !== undefined) this.#step(task, { kind: "due" });
    });
  }

  /** The deleted tasks that are too many once one more is deleted, the first made first. */
  #outlived({ id, domain }: Task): string[] {
    const deleted = this.#parts.tasks.all.filter(
      (task) => task.domain === domain && (task.id === id || task.state.kind === "deleted"),
    );
    return deleted.slice(0, Math.max(0, deleted.length - MOST_DELETED)).map((task) => task.id);
  }
}
