import type { WorkSlice } from "../../core/work-slice.js";
import { EvaluationContext } from "./evaluation-context.js";
import { GroupTable, MAX_GROUPS, type SavedGroup } from "./group-table.js";
import type { LinqPlan, Stage } from "./plan.js";
import type { LinqEnvironment } from "./time.js";
import type { LinqRow, LinqValue } from "./value.js";

/** Rows as the store gives them: all at once, or as they come. */
export type LinqRows = Iterable<LinqRow> | AsyncIterable<LinqRow>;

export interface EvaluationOptions {
  /** Groups at most, in each group clause. */
  readonly maxGroups?: number;
  /** Groups that a task made of other rows, merged with what `rows` adds. */
  readonly groups?: Iterable<SavedGroup>;
  /** Whose work it is, when the rows' reading belongs to it too. */
  readonly slice?: WorkSlice;
}

/**
 * Runs a plan over rows in the order of `plan.source`, and gives rows in the order of `plan.columns`. Lets the event
 * loop go every few milliseconds, whatever the query. Throws `linq-limit` for too many groups, for more than they may
 * hold together, and for too much work on one row; `linq-state` for groups of another query.
 */
export async function* evaluateLinq(
  plan: LinqPlan,
  rows: LinqRows,
  environment: LinqEnvironment,
  { maxGroups = MAX_GROUPS, groups = [], slice }: EvaluationOptions = {},
): AsyncGenerator<LinqRow, void> {
  const context = new EvaluationContext(environment, slice);
  let source = rows;
  let absorbed = groups;
  for (const stage of plan.stages) {
    const run = new StageRun(stage, context);
    if (stage.grouping === undefined) {
      for await (const row of run.rows(source)) yield plan.output.map((index) => row[index] ?? null);
      return;
    }
    const table = new GroupTable(stage.grouping, context, maxGroups);
    await fillTable(table, absorbed, run.rows(source), context, stage);
    absorbed = [];
    source = table.rows();
  }
}

/**
 * The first group of a plan as a task keeps it: rows are added as they come, in any order; what is known is saved as
 * JSON and absorbed after a restart. Reading it is `evaluateLinq` with `groups: accumulator.save()` and the rows
 * that it has not seen.
 */
export class LinqAccumulator {
  readonly #stage: Stage;
  readonly #context: EvaluationContext;
  readonly #table: GroupTable;

  /** @param plan one that `isIncremental`; throws a TypeError for another */
  constructor(
    plan: LinqPlan,
    environment: LinqEnvironment,
    { maxGroups = MAX_GROUPS, groups = [] }: EvaluationOptions = {},
  ) {
    const [stage] = plan.stages;
    if (!plan.isIncremental || stage?.grouping === undefined) throw new TypeError("this plan keeps no groups");
    this.#stage = stage;
    this.#context = new EvaluationContext(environment);
    this.#table = new GroupTable(stage.grouping, this.#context, maxGroups);
    for (const group of groups) this.#table.absorb(group);
  }

  /** Groups it holds. */
  get size(): number {
    return this.#table.size;
  }

  /** Bytes it holds, estimated. */
  get held(): number {
    return this.#context.held;
  }

  async add(rows: LinqRows): Promise<void> {
    const run = new StageRun(this.#stage, this.#context);
    await fillTable(this.#table, [], run.rows(rows), this.#context, this.#stage);
  }

  /** All groups, in no order. */
  save(): Generator<SavedGroup, void> {
    return this.#table.save();
  }

  /** Forgets all groups, or those of one bucket, to compute them anew. */
  clear(bucket?: number | null): void {
    this.#table.clear(bucket);
  }
}

async function fillTable(
  table: GroupTable,
  saved: Iterable<SavedGroup>,
  rows: AsyncIterable<LinqRow>,
  context: EvaluationContext,
  { effort }: Stage,
): Promise<void> {
  for (const group of saved) {
    table.absorb(group);
    if (context.endRow(100 + effort)) await context.pause();
  }
  for await (const row of rows) {
    const added = table.add(row);
    if (added !== undefined) await added;
  }
}

/** One stage over one sequence of rows, with what its limits have counted. */
class StageRun {
  readonly #stage: Stage;
  readonly #context: EvaluationContext;
  readonly #counts: number[];
  #isDone = false;

  constructor(stage: Stage, context: EvaluationContext) {
    this.#stage = stage;
    this.#context = context;
    this.#counts = stage.steps.map(() => 0);
    this.#isDone = stage.steps.some((step) => step.kind === "limit" && step.count === 0);
  }

  /** The rows that pass every step, with the cells the steps add. */
  async *rows(source: LinqRows): AsyncGenerator<LinqRow, void> {
    if (this.#isDone) return;
    const effort = this.#stage.effort + this.#stage.width;
    if (Symbol.iterator in source) {
      for (const row of source) {
        const passed = this.#pass(row);
        if (passed !== undefined) yield passed;
        if (this.#isDone) return;
        if (this.#context.endRow(effort)) await this.#context.pause();
      }
      return;
    }
    for await (const row of source) {
      const passed = this.#pass(row);
      if (passed !== undefined) yield passed;
      if (this.#isDone) return;
      if (this.#context.endRow(effort)) await this.#context.pause();
    }
  }

  #pass(row: LinqRow): LinqRow | undefined {
    let cells = row;
    const { steps, width } = this.#stage;
    for (let at = 0; at < steps.length; at += 1) {
      const step = steps[at] as Stage["steps"][number];
      if (step.kind === "filter") {
        if (step.condition.run(cells, this.#context) !== true) return undefined;
      } else if (step.kind === "extend") {
        cells = this.#extend(cells, step.cells, width);
      } else {
        const count = (this.#counts[at] ?? 0) + 1;
        this.#counts[at] = count;
        if (step.kind === "offset" && count <= step.count) return undefined;
        if (step.kind === "limit" && count >= step.count) this.#isDone = true;
      }
    }
    return cells;
  }

  #extend(row: LinqRow, added: Extract<Stage["steps"][number], { kind: "extend" }>["cells"], width: number): LinqRow {
    const cells: LinqValue[] = row.slice();
    while (cells.length < width) cells.push(null);
    for (const { index, expression } of added) cells[index] = expression.run(row, this.#context);
    return cells;
  }
}
