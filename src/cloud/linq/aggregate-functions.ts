import type { AggregateState } from "./aggregate-state.js";
import { type Collecting, CollectState, EndState, ExtremeState } from "./choice-states.js";
import { DistinctState } from "./distinct-state.js";
import { CountState, type Moment, MomentState } from "./moment-states.js";
import { QuantileState } from "./quantile-state.js";
import type { Parameter } from "./signature.js";
import type { LinqType } from "./value.js";

/** An aggregate: what it takes from each row, what it gives, and how a group starts. */
export interface AggregateFunction {
  readonly takes: readonly Parameter[];
  /** Whether the argument may be left out: `count()`. */
  readonly isOptional?: boolean;
  readonly gives: LinqType | ((type: LinqType) => LinqType);
  /** @param percent the second argument of `percentile` */
  start(percent: number): AggregateState;
}

const same = (type: LinqType): LinqType => type;

function moment(name: Moment, skipsNull = false): AggregateFunction {
  const gives = name === "sum" || name === "sum2" ? same : "float8";
  return { takes: ["number"], gives, start: () => new MomentState(name, skipsNull) };
}

function extreme(which: "min" | "max"): AggregateFunction {
  return { takes: ["any"], gives: same, start: () => new ExtremeState(which) };
}

function end(which: "first" | "last", skipsNull = false): AggregateFunction {
  return { takes: ["any"], gives: same, start: () => new EndState(which, skipsNull) };
}

function quantile(percent: number): AggregateFunction {
  return { takes: ["number"], gives: "float8", start: () => new QuantileState(percent) };
}

function collect(what: Collecting): AggregateFunction {
  return { takes: ["any"], gives: what === "size" ? "int8" : "list", start: () => new CollectState(what) };
}

/** Every aggregate (aggregation-apis.md 1.6). */
export const AGGREGATE_FUNCTIONS: ReadonlyMap<string, AggregateFunction> = new Map(
  Object.entries({
    count: { takes: ["any"], isOptional: true, gives: "int8", start: () => new CountState() },
    sum: moment("sum"),
    sum2: moment("sum2"),
    avg: moment("avg"),
    var: moment("var"),
    uvar: moment("uvar"),
    stddev: moment("stddev"),
    ustddev: moment("ustddev"),
    nnavg: moment("avg", true),
    nnvar: moment("var", true),
    nnuvar: moment("uvar", true),
    nnstddev: moment("stddev", true),
    nnustddev: moment("ustddev", true),
    min: extreme("min"),
    max: extreme("max"),
    first: end("first"),
    last: end("last"),
    nnfirst: end("first", true),
    nnlast: end("last", true),
    median: quantile(50),
    percentile: { takes: ["number", "number"], gives: "float8", start: (percent) => new QuantileState(percent) },
    percentile5: quantile(5),
    percentile10: quantile(10),
    percentile25: quantile(25),
    percentile75: quantile(75),
    percentile90: quantile(90),
    percentile95: quantile(95),
    hllppcount: { takes: ["any"], gives: "float8", start: () => new DistinctState("count") },
    hllpp: { takes: ["any"], gives: "str", start: () => new DistinctState("sketch") },
    collect: collect("all"),
    collectcompact: collect("compact"),
    collectsorted: collect("sorted"),
    collectdistinct: collect("distinct"),
    sizedistinct: collect("size"),
  } satisfies Record<string, AggregateFunction>),
);
