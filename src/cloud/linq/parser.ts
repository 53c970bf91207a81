import type { Clause, LinqQuery, Pragma, SelectItem } from "./ast.js";
import { ExpressionParser, subquery } from "./expression-parser.js";
import { LINQ_START, LinqError } from "./linq-error.js";
import { printLinq } from "./printer.js";
import { TokenStream } from "./token-stream.js";

/** Characters of a LINQ text, and of its canonical form. */
export const MAX_LINQ_LENGTH = 16_384;

/**
 * Reads a LINQ text (aggregation-apis.md 1.6) in time linear in its length. Nothing is looked up: tables, columns and
 * functions are `planLinq`'s business. Throws LinqError: `linq-syntax` with the expected tokens, `linq-too-long`
 * (MAX_LINQ_LENGTH, also for the canonical form), `linq-too-deep`, `linq-unsupported` for a query inside a query.
 */
export function parseLinq(text: string): LinqQuery {
  checkLength(text, "the query");
  const query = new QueryParser(text).parse();
  checkLength(printLinq(query), "the canonical form of the query");
  return query;
}

function checkLength(text: string, what: string): void {
  if (text.length <= MAX_LINQ_LENGTH) return;
  const message = `${what} has ${text.length} characters, at most ${MAX_LINQ_LENGTH} are read`;
  throw new LinqError("linq-too-long", message, LINQ_START);
}

class QueryParser {
  readonly #tokens: TokenStream;
  readonly #expressions: ExpressionParser;

  constructor(text: string) {
    this.#tokens = new TokenStream(text);
    this.#expressions = new ExpressionParser(this.#tokens);
  }

  parse(): LinqQuery {
    const tokens = this.#tokens;
    if (!tokens.isAt("from")) throw tokens.refuse("a query begins with from <table>");
    tokens.advance();
    const tablePosition = tokens.position;
    if (tokens.current.text === "(" && tokens.current.kind === "symbol") throw subquery(tablePosition);
    const table = [tokens.expectKind("name", "<table>").text];
    while (tokens.accept(".")) table.push(tokens.expectKind("name", "<name>").text);
    const clauses: Clause[] = [];
    while (this.#parseClause(clauses));
    const pragmas: Pragma[] = [];
    while (tokens.accept("pragma")) this.#parsePragmas(pragmas);
    tokens.accept(";");
    if (!tokens.isKind("end", "<EOF>")) throw tokens.refuse();
    return { table, tablePosition, clauses, pragmas };
  }

  /** Adds the clause that stands here; false when none does. */
  #parseClause(clauses: Clause[]): boolean {
    const tokens = this.#tokens;
    const { position } = tokens;
    if (tokens.accept("where")) {
      do clauses.push({ kind: "where", position: tokens.position, condition: this.#expressions.parse() });
      while (tokens.accept(","));
    } else if (tokens.accept("select")) {
      const isStar = tokens.accept("*");
      clauses.push({ kind: "select", position, isStar, items: isStar ? [] : this.#parseItems() });
    } else if (tokens.accept("group")) {
      const everyMs = tokens.accept("every") ? this.#parsePeriod() : undefined;
      const by = tokens.accept("by") ? this.#parseItems() : [];
      const clientEveryMs = tokens.accept("every") ? this.#parsePeriod() : undefined;
      clauses.push({ kind: "group", position, everyMs, by, clientEveryMs });
    } else if (tokens.isAt("limit") || tokens.isAt("offset")) {
      const kind = tokens.advance().text as "limit" | "offset";
      clauses.push({ kind, position, count: tokens.expectKind("integer", "<integer>").value });
    } else {
      this.#refuseKnown();
      return false;
    }
    return true;
  }

  /** Clauses that the real parser lists and whose meaning no source tells (aggregation-apis.md 1.6). */
  #refuseKnown(): void {
    const { kind, text } = this.#tokens.current;
    if (kind !== "keyword" || (text !== "order" && text !== "then")) return;
    throw new LinqError("linq-unsupported", `${text} is not supported`, this.#tokens.position, { found: text });
  }

  #parseItems(): SelectItem[] {
    const items = [this.#parseItem()];
    while (this.#tokens.accept(",")) items.push(this.#parseItem());
    return items;
  }

  #parseItem(): SelectItem {
    const expression = this.#expressions.parse();
    const isNamed = this.#tokens.accept("as");
    const aliasPosition = this.#tokens.position;
    const alias = isNamed ? this.#tokens.expectKind("name", "<name>").text : undefined;
    return { expression, alias, aliasPosition };
  }

  /** Milliseconds; `-` and `0` are no bucket. */
  #parsePeriod(): number {
    const tokens = this.#tokens;
    if (tokens.accept("-")) return 0;
    if (tokens.isKind("integer", "<milliseconds>") || tokens.isKind("duration", "<duration>")) {
      return tokens.advance().value;
    }
    throw tokens.refuse("write a period as 30m, 1h, 1d, as milliseconds, or - for none");
  }

  #parsePragmas(pragmas: Pragma[]): void {
    const tokens = this.#tokens;
    do {
      const key = [this.#parseKeyPart()];
      while (tokens.accept(".")) key.push(this.#parseKeyPart());
      tokens.expect(":");
      pragmas.push({ key, value: this.#parsePragmaValue() });
    } while (tokens.accept(","));
  }

  /** A key may hold words that are keywords elsewhere. */
  #parseKeyPart(): string {
    if (this.#tokens.isKind("keyword", "<name>")) return this.#tokens.advance().text;
    return this.#tokens.expectKind("name", "<name>").text;
  }

  /** As it is written, but for the quotes of a string. */
  #parsePragmaValue(): string {
    const tokens = this.#tokens;
    const isValue = ["name", "integer", "float", "duration", "string"].some((kind) => tokens.current.kind === kind);
    if (isValue || tokens.isAt("true") || tokens.isAt("false")) return tokens.advance().text;
    tokens.isKind("string", "<value>");
    throw tokens.refuse();
  }
}
