import type { Profile } from "../../profile/profile.js";
import type { Expression, LinqQuery } from "./ast.js";
import { callOf, literalOf } from "./expression-parser.js";
import { suggest } from "./expression-compiler.js";
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

/** The table of a product's reports: `gizlab.<product>.data`. */
export function reportTableName(product: string): string {
  return `gizlab.${product}.data`;
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
  for (const clause of query.clauses) {
    if (clause.kind === "group") break;
    if (clause.kind === "where") refuseForeignDomain(clause.condition, domain);
  }
  const { tablePosition: position } = query;
  const client: Expression = { kind: "column", name: CLIENT_COLUMN, position, depth: 1, size: 1 };
  const condition = callOf("eq", [client, literalOf("str", domain, position)], position);
  const text = printExpression(condition);
  const [first] = query.clauses;
  if (first?.kind === "where" && printExpression(first.condition) === text) return query;
  const rest = query.clauses.filter((clause, index) => {
    const isBeforeAll = query.clauses.slice(0, index).every(({ kind }) => kind === "where");
    return !(isBeforeAll && clause.kind === "where" && printExpression(clause.condition) === text);
  });
  return { ...query, clauses: [{ kind: "where", position, condition }, ...rest] };
}

function refuseForeignDomain(expression: Expression, domain: string): void {
  if (expression.kind !== "call") return;
  const { name, args } = expression;
  const isEquality = name === "eq" || name === "in" || name === "eqic";
  if (isEquality && args.some((arg) => arg.kind === "column" && arg.name === CLIENT_COLUMN)) {
    const values = args.flatMap((arg) => (arg.kind === "set" ? arg.items : [arg]));
    for (const value of values) {
      if (value.kind !== "literal" || value.type !== "str" || value.value === domain) continue;
      throw new LinqError("linq-forbidden", `access not allowed for domain '${clip(String(value.value))}'`, value.position);
    }
  }
  for (const arg of args) refuseForeignDomain(arg, domain);
}
