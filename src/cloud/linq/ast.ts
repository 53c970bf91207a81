import type { LinqPosition } from "./linq-error.js";

interface Node {
  readonly position: LinqPosition;
  /** Levels below and with this one, and nodes of the printed form: both are bounded by the parser. */
  readonly depth: number;
  readonly size: number;
}

/** A constant. `duration` holds milliseconds. */
export interface LiteralExpression extends Node {
  readonly kind: "literal";
  readonly type: "int8" | "float8" | "str" | "bool" | "duration" | "null";
  readonly value: number | string | boolean | null;
}

export interface ColumnExpression extends Node {
  readonly kind: "column";
  readonly name: string;
}

/**
 * A function or aggregate with its arguments. Operators are calls too: `a = b` is `eq(a, b)`, the form that
 * the server stores (aggregation-apis.md 1.2). `and` and `or` have two arguments or more.
 */
export interface CallExpression extends Node {
  readonly kind: "call";
  readonly name: string;
  readonly args: readonly Expression[];
}

/** `{a, b}`, on the right of `in`. */
export interface SetExpression extends Node {
  readonly kind: "set";
  readonly items: readonly Expression[];
}

export type Expression = LiteralExpression | ColumnExpression | CallExpression | SetExpression;

/** `expression as alias`. */
export interface SelectItem {
  readonly expression: Expression;
  readonly alias: string | undefined;
  readonly aliasPosition: LinqPosition;
}

/** One step of the pipeline; each works on what the one before gives. */
export type Clause = { readonly position: LinqPosition } & (
  | { readonly kind: "where"; readonly condition: Expression }
  | { readonly kind: "select"; readonly isStar: boolean; readonly items: readonly SelectItem[] }
  /** `everyMs` 0 is "no time bucket"; `clientEveryMs` is the second `every`. */
  | {
      readonly kind: "group";
      readonly everyMs: number | undefined;
      readonly by: readonly SelectItem[];
      readonly clientEveryMs: number | undefined;
    }
  | { readonly kind: "limit" | "offset"; readonly count: number }
);

export interface Pragma {
  readonly key: readonly string[];
  readonly value: string;
}

/** A LINQ text as it was understood. */
export interface LinqQuery {
  /** The parts of the table's name: `gizlab`, `meter`, `data`. */
  readonly table: readonly string[];
  readonly tablePosition: LinqPosition;
  readonly clauses: readonly Clause[];
  readonly pragmas: readonly Pragma[];
}
