import type { Profile } from "../../profile/profile.js";
import type { Expression, LinqQuery } from "./ast.js";
import { suggest } from "./expression-compiler.js";
import { callOf, literalOf } from "./expression-parser.js";
import { clip } from "./lexer.js";
import { LinqError } from "./linq-error.js";
import { printExpression, tableOf } from "./printer.js";
import type { LinqColumn, LinqType } from "./value.js";

/** The tables one user may query. */
export interface LinqCatalog {
  /** The columns of a table; `forbidden` for one that exists and is not the user's. */
  columnsOf(table: string): readonly LinqColumn[] | "forbidden" | undefined;
  /** Names to suggest: what the user may see. */
  tables(): Iterable<string>;
}

/** The column that tells whose row it is. */
export const CLIENT_COLUMN = "client";

const OWN_COLUMNS: readonly LinqColumn[] = [
  { name: "eventdate", type: "timestamp" },
  { name: CLIENT_COLUMN, type: "str" },
  { name: "did", type: "str" },
  { name: "mac", type: "str" },
];

/** The table of a product's reports: `gizlab.<product, - as _>.data`, which needs no backticks. */
export function reportTableName(product: string): string {
  return `gizlab.${product.replaceAll("-", "_")}.data`;
}

/**
 * Columns of a product's reports: `eventdate`, `client`, `did`, `mac`, then the datapoints as they are displayed:
 * bool, enum label and hex as str, whole numbers as int8, scaled ones as float8 (uart.md 4.5).
 */
export function reportColumns(profile: Profile): readonly LinqColumn[] {
  const taken = new Set(OWN_COLUMNS.map(({ name }) => name));
  const datapoints = profile.datapoints.filter(({ name }) => !taken.has(name));
  return [...OWN_COLUMNS, ...datapoints.map((datapoint) => ({ name: datapoint.name, type: typeOf(datapoint) }))];
}

function typeOf({ dataType, ratio, addition }: Profile["datapoints"][number]): LinqType {
  if (dataType === "bool") return "bool";
  if (dataType === "enum" || dataType === "binary") return "str";
  return Number.isInteger(ratio) && Number.isInteger(addition) ? "int8" : "float8";
}

/** The columns of the query's table. Throws `linq-table` with a suggestion, `linq-forbidden`. */
export function findTable(query: LinqQuery, catalog: LinqCatalog): readonly LinqColumn[] {
  const name = tableOf(query);
  const columns = catalog.columnsOf(name);
  if (columns === "forbidden") {
    throw new LinqError("linq-forbidden", `access not allowed for table '${clip(name)}'`, query.tablePosition);
  }
  if (columns === undefined) {
    const suggestion = suggest(name, catalog.tables());
    throw new LinqError("linq-table", `unknown table '${clip(name)}'`, query.tablePosition, { suggestion });
  }
  return columns;
}

/**
 * The query limited to one domain: `where eq(client, "<domain>")` is put first unless it says so itself
 * (aggregation-apis.md 1.2). Throws `linq-forbidden` for one that names another domain. What it cannot see through
 * (a computed name, a pattern) reads no foreign row, as the condition holds anyway.
 */
export function restrictToDomain(query: LinqQuery, domain: string): LinqQuery {
  const group = query.clauses.findIndex(({ kind }) => kind === "group");
  const wheres = query.clauses.slice(0, group < 0 ? undefined : group).filter(({ kind }) => kind === "where");
  const { tablePosition: position } = query;
  const client: Expression = { kind: "column", name: CLIENT_COLUMN, position, depth: 1, size: 1 };
  const condition = callOf("eq", [client, literalOf("str", domain, position)], position);
  const text = printExpression(condition);
  let isRestricted = false;
  for (const clause of wheres) {
    if (clause.kind !== "where") continue;
    refuseForeignDomain(clause.condition, domain);
    isRestricted ||= printExpression(clause.condition) === text;
  }
  if (isRestricted) return query;
  return { ...query, clauses: [{ kind: "where", position, condition }, ...query.clauses] };
}

function refuseForeignDomain(expression: Expression, domain: string): void {
  if (expression.kind !== "call") return;
  const { name, args } = expression;
  const isEquality = name === "eq" || name === "in" || name === "eqic";
  if (isEquality && args.some((arg) => arg.kind === "column" && arg.name === CLIENT_COLUMN)) {
    const values = args.flatMap((arg) => (arg.kind === "set" ? arg.items : [arg]));
    for (const value of values) {
      if (value.kind !== "literal" || value.type !== "str" || value.value === domain) continue;
      throw new LinqError(
        "linq-forbidden",
        `access not allowed for domain '${clip(String(value.value))}'`,
        value.position,
      );
    }
  }
  for (const arg of args) refuseForeignDomain(arg, domain);
}
