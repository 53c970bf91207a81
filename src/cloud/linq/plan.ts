import type { Clause, LinqQuery } from "./ast.js";
import { findTable, type LinqCatalog } from "./catalog.js";
import { type CompiledExpression, compileExpression } from "./expression-compiler.js";
import type { Grouping } from "./group-table.js";
import { LinqError } from "./linq-error.js";
import { limitPatterns } from "./pattern.js";
import { nameOf, StageScope, takenName } from "./stage-scope.js";
import type { LinqColumn, LinqType } from "./value.js";

/** The column of a row's time, and of a group's bucket. */
export const TIME_COLUMN = "eventdate";

/** What happens to each row of a stage, in order. */
export type Step =
  | { readonly kind: "filter"; readonly condition: CompiledExpression }
  | { readonly kind: "extend"; readonly cells: readonly { index: number; expression: CompiledExpression }[] }
  | { readonly kind: "limit" | "offset"; readonly count: number };

/** The pipeline up to a group, or to the end. */
export interface Stage {
  readonly steps: readonly Step[];
  /** Cells of the stage's rows, those included that its steps add. */
  readonly width: number;
  /** Functions called on a row. */
  readonly effort: number;
  readonly grouping: Grouping | undefined;
}

/** A query that was checked against its table and can run. */
export interface LinqPlan {
  /** Columns of the rows to be given to it. */
  readonly source: readonly LinqColumn[];
  /** Columns of the rows it gives. */
  readonly columns: readonly LinqColumn[];
  /** Where these stand in a row of the last stage. */
  readonly output: readonly number[];
  readonly stages: readonly Stage[];
  /**
   * Width of the first group's buckets in milliseconds, 0 for one without; absent without a group. The second period
   * when there are two (aggregation-apis.md 1.6).
   */
  readonly everyMs: number | undefined;
  /** Whether the first group can be kept and added to: nothing before it depends on which rows came before. */
  readonly isIncremental: boolean;
}

interface OpenStage {
  readonly scope: StageScope;
  readonly steps: Step[];
  effort: number;
}

/**
 * Checks a query against the tables of a user and makes it ready to run. Throws LinqError with the place in the text:
 * `linq-table`, `linq-forbidden`, `linq-column`, `linq-function`, `linq-arguments`, `linq-type`, `linq-aggregate`,
 * `linq-alias`, `linq-period`, `linq-limit` (aggregation-apis.md 1.6).
 */
export function planLinq(query: LinqQuery, catalog: LinqCatalog): LinqPlan {
  const source = findTable(query, catalog);
  limitPatterns(query.clauses);
  let open: OpenStage = { scope: new StageScope(source), steps: [], effort: 1 };
  const stages: (() => Stage)[] = [];
  for (const clause of query.clauses) {
    if (clause.kind !== "group") {
      addStep(open, clause);
      continue;
    }
    const { close, next } = openGroup(open, clause);
    stages.push(close);
    open = next;
  }
  const last = open;
  stages.push(() => ({ steps: last.steps, width: last.scope.width, effort: last.effort, grouping: undefined }));
  const output = last.scope.output();
  const done = stages.map((close) => close());
  const [first] = done as [Stage];
  return {
    source,
    columns: output.map(({ name, type }) => ({ name, type: shownType(type) })),
    output: output.map(({ index }) => index),
    stages: done,
    everyMs: first.grouping?.everyMs,
    isIncremental:
      first.grouping !== undefined && first.steps.every(({ kind }) => kind === "filter" || kind === "extend"),
  };
}

function addStep(stage: OpenStage, clause: Exclude<Clause, { kind: "group" }>): void {
  if (clause.kind === "where") {
    const condition = compileExpression(clause.condition, stage.scope, true);
    stage.effort += condition.effort;
    stage.steps.push({ kind: "filter", condition });
  } else if (clause.kind === "select") {
    const cells = stage.scope.select(clause.isStar, clause.items);
    for (const { expression } of cells) stage.effort += expression.effort;
    if (cells.length > 0) stage.steps.push({ kind: "extend", cells });
  } else {
    stage.steps.push({ kind: clause.kind, count: clause.count });
  }
}

/** The stage is closed when all is read: aggregates are found in the selects after the group. */
function openGroup(
  stage: OpenStage,
  clause: Extract<Clause, { kind: "group" }>,
): { close: () => Stage; next: OpenStage } {
  const everyMs = periodOf(clause);
  const time = stage.scope.find(TIME_COLUMN);
  const timeIndex = time?.type === "timestamp" ? time.index : undefined;
  if (everyMs > 0 && timeIndex === undefined) {
    throw new LinqError(
      "linq-period",
      `group every needs the rows' ${TIME_COLUMN}, and they have none`,
      clause.position,
    );
  }
  const columns: LinqColumn[] = everyMs > 0 ? [{ name: TIME_COLUMN, type: "timestamp" }] : [];
  const keys = clause.by.map((item) => {
    const key = compileExpression(item.expression, stage.scope);
    const name = nameOf(item);
    if (columns.some((column) => column.name === name)) throw takenName(name, item);
    columns.push({ name, type: key.type });
    return key;
  });
  const next: OpenStage = { scope: new StageScope(columns, stage.scope), steps: [], effort: 1 };
  const close = (): Stage => {
    const { aggregates, width } = next.scope;
    const grouped = [...keys, ...aggregates.map(({ argument }) => argument)];
    const effort = grouped.reduce((sum, part) => sum + part.effort + 1, stage.effort);
    return {
      steps: stage.steps,
      width: stage.scope.width,
      effort,
      grouping: { everyMs, timeIndex, keys, aggregates, width },
    };
  };
  return { close, next };
}

/** The second period when there are two; it may not be shorter than the first (aggregation-apis.md 1.6). */
function periodOf({ everyMs = 0, clientEveryMs, position }: Extract<Clause, { kind: "group" }>): number {
  if (clientEveryMs !== undefined && clientEveryMs > 0 && clientEveryMs < everyMs) {
    const message = `the second period (${clientEveryMs} ms) is shorter than the first (${everyMs} ms)`;
    throw new LinqError("linq-period", message, position);
  }
  return clientEveryMs ?? everyMs;
}

/** Types as Devo's answers name them (aggregation-apis.md 1.7): a duration is its milliseconds. */
function shownType(type: LinqType): LinqType {
  if (type === "duration") return "int8";
  return type === "null" ? "str" : type;
}
