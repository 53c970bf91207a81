import { EvaluationContext } from "./evaluation-context.js";
import type { CompiledExpression } from "./expression-compiler.js";
import { LinqError } from "./linq-error.js";
import { type LinqPlan, TIME_COLUMN } from "./plan.js";
import type { RowRange } from "./report-tables.js";
import { type LinqEnvironment, parseTimestamp } from "./time.js";
import type { LinqValue } from "./value.js";

/** The same comparison with its sides exchanged. */
const MIRRORED: Readonly<Record<string, string>> = { eq: "eq", lt: "gt", le: "ge", gt: "lt", ge: "le" };

/**
 * What of a range has to be read: the plan gives the same rows for these. Conditions on the rows' time with constants
 * narrow it, as far as they stand before a group, limit or offset; a condition that never holds leaves nothing.
 */
export function readRange(plan: LinqPlan, environment: LinqEnvironment, { start, end }: RowRange): RowRange {
  const context = new EvaluationContext(environment);
  const narrowed = { start, end };
  for (const [index, { steps }] of plan.stages.entries()) {
    let isFirst = index === 0;
    for (const step of steps) {
      if (step.kind === "limit" || step.kind === "offset") isFirst = false;
      if (step.kind !== "filter") continue;
      for (const condition of conjuncts(step.condition)) {
        const value = constantOf(condition, context);
        if (value !== undefined && value !== true) return { start, end: start };
        if (isFirst) narrow(narrowed, condition, context);
      }
    }
  }
  return narrowed.start < narrowed.end ? narrowed : { start, end: start };
}

/** The parts that all have to hold. */
function conjuncts(condition: CompiledExpression): readonly CompiledExpression[] {
  const { form } = condition;
  return form !== undefined && "call" in form && form.call === "and" ? form.args.flatMap(conjuncts) : [condition];
}

/** The value of a constant; undefined for anything else. */
function constantOf(expression: CompiledExpression, context: EvaluationContext): LinqValue | undefined {
  if (!expression.isConstant) return undefined;
  try {
    return expression.run([], context);
  } catch (error) {
    // Too much work: the first row says so.
    if (error instanceof LinqError) return undefined;
    throw error;
  }
}

function narrow(range: { start: number; end: number }, { form }: CompiledExpression, context: EvaluationContext): void {
  if (form === undefined || !("call" in form) || !Object.hasOwn(MIRRORED, form.call)) return;
  const [left, right] = form.args;
  const isMirrored = right !== undefined && isTime(right);
  const constant = isMirrored ? left : right;
  if (constant === undefined || (!isMirrored && (left === undefined || !isTime(left)))) return;
  const value = constantOf(constant, context);
  if (value === undefined) return;
  const at = typeof value === "string" ? parseTimestamp(value, context.zone) : value;
  if (typeof at !== "number") {
    // Nothing compares with null.
    range.end = range.start;
    return;
  }
  const comparison = isMirrored ? MIRRORED[form.call] : form.call;
  // A millisecond more than need be does no harm: every row that is read is tested.
  if (comparison !== "lt" && comparison !== "le") range.start = Math.max(range.start, Math.floor(at));
  if (comparison !== "gt" && comparison !== "ge") range.end = Math.min(range.end, Math.floor(at) + 1);
}

function isTime({ form, type }: CompiledExpression): boolean {
  return form !== undefined && "column" in form && form.column === TIME_COLUMN && type === "timestamp";
}
