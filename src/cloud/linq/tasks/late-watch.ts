import type { Millis } from "../../../core/duration.js";
import type { Database } from "../../store/database.js";
import type { ChunkTable } from "./chunk-table.js";
import { chunkStart, coveredFrom, type Task } from "./task.js";
import type { TaskTable } from "./task-table.js";

/** A stretch of a task's time that is being computed. */
export interface OpenWindow {
  readonly task: Task;
  readonly from: Millis;
  /** Not included. */
  readonly to: Millis;
  /** Chunks in it that got reports meanwhile. */
  readonly touched: Set<Millis>;
}

/**
 * Sees every report on its way into the log, and notes which chunks of which tasks it comes too late for, in the same
 * transaction: a crash leaves either both or neither.
 */
export class LateWatch {
  readonly #tasks: TaskTable;
  readonly #chunks: ChunkTable;
  readonly #productKeyOf;
  readonly #windows = new Set<OpenWindow>();
  /** Called when some task has got late reports. */
  onLate: () => void = () => {};

  constructor(database: Database, tasks: TaskTable, chunks: ChunkTable) {
    this.#tasks = tasks;
    this.#chunks = chunks;
    this.#productKeyOf = database.prepare<[number], { product_key: string }>(
      "SELECT product_key FROM devices WHERE id = ?",
    );
  }

  /** Notes what comes into the stretch while it is computed; `close` ends it. */
  open(task: Task, from: Millis, to: Millis): OpenWindow {
    const window = { task, from, to, touched: new Set<Millis>() };
    this.#windows.add(window);
    return window;
  }

  close(window: OpenWindow): void {
    this.#windows.delete(window);
  }

  /** A quarter-hour of a device gets entries. */
  mark(deviceId: number, bucket: Millis): void {
    // Nearly every report is newer than anything that is covered.
    if (bucket >= this.#tasks.coveredUntil && this.#windows.size === 0) return;
    const productKey = this.#productKeyOf.get(deviceId)?.product_key;
    for (const { task, from, to, touched } of this.#windows) {
      const start = chunkStart(bucket, task.chunkMs);
      if (task.productKey === productKey && start >= from && start < to) touched.add(start);
    }
    let isLate = false;
    for (const task of this.#tasks.all) {
      const isCovered = bucket >= coveredFrom(task) && bucket < task.coveredUntil;
      if (task.productKey !== productKey || !isCovered || task.state.kind === "deleted") continue;
      this.#chunks.markLate(task.storeId, chunkStart(bucket, task.chunkMs));
      isLate = true;
    }
    if (isLate) this.onLate();
  }
}
