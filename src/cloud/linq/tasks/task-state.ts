import type { Millis } from "../../../core/duration.js";

/** The statuses of the list filter (aggregation-apis.md 1.3). PARTIAL_STOPPED needs several nodes and is never reached. */
export const TASK_STATUSES = [
  "RUNNING",
  "STOPPED",
  "DELETED",
  "ERROR",
  "PARTIAL_STOPPED",
  "PENDING_CREATE",
  "PENDING_START",
  "PENDING_STOP",
  "PENDING_UPDATE",
  "PENDING_REBUILD",
  "PENDING_DELETE",
  "PENDING_RESUME",
  "PENDING_EXTEND",
] as const;
export type TaskStatus = (typeof TASK_STATUSES)[number];

/** What a task is about to become, by the words of its PENDING status. */
export type PendingAct = "CREATE" | "START" | "STOP" | "UPDATE" | "REBUILD" | "DELETE" | "RESUME" | "EXTEND";

/**
 * Where a task is in its life (aggregation-apis.md 1.3). Whatever is asked of it is pending for a moment of domain time:
 *
 *     (create) -> pending CREATE -> running <- pending UPDATE, REBUILD, EXTEND <- running
 *     running -> pending STOP -> stopped -> pending START, RESUME -> running
 *     stopped -> pending UPDATE -> stopped;  running -> failed -> whatever leads out of stopped
 *     anything -> pending DELETE -> deleted
 */
export type TaskState =
  | {
      readonly kind: "pending";
      readonly act: PendingAct;
      readonly next: "running" | "stopped" | "deleted";
      readonly dueAt: Millis;
    }
  | { readonly kind: "running" | "stopped" | "deleted" }
  | { readonly kind: "failed"; readonly reason: string };

export type TaskInput =
  | { readonly kind: "stop" | "resume" | "update" | "delete"; readonly now: Millis }
  /** `isOlder`: back over time that the task did not cover. */
  | { readonly kind: "start"; readonly isOlder: boolean; readonly now: Millis }
  | { readonly kind: "due" }
  | { readonly kind: "fail"; readonly reason: string };

/** `interrupt`: leave off what is being computed; `work`: go on computing; `drop`: forget everything computed. */
export type TaskEffect = "interrupt" | "work" | "drop";

export type TaskStep =
  | { readonly state: TaskState; readonly effects: readonly TaskEffect[] }
  /** Why this cannot be done to a task in that state. */
  | { readonly refusal: string };

/** How long a status is pending, in domain time. */
export const PENDING_MS: Millis = 1000;

/** The first state of a task. */
export function createdState(now: Millis): TaskState {
  return { kind: "pending", act: "CREATE", next: "running", dueAt: now + PENDING_MS };
}

export function statusOf(state: TaskState): TaskStatus {
  switch (state.kind) {
    case "pending":
      return `PENDING_${state.act}`;
    case "running":
      return "RUNNING";
    case "stopped":
      return "STOPPED";
    case "deleted":
      return "DELETED";
    case "failed":
      return "ERROR";
  }
}

/** What becomes of a task in `state` by `input`; nothing where the input means nothing to it. */
export function stepTask(state: TaskState, input: TaskInput): TaskStep {
  if (input.kind === "due") return settle(state);
  if (input.kind === "fail") {
    if (state.kind !== "running") return { state, effects: [] };
    return { state: { kind: "failed", reason: input.reason }, effects: ["interrupt"] };
  }
  if (state.kind === "deleted") return { refusal: "the task is deleted" };
  if (input.kind === "delete") {
    const isAlready = state.kind === "pending" && state.act === "DELETE";
    return isAlready ? { refusal: "the task is being deleted already" } : begin("DELETE", "deleted", input.now);
  }
  if (state.kind === "pending") return { refusal: `the task is still ${statusOf(state)}` };
  switch (input.kind) {
    case "stop":
      return state.kind === "stopped"
        ? { refusal: "the task is stopped already" }
        : begin("STOP", "stopped", input.now);
    case "resume":
      return state.kind === "running" ? { refusal: "the task is running" } : begin("RESUME", "running", input.now);
    case "update":
      return begin("UPDATE", state.kind === "stopped" ? "stopped" : "running", input.now);
    case "start": {
      const act = state.kind !== "running" ? "START" : input.isOlder ? "EXTEND" : "REBUILD";
      return begin(act, "running", input.now);
    }
  }
}

function begin(act: PendingAct, next: "running" | "stopped" | "deleted", now: Millis): TaskStep {
  return { state: { kind: "pending", act, next, dueAt: now + PENDING_MS }, effects: ["interrupt"] };
}

function settle(state: TaskState): TaskStep {
  if (state.kind !== "pending") return { state, effects: [] };
  const effects = { running: ["work"], stopped: [], deleted: ["drop"] } as const;
  return { state: { kind: state.next }, effects: effects[state.next] };
}
