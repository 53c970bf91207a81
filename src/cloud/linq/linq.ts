import type { Clock } from "../../core/clock.js";
import type { Random } from "../../core/random.js";
import type { Database } from "../store/database.js";
import { LinqSearch } from "./linq-search.js";
import { ReportTables, type ReportTablesParts } from "./report-tables.js";
import { ChunkTable } from "./tasks/chunk-table.js";
import { LateWatch } from "./tasks/late-watch.js";
import { LinqTasks } from "./tasks/linq-tasks.js";
import { TaskRunner } from "./tasks/task-runner.js";
import { TaskTable } from "./tasks/task-table.js";

/** What of LINQ is in the store; it is there before the first report is folded. */
export interface LinqStore {
  readonly tasks: TaskTable;
  readonly chunks: ChunkTable;
  readonly late: LateWatch;
}

export function openLinqStore(database: Database): LinqStore {
  const tasks = new TaskTable(database);
  const chunks = new ChunkTable(database);
  return { tasks, chunks, late: new LateWatch(database, tasks, chunks) };
}

export interface LinqParts extends ReportTablesParts {
  readonly clock: Clock;
  readonly random: Random;
  readonly store: LinqStore;
}

/** Queries and aggregation tasks over what devices report (aggregation-apis.md 1). */
export interface Linq {
  readonly tables: ReportTables;
  readonly tasks: LinqTasks;
  readonly search: LinqSearch;
  /** Forgets what it knows of the store, and goes on with what that says now. */
  reload(): void;
  close(): Promise<void>;
}

export function startLinq({ clock, random, store, ...parts }: LinqParts): Linq {
  const { telemetry } = parts;
  const tables = new ReportTables(parts);
  const tasks = new LinqTasks({ clock, random, tables, tasks: store.tasks, chunks: store.chunks });
  const search = new LinqSearch({ clock, telemetry, tables, tasks, chunks: store.chunks });
  const runner = new TaskRunner({
    clock,
    telemetry,
    tables,
    ...store,
    compile: (task) => tasks.compile(task),
    failed: (id, reason) => tasks.fail(id, reason),
    isRead: () => search.isReading,
  });
  tasks.start(runner);
  return {
    tables,
    tasks,
    search,
    reload() {
      void search.interrupt();
      tasks.reload();
    },
    async close() {
      await search.interrupt();
      await tasks.close();
    },
  };
}
