import type { CallExpression, Clause, Expression, LinqQuery, LiteralExpression, SelectItem } from "./ast.js";
import { KEYWORDS, quoteName, quoteString, UNIT_MS } from "./token.js";

/**
 * The canonical form that the server stores (aggregation-apis.md 1.2): one line, operators as functions, periods in
 * milliseconds, strings in double quotes, one `where` a condition. Parsing it gives the same query, and printing that
 * the same text.
 */
export function printLinq(query: LinqQuery): string {
  const pragmas = query.pragmas.map(({ key, value }) => `pragma ${printKey(key)}: ${printPragmaValue(value)}`);
  return [`from ${query.table.map(quoteName).join(".")}`, ...query.clauses.map(printClause), ...pragmas].join(" ");
}

/** The task's `table`: the parts with dots, without backticks (aggregation-apis.md 1.2). */
export function tableOf(query: LinqQuery): string {
  return query.table.join(".");
}

/** The task's `wheres`: the conditions on the table's own rows, before the first group (aggregation-apis.md 1.2). */
export function wheresOf(query: LinqQuery): string[] {
  const group = query.clauses.findIndex(({ kind }) => kind === "group");
  return query.clauses
    .slice(0, group < 0 ? undefined : group)
    .flatMap((clause) => (clause.kind === "where" ? [printExpression(clause.condition)] : []));
}

/** One expression in canonical form; also the name of a column that has no `as`. */
export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case "column":
      return quoteName(expression.name);
    case "literal":
      return printLiteral(expression);
    case "set":
      return `{${expression.items.map(printExpression).join(", ")}}`;
    case "call":
      return printCall(expression);
  }
}

function printClause(clause: Clause): string {
  switch (clause.kind) {
    case "where":
      return `where ${printExpression(clause.condition)}`;
    case "select":
      return clause.isStar ? "select *" : `select ${printItems(clause.items)}`;
    case "group": {
      const every = clause.everyMs === undefined ? "" : ` every ${clause.everyMs}`;
      const by = clause.by.length === 0 ? "" : ` by ${printItems(clause.by)}`;
      return `group${every}${by}${clause.clientEveryMs === undefined ? "" : ` every ${clause.clientEveryMs}`}`;
    }
    default:
      return `${clause.kind} ${clause.count}`;
  }
}

function printItems(items: readonly SelectItem[]): string {
  return items
    .map(
      ({ expression, alias }) => printExpression(expression) + (alias === undefined ? "" : ` as ${quoteName(alias)}`),
    )
    .join(", ");
}

function printCall({ name, args }: CallExpression): string {
  if ((name === "and" || name === "or") && args.length > 1) return `(${args.map(printExpression).join(` ${name} `)})`;
  if (name === "not" && args.length === 1) return `not ${printExpression(args[0] as Expression)}`;
  return `${quoteName(name)}(${args.map(printExpression).join(", ")})`;
}

function printLiteral({ type, value }: LiteralExpression): string {
  if (type === "str") return quoteString(String(value));
  if (type === "duration") return printDuration(Number(value));
  const text = String(value);
  return type === "float8" && /^-?\d+$/.test(text) ? `${text}.0` : text;
}

/** The largest unit that divides the span. */
function printDuration(spanMs: number): string {
  const units = Object.entries(UNIT_MS).sort(([, one], [, other]) => other - one);
  const [unit, unitMs] = units.find(([, size]) => spanMs % size === 0) as [string, number];
  return spanMs === 0 ? "0s" : `${spanMs / unitMs}${unit}`;
}

/** Keywords need no backticks in a key. */
function printKey(key: readonly string[]): string {
  return key.map((part) => (KEYWORDS.has(part) ? part : quoteName(part))).join(".");
}

function printPragmaValue(value: string): string {
  return /^(?:[A-Za-z_][A-Za-z0-9_]*|\d+[smhdw]?)$/.test(value) ? value : quoteString(value);
}
