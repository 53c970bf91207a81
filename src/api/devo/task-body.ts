import type { TaskDefinition } from "../../cloud/linq/tasks/task.js";
import { parseTimestamp, parseTimeZone } from "../../cloud/linq/time.js";
import type { Millis } from "../../core/duration.js";
import { EARLIEST_MS, LATEST_MS } from "../../core/instant.js";
import { type Static, Type } from "../schema.js";
import { DevoError } from "./devo-error.js";

/** Longer ones are refused by the parser, with a better word. */
const MAX_TEXT = 100_000;
const YEAR_S = 366 * 86_400;
/** Below this a number is in seconds: as milliseconds it would be in 1973 or before, as seconds up to the year 5138. */
const LEAST_MILLIS = 1e11;

const Zone = Type.String({ minLength: 1, maxLength: 64 });

/** A time: epoch seconds or milliseconds, as a number or a text, or `2023-11-06 07:30:00`. */
export const DateValue = Type.Union([Type.Integer(), Type.String({ minLength: 1, maxLength: 64 })]);

const fields = {
  name: Type.String({ minLength: 1, maxLength: 256 }),
  query: Type.Union([
    Type.Array(Type.String({ maxLength: MAX_TEXT }), { minItems: 1, maxItems: 3 }),
    Type.Object({
      linq: Type.String({ maxLength: MAX_TEXT }),
      timeZone: Type.Optional(Zone),
      timezone: Type.Optional(Zone),
      locale: Type.Optional(Type.String({ maxLength: 64 })),
    }),
  ]),
  fromDate: DateValue,
};
const optional = {
  description: Type.Optional(Type.String({ maxLength: 4096 })),
  delay: Type.Optional(Type.Integer({ minimum: 0, maximum: YEAR_S })),
  minGrain: Type.Optional(Type.String({ minLength: 1, maxLength: 40 })),
};

/** A new task (aggregation-apis.md 1.2). What a task's own answer has beside these is ignored. */
export const TaskBody = Type.Object({ ...fields, ...optional });

/** A change: whatever is named. */
export const TaskChange = Type.Partial(TaskBody);

export type TaskBodyValue = Static<typeof TaskBody>;

/** A task as its body defines it. Answers 400; throws LinqError for an unknown zone. */
export function readTask(body: TaskBodyValue, ownerEmail: string): TaskDefinition {
  const { linq, timeZone = "UTC", locale = "en" } = readQuery(body.query);
  return {
    name: body.name,
    description: body.description ?? "",
    linq,
    timeZone,
    locale,
    delayS: body.delay ?? 0,
    ...(body.minGrain === undefined ? {} : { minGrain: body.minGrain }),
    fromDate: readDate("fromDate", body.fromDate, timeZone),
    ownerEmail,
  };
}

/** What a body changes of a task. Answers 400; throws LinqError for an unknown zone. */
export function readTaskChange(body: Partial<TaskBodyValue>, now: TaskDefinition): Partial<TaskDefinition> {
  const query: Partial<GivenQuery> = body.query === undefined ? {} : readQuery(body.query);
  const { linq = now.linq, timeZone = now.timeZone, locale = now.locale } = query;
  return {
    linq,
    timeZone,
    locale,
    ...(body.name === undefined ? {} : { name: body.name }),
    ...(body.description === undefined ? {} : { description: body.description }),
    ...(body.delay === undefined ? {} : { delayS: body.delay }),
    ...(body.minGrain === undefined ? {} : { minGrain: body.minGrain }),
    ...(body.fromDate === undefined ? {} : { fromDate: readDate("fromDate", body.fromDate, timeZone) }),
  };
}

/** Reads a date of a request; a text without a zone is in the task's. Answers 400. */
export function readDate(name: string, value: Static<typeof DateValue>, timeZone: string): Millis {
  const number = typeof value === "number" || /^-?\d{1,16}$/.test(value) ? Number(value) : undefined;
  const at =
    number === undefined
      ? parseTimestamp(String(value), parseTimeZone(timeZone))
      : Math.abs(number) < LEAST_MILLIS
        ? number * 1000
        : number;
  if (at === null || !Number.isInteger(at) || at < EARLIEST_MS || at > LATEST_MS) {
    throw new DevoError(400, 400, `${name} is a time since 1970 in seconds or milliseconds, or 2023-11-06 07:30:00`);
  }
  return at;
}

interface GivenQuery {
  readonly linq: string;
  readonly timeZone?: string | undefined;
  readonly locale?: string | undefined;
}

/** The array that the document speaks of, or the object that its answer shows (aggregation-apis.md 1.2). */
function readQuery(query: TaskBodyValue["query"]): GivenQuery {
  if (Array.isArray(query)) {
    const [linq = "", timeZone, locale] = query;
    return { linq, timeZone, locale };
  }
  return { linq: query.linq, timeZone: query.timeZone ?? query.timezone, locale: query.locale };
}
