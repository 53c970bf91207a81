import type { Millis } from "../../../core/duration.js";
import type { Database } from "../../store/database.js";
import type { Task, TaskDefinition } from "./task.js";
import type { TaskState } from "./task-state.js";

interface TaskRow {
  id: string;
  domain: string;
  product_key: string;
  definition: string;
  state: string;
  store_id: number;
  chunk_ms: Millis;
  covered_until: Millis;
  created_at: Millis;
  updated_at: Millis;
}

/** What becomes of some tasks at once. */
export interface TaskChange {
  readonly written: readonly Task[];
  /** Ids of tasks that are forgotten; they may be among those written. */
  readonly removed?: readonly string[];
}

/**
 * The tasks of all domains; those deleted too, for a while. Held in memory: there are few. Whatever a task becomes is
 * stored by `commit` alone, together with what becomes of its chunks.
 */
export class TaskTable {
  readonly #tasks = new Map<string, Task>();
  #coveredUntil: Millis = Number.NEGATIVE_INFINITY;
  readonly #statements;
  readonly #store: (change: () => TaskChange) => TaskChange;

  constructor(database: Database) {
    this.#statements = {
      all: database.prepare<[], TaskRow>("SELECT * FROM linq_tasks ORDER BY created_at, id"),
      write: database.prepare<[string, string, string, string, string, number, Millis, Millis, Millis, Millis]>(
        "INSERT OR REPLACE INTO linq_tasks (id, domain, product_key, definition, state, store_id, chunk_ms, covered_until, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
      ),
      remove: database.prepare<[string]>("DELETE FROM linq_tasks WHERE id = ?"),
    };
    this.#store = database.transaction((change: () => TaskChange) => {
      const changed = change();
      for (const task of changed.written) this.#write(task);
      for (const id of changed.removed ?? []) this.#statements.remove.run(id);
      return changed;
    });
    this.reload();
  }

  /** In the order they were made. */
  get all(): readonly Task[] {
    return [...this.#tasks.values()];
  }

  /** No task covers anything from here on. */
  get coveredUntil(): Millis {
    return this.#coveredUntil;
  }

  find(id: string): Task | undefined {
    return this.#tasks.get(id);
  }

  /**
   * Stores the tasks that `change` gives, and whatever else it writes, in one transaction. They are in memory only once
   * that is done: a store that refuses leaves both as they were.
   */
  commit(change: () => TaskChange): void {
    const { written, removed = [] } = this.#store(change);
    for (const task of written) this.#hold(task);
    for (const id of removed) this.#tasks.delete(id);
  }

  /** Takes over what the store says. */
  reload(): void {
    this.#tasks.clear();
    this.#coveredUntil = Number.NEGATIVE_INFINITY;
    for (const row of this.#statements.all.all()) {
      this.#hold({
        id: row.id,
        domain: row.domain,
        productKey: row.product_key,
        definition: JSON.parse(row.definition) as TaskDefinition,
        state: JSON.parse(row.state) as TaskState,
        storeId: row.store_id,
        chunkMs: row.chunk_ms,
        coveredUntil: row.covered_until,
        createdAt: row.created_at,
        updatedAt: row.updated_at,
      });
    }
  }

  #write(task: Task): void {
    const { id, domain, productKey, definition, state, storeId, chunkMs, coveredUntil, createdAt, updatedAt } = task;
    const texts = [JSON.stringify(definition), JSON.stringify(state)] as const;
    this.#statements.write.run(id, domain, productKey, ...texts, storeId, chunkMs, coveredUntil, createdAt, updatedAt);
  }

  /** The mark only rises, so that it never hides a late report. */
  #hold(task: Task): void {
    this.#tasks.set(task.id, task);
    this.#coveredUntil = Math.max(this.#coveredUntil, task.coveredUntil);
  }
}
