import type { Millis } from "../../../core/duration.js";
import type { TaskState } from "./task-state.js";

/** What its owner says of a task; `linq` in canonical form (aggregation-apis.md 1.2). */
export interface TaskDefinition {
  readonly name: string;
  readonly description: string;
  readonly linq: string;
  readonly timeZone: string;
  readonly locale: string;
  /** Seconds that events may be late; a bucket is computed so long after its end. */
  readonly delayS: number;
  readonly minGrain?: string;
  readonly fromDate: Millis;
  readonly ownerEmail: string;
}

/** An aggregation task as it is stored. */
export interface Task {
  readonly id: string;
  readonly domain: string;
  readonly definition: TaskDefinition;
  readonly state: TaskState;
  readonly createdAt: Millis;
  readonly updatedAt: Millis;
  /** The product of its table; empty for a table of none. */
  readonly productKey: string;
  /** Where its chunks are; another number once the query is another. */
  readonly storeId: number;
  readonly chunkMs: Millis;
  /** Its chunks hold every report from `coveredFrom` to here, but for those that came late since. A whole chunk. */
  readonly coveredUntil: Millis;
}

/** The start of the chunk that holds an instant. */
export function chunkStart(at: Millis, chunkMs: Millis): Millis {
  return Math.floor(at / chunkMs) * chunkMs;
}

/** Where a task's chunks begin. */
export function coveredFrom({ definition, chunkMs }: Task): Millis {
  return chunkStart(definition.fromDate, chunkMs);
}

/**
 * From where on a task's chunks can be computed from the log, which was dropped before `logStart`. A chunk of before is
 * all there is of its time: it stays as it is and is read whatever came in late, as the log has only that.
 */
export function computableFrom(task: Task, logStart: Millis): Millis {
  return Math.max(coveredFrom(task), chunkStart(logStart + task.chunkMs - 1, task.chunkMs));
}
