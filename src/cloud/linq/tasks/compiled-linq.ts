import type { Millis } from "../../../core/duration.js";
import type { Clause, Expression, LinqQuery } from "../ast.js";
import { type LinqCatalog, restrictToDomain } from "../catalog.js";
import { LinqError } from "../linq-error.js";
import { parseLinq } from "../parser.js";
import { type LinqPlan, planLinq, TIME_COLUMN } from "../plan.js";
import { printLinq, tableOf } from "../printer.js";
import { type LinqZone, parseTimeZone } from "../time.js";
import { TIME_FUNCTIONS } from "../time-functions.js";
import { UNIT_MS } from "../token.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** What these give changes while a task runs. */
const PASSING: ReadonlySet<string> = new Set(["now", "today", "midnight", "yesterday", "tomorrow"]);

/** A query that was understood: what runs, and by what it is told apart from others. */
export interface CompiledLinq {
  readonly query: LinqQuery;
  readonly plan: LinqPlan;
  readonly zone: LinqZone;
  readonly table: string;
  /** Equal for queries that give the same rows: the canonical text without pragmas, and the zone where it matters. */
  readonly key: string;
}

/**
 * Reads and plans a query of one domain. Throws LinqError, `linq-forbidden` for a table or `client` of another domain.
 */
export function compileLinq(linq: string, timeZone: string, catalog: LinqCatalog, domain: string): CompiledLinq {
  const query = parseLinq(linq);
  const plan = planLinq(query, catalog);
  // Every row of a table is the domain's own: the condition is checked and not added (interfaces.md 5).
  restrictToDomain(query, domain);
  const zone = parseTimeZone(timeZone);
  const key = `${isZoned(query) ? zone.name : ""} ${printLinq({ ...query, pragmas: [] })}`;
  return { query, plan, zone, table: tableOf(query), key };
}

/**
 * Throws LinqError for a query that a task cannot keep up: without a group, with limit or offset before it, with the
 * present time in it, or with buckets shorter than `minGrain`.
 */
export function requireTaskLike({ query, plan }: CompiledLinq, minGrain: string | undefined): void {
  if (!plan.isIncremental) {
    throw new LinqError("linq-unsupported", "a task needs a group, and neither limit nor offset before it", undefined, {
      hint: "such as: group every 30m by client",
    });
  }
  const passing = expressionsOf(query.clauses).find((part) => part.kind === "call" && PASSING.has(part.name));
  if (passing?.kind === "call") {
    const message = `a task runs on and on, and ${passing.name}() would never stay the same`;
    throw new LinqError("linq-unsupported", message, passing.position, {
      hint: "give from and to when you read it back",
    });
  }
  if (minGrain === undefined || plan.everyMs === undefined || plan.everyMs === 0) return;
  const leastMs = parseGrain(minGrain);
  if (plan.everyMs < leastMs) {
    const message = `buckets of ${plan.everyMs} ms are shorter than minGrain (${minGrain}, ${leastMs} ms)`;
    throw new LinqError("linq-period", message, undefined, { hint: "group by a longer period, or lower minGrain" });
  }
}

/** A `minGrain`: milliseconds, or a LINQ period such as `5m`. Throws `linq-period`. */
export function parseGrain(text: string): Millis {
  const [, amount, unit] = /^(\d{1,12})\s*([a-z]?)$/.exec(text.trim()) ?? [];
  const unitMs = unit === "" ? 1 : Object.hasOwn(UNIT_MS, unit ?? "") ? UNIT_MS[unit ?? ""] : undefined;
  if (amount === undefined || unitMs === undefined) {
    throw new LinqError("linq-period", `"${text.slice(0, 40)}" is no minGrain`, undefined, {
      hint: "write 5m, 1h, 1d, or milliseconds",
    });
  }
  return Number(amount) * unitMs;
}

/**
 * How much time a chunk of a task's groups spans. It need not be a bucket: parts of a bucket are merged when it is read.
 * Whole quarter-hours, as the log is kept.
 */
export function chunkWidth({ everyMs = 0 }: LinqPlan): Millis {
  return everyMs === 0 || everyMs >= HOUR_MS ? HOUR_MS : 15 * MINUTE_MS;
}

/** Whether the zone could change a single row: buckets of days do, and whatever looks at the time of a report. */
function isZoned({ clauses }: LinqQuery): boolean {
  const periods = clauses.flatMap((clause) =>
    clause.kind === "group" ? [clause.clientEveryMs ?? clause.everyMs] : [],
  );
  if (periods.some((periodMs = 0) => periodMs > 0 && periodMs % DAY_MS === 0)) return true;
  return expressionsOf(clauses).some((part) => {
    if (part.kind === "column") return part.name === TIME_COLUMN;
    return part.kind === "call" && Object.hasOwn(TIME_FUNCTIONS, part.name);
  });
}

/** Every expression of a query and every part of one. */
function expressionsOf(clauses: readonly Clause[]): Expression[] {
  const found: Expression[] = [];
  const visit = (expression: Expression): void => {
    found.push(expression);
    if (expression.kind === "call") expression.args.forEach(visit);
    if (expression.kind === "set") expression.items.forEach(visit);
  };
  for (const clause of clauses) {
    if (clause.kind === "where") visit(clause.condition);
    else if (clause.kind === "select") for (const { expression } of clause.items) visit(expression);
    else if (clause.kind === "group") for (const { expression } of clause.by) visit(expression);
  }
  return found;
}
