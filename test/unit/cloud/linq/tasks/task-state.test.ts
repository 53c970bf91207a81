import { describe, expect, it } from "vitest";
import {
  createdState,
  PENDING_MS,
  statusOf,
  stepTask,
  TASK_STATUSES,
  type TaskInput,
  type TaskState,
} from "../../../../../src/cloud/linq/tasks/task-state.js";

const NOW = 5000;
const pending = (act: string, next: string): TaskState =>
  ({ kind: "pending", act, next, dueAt: NOW + PENDING_MS }) as TaskState;

const STATES: Readonly<Record<string, TaskState>> = {
  running: { kind: "running" },
  stopped: { kind: "stopped" },
  failed: { kind: "failed", reason: "too many groups" },
  deleted: { kind: "deleted" },
  "pending CREATE": pending("CREATE", "running"),
  "pending DELETE": pending("DELETE", "deleted"),
};
const INPUTS: Readonly<Record<string, TaskInput>> = {
  stop: { kind: "stop", now: NOW },
  resume: { kind: "resume", now: NOW },
  update: { kind: "update", now: NOW },
  "start older": { kind: "start", isOlder: true, now: NOW },
  "start newer": { kind: "start", isOlder: false, now: NOW },
  delete: { kind: "delete", now: NOW },
  due: { kind: "due" },
  fail: { kind: "fail", reason: "no space" },
};

/** What becomes of each state by each input: a status and where it leads, `=` for nothing, `!` for a refusal. */
const TABLE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  running: {
    stop: "PENDING_STOP stopped",
    resume: "!",
    update: "PENDING_UPDATE running",
    "start older": "PENDING_EXTEND running",
    "start newer": "PENDING_REBUILD running",
    delete: "PENDING_DELETE deleted",
    due: "=",
    fail: "ERROR",
  },
  stopped: {
    stop: "!",
    resume: "PENDING_RESUME running",
    update: "PENDING_UPDATE stopped",
    "start older": "PENDING_START running",
    "start newer": "PENDING_START running",
    delete: "PENDING_DELETE deleted",
    due: "=",
    fail: "=",
  },
  failed: {
    stop: "PENDING_STOP stopped",
    resume: "PENDING_RESUME running",
    update: "PENDING_UPDATE running",
    "start older": "PENDING_START running",
    "start newer": "PENDING_START running",
    delete: "PENDING_DELETE deleted",
    due: "=",
    fail: "=",
  },
  deleted: {
    stop: "!",
    resume: "!",
    update: "!",
    "start older": "!",
    "start newer": "!",
    delete: "!",
    due: "=",
    fail: "=",
  },
  "pending CREATE": {
    stop: "!",
    resume: "!",
    update: "!",
    "start older": "!",
    "start newer": "!",
    delete: "PENDING_DELETE deleted",
    due: "RUNNING",
    fail: "=",
  },
  "pending DELETE": {
    stop: "!",
    resume: "!",
    update: "!",
    "start older": "!",
    "start newer": "!",
    delete: "!",
    due: "DELETED",
    fail: "=",
  },
};

const cases = Object.entries(TABLE).flatMap(([state, inputs]) =>
  Object.entries(inputs).map(([input, expected]): [string, string, string] => [state, input, expected]),
);

describe("the life of a task", () => {
  it("is told for every state and input", () => {
    expect(cases).toHaveLength(Object.keys(STATES).length * Object.keys(INPUTS).length);
  });

  it.each(cases)("%s, %s: %s", (from, by, expected) => {
    const state = STATES[from] as TaskState;
    const step = stepTask(state, INPUTS[by] as TaskInput);
    if ("refusal" in step) {
      expect(expected).toBe("!");
      expect(step.refusal).toMatch(/^the task is /);
    } else if (expected === "=") {
      expect(step).toEqual({ state, effects: [] });
    } else {
      const [status, next] = expected.split(" ");
      expect(statusOf(step.state)).toBe(status);
      if (next !== undefined) expect(step.state).toMatchObject({ kind: "pending", next, dueAt: NOW + PENDING_MS });
    }
  });

  it.each([
    ["running", "stop", ["interrupt"]],
    ["running", "fail", ["interrupt"]],
    ["pending CREATE", "due", ["work"]],
    ["pending DELETE", "due", ["drop"]],
  ])("%s, %s: %j is to be done", (from, by, effects) => {
    expect(stepTask(STATES[from] as TaskState, INPUTS[by] as TaskInput)).toMatchObject({ effects });
  });

  it("says in its status what it says in its state", () => {
    const statuses = [...Object.values(STATES), createdState(0)].map(statusOf);
    for (const status of statuses) expect(TASK_STATUSES).toContain(status);
    expect(new Set(TASK_STATUSES).size).toBe(13);
    expect(statuses).toEqual([
      "RUNNING",
      "STOPPED",
      "ERROR",
      "DELETED",
      "PENDING_CREATE",
      "PENDING_DELETE",
      "PENDING_CREATE",
    ]);
  });
});
