import type { Task } from "../../cloud/linq/tasks/task.js";
import { TASK_STATUSES, type TaskStatus } from "../../cloud/linq/tasks/task-state.js";
import type { ApiContext } from "../context.js";
import type { Face } from "../face.js";
import { Type } from "../schema.js";
import { DevoError } from "./devo-error.js";
import { requireDomain } from "./session.js";
import { readDate, readTask, readTaskChange, TaskBody, TaskChange } from "./task-body.js";
import { viewTask } from "./task-view.js";

const Domain = Type.String({ minLength: 1, maxLength: 64 });
const DomainParams = Type.Object({ domain: Domain });
const TaskParams = Type.Object({ domain: Domain, aggrId: Type.String({ minLength: 1, maxLength: 128 }) });
const ListQuery = Type.Object({
  skipCache: Type.Optional(Type.String({ pattern: "^(true|false)?$" })),
  status: Type.Optional(Type.String({ maxLength: 64 })),
  id: Type.Optional(Type.String({ maxLength: 128 })),
  fromDate: Type.Optional(Type.String({ maxLength: 64 })),
});
const StartQuery = Type.Object({ fromDate: Type.Optional(Type.String({ maxLength: 64 })) });
const tags = ["Devo aggregation tasks"];

/** The aggregation tasks of a domain, below whatever prefix the face was given (aggregation-apis.md 1.1). */
export function registerAggregationTasks(face: Face, context: ApiContext, isHidden: boolean): void {
  const { tasks } = context.cloud.linq;
  const view = (task: Task) => viewTask(tasks, task);
  const schema = { tags, hide: isHidden };

  face.get(
    "/:domain",
    { schema: { ...schema, summary: "All tasks of a domain", params: DomainParams, querystring: ListQuery } },
    (request) => {
      const { domain } = request.params;
      requireDomain(context, request, domain, "view");
      const { id, status, fromDate } = request.query;
      const filter = {
        ...(id === undefined ? {} : { id }),
        ...(status === undefined ? {} : { status: readStatus(status) }),
        ...(fromDate === undefined ? {} : { createdFrom: readDate("fromDate", fromDate, "UTC") }),
      };
      return tasks.list(domain, filter).map(view);
    },
  );
  face.post(
    "/:domain",
    { schema: { ...schema, summary: "Make a task", params: DomainParams, body: TaskBody } },
    (request) => {
      const { domain } = request.params;
      requireDomain(context, request, domain, "manage");
      return view(tasks.create(domain, readTask(request.body, `owner@${domain}`)));
    },
  );
  face.get("/:domain/:aggrId", { schema: { ...schema, summary: "One task", params: TaskParams } }, (request) => {
    const { domain, aggrId } = request.params;
    requireDomain(context, request, domain, "view");
    return view(tasks.get(domain, aggrId));
  });
  face.get(
    "/:domain/:aggrId/measures",
    { schema: { ...schema, summary: "How far a task has come", params: TaskParams } },
    (request) => {
      const { domain, aggrId } = request.params;
      requireDomain(context, request, domain, "view");
      return { id: aggrId, ...tasks.measures(domain, aggrId) };
    },
  );
  face.put(
    "/:domain/:aggrId",
    { schema: { ...schema, summary: "Change a task", params: TaskParams, body: TaskChange } },
    (request) => {
      const { domain, aggrId } = request.params;
      requireDomain(context, request, domain, "manage");
      const change = readTaskChange(request.body, tasks.get(domain, aggrId).definition);
      return view(tasks.update(domain, aggrId, change));
    },
  );
  face.put(
    "/:domain/:aggrId/start",
    {
      schema: {
        ...schema,
        summary: "Start a task and compute it anew from a date on",
        description: 'The date is fromDate, in the query string or in a body such as {"fromDate":1700000000000}',
        params: TaskParams,
        querystring: StartQuery,
      },
    },
    (request) => {
      const { domain, aggrId } = request.params;
      requireDomain(context, request, domain, "manage");
      const { timeZone } = tasks.get(domain, aggrId).definition;
      const date = request.query.fromDate ?? readBodyDate(request.body);
      return view(tasks.rebuild(domain, aggrId, date === undefined ? undefined : readDate("fromDate", date, timeZone)));
    },
  );
  for (const kind of ["stop", "resume"] as const) {
    const summary = kind === "stop" ? "Stop a task" : "Go on with a task where it stopped";
    face.put(`/:domain/:aggrId/${kind}`, { schema: { ...schema, summary, params: TaskParams } }, (request) => {
      const { domain, aggrId } = request.params;
      requireDomain(context, request, domain, "manage");
      return view(tasks.act(domain, aggrId, kind));
    });
  }
  face.delete(
    "/:domain/:aggrId",
    { schema: { ...schema, summary: "Delete a task", params: TaskParams } },
    (request) => {
      const { domain, aggrId } = request.params;
      requireDomain(context, request, domain, "manage");
      return view(tasks.act(domain, aggrId, "delete"));
    },
  );
}

function readStatus(text: string): TaskStatus {
  const status = TASK_STATUSES.find((known) => known === text);
  if (status === undefined) throw new DevoError(400, 400, `status is one of ${TASK_STATUSES.join(", ")}`);
  return status;
}

/** The start's body is documented nowhere: `fromDate`, as in the task, or none at all. */
function readBodyDate(body: unknown): string | number | undefined {
  if (body === undefined || body === null) return undefined;
  const { fromDate } = body as { fromDate?: unknown };
  if (typeof body !== "object" || Array.isArray(body)) throw new DevoError(400, 400, "the body is no object");
  if (fromDate === undefined || typeof fromDate === "string" || typeof fromDate === "number") return fromDate;
  throw new DevoError(400, 400, "fromDate is a number or a text");
}
