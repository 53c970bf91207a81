import type { LinqTasks } from "../../cloud/linq/tasks/linq-tasks.js";
import type { Task } from "../../cloud/linq/tasks/task.js";
import { statusOf } from "../../cloud/linq/tasks/task-state.js";

/** A task as Devo shows it, keys in the document's order (aggregation-apis.md 1.2). */
export function viewTask(tasks: LinqTasks, task: Task) {
  const { id, domain, definition, state, createdAt, updatedAt } = task;
  const { table, wheres } = tasks.describe(task);
  const { linq, timeZone, locale, minGrain } = definition;
  return {
    id,
    name: definition.name,
    table,
    wheres,
    delay: definition.delayS,
    query: { linq, timeZone, locale },
    description: definition.description,
    domainName: domain,
    ownerEmail: definition.ownerEmail,
    creationDate: createdAt,
    updateDate: updatedAt,
    status: statusOf(state),
    statusData: state.kind === "failed" ? state.reason : null,
    fromDate: definition.fromDate,
    ...(minGrain === undefined ? {} : { minGrain }),
  };
}
