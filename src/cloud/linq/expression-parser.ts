import type { ColumnExpression, Expression, LiteralExpression } from "./ast.js";
import { LinqError, type LinqPosition } from "./linq-error.js";
import type { TokenStream } from "./token-stream.js";

/** Levels of a parsed expression; parentheses alone count as levels of the text. */
export const MAX_EXPRESSION_DEPTH = 64;
/** Levels of parentheses, calls, `not` and minus in the text. */
const MAX_TEXT_DEPTH = 200;
/** Nodes of one printed expression: a chain `a < b < c` prints `b` twice. */
const MAX_EXPRESSION_SIZE = 8192;

/** Functions of the comparison operators (aggregation-apis.md 1.6). */
const COMPARISONS: Readonly<Record<string, string>> = {
  "=": "eq",
  "/=": "ne",
  "!=": "ne",
  "<=": "le",
  "<": "lt",
  ">=": "ge",
  ">": "gt",
  "->>": "weakhas",
  "->": "has",
  "<-": "in",
  in: "in",
  "~": "matches",
};
const SUMS: Readonly<Record<string, string>> = { "+": "add", "-": "sub" };
const PRODUCTS: Readonly<Record<string, string>> = { "*": "mul", "/": "div", "\\": "rdiv", "%%": "mod", "%": "rem" };
const CONSTANTS: Readonly<Record<string, boolean | null>> = { true: true, false: false, null: null };

/** Reads expressions by precedence, weakest first: or, and, not, comparison, `?:`, sum, product, minus. */
export class ExpressionParser {
  readonly #tokens: TokenStream;
  #textDepth = 0;

  constructor(tokens: TokenStream) {
    this.#tokens = tokens;
  }

  /** Throws `linq-syntax`, `linq-too-deep` and `linq-unsupported`. */
  parse(): Expression {
    return this.#nested(() => this.#parseLogical("or", () => this.#parseLogical("and", () => this.#parseNot())));
  }

  #nested<T>(parse: () => T): T {
    if (this.#textDepth >= MAX_TEXT_DEPTH) throw tooDeep(this.#tokens.position, MAX_TEXT_DEPTH, "levels in the text");
    this.#textDepth += 1;
    const parsed = parse();
    this.#textDepth -= 1;
    return parsed;
  }

  #parseLogical(operator: "and" | "or", parseTerm: () => Expression): Expression {
    const { position } = this.#tokens;
    const first = parseTerm();
    const terms = [first];
    while (this.#tokens.accept(operator)) terms.push(parseTerm());
    return terms.length === 1 ? first : callOf(operator, terms, position);
  }

  #parseNot(): Expression {
    const { position } = this.#tokens;
    if (!this.#tokens.accept("not")) return this.#parseComparison();
    return callOf("not", [this.#nested(() => this.#parseNot())], position);
  }

  /** `a <= b < c` is `a <= b and b < c`. */
  #parseComparison(): Expression {
    const { position } = this.#tokens;
    let left = this.#parseDefault();
    const pairs: Expression[] = [];
    for (let name = this.#acceptOf(COMPARISONS); name !== undefined; name = this.#acceptOf(COMPARISONS)) {
      const right = this.#parseDefault();
      pairs.push(callOf(name, [left, right], position));
      left = right;
    }
    if (pairs.length === 0) return left;
    return pairs.length === 1 ? (pairs[0] as Expression) : callOf("and", pairs, position);
  }

  #parseDefault(): Expression {
    return this.#parseBinary({ "?:": "nvl" }, () =>
      this.#parseBinary(SUMS, () => this.#parseBinary(PRODUCTS, () => this.#parseMinus())),
    );
  }

  #parseBinary(operators: Readonly<Record<string, string>>, parseOperand: () => Expression): Expression {
    const { position } = this.#tokens;
    let left = parseOperand();
    for (let name = this.#acceptOf(operators); name !== undefined; name = this.#acceptOf(operators)) {
      left = callOf(name, [left, parseOperand()], position);
    }
    return left;
  }

  #acceptOf(operators: Readonly<Record<string, string>>): string | undefined {
    for (const symbol in operators) {
      if (this.#tokens.accept(symbol)) return operators[symbol];
    }
    return undefined;
  }

  #parseMinus(): Expression {
    const { position } = this.#tokens;
    if (!this.#tokens.accept("-")) return this.#parsePrimary();
    const { kind } = this.#tokens.current;
    if (kind === "integer" || kind === "float" || kind === "duration") return this.#parseNumber(position, -1);
    return callOf("neg", [this.#nested(() => this.#parseMinus())], position);
  }

  #parseNumber(position: LinqPosition, sign: 1 | -1): LiteralExpression {
    const { kind, value } = this.#tokens.advance();
    const type = kind === "duration" ? "duration" : kind === "float" ? "float8" : "int8";
    // Minus nought is nought, so that a printed query reads back as itself.
    return literalOf(type, value === 0 ? 0 : sign * value, position);
  }

  #parsePrimary(): Expression {
    const tokens = this.#tokens;
    const { position } = tokens;
    if (tokens.isKind("name", "<name>")) return this.#parseNamed();
    if (tokens.isKind("integer", "<number>") || tokens.isKind("float", "<number>"))
      return this.#parseNumber(position, 1);
    if (tokens.isKind("duration", "<duration>")) return this.#parseNumber(position, 1);
    if (tokens.isKind("string", "<string>")) return literalOf("str", tokens.advance().text, position);
    for (const word in CONSTANTS) {
      const value = CONSTANTS[word];
      if (tokens.accept(word)) return literalOf(value === null ? "null" : "bool", value as boolean | null, position);
    }
    if (tokens.accept("(")) {
      const inner = this.parse();
      tokens.expect(")");
      return inner;
    }
    if (tokens.accept("{")) {
      if (tokens.current.kind === "symbol" && tokens.current.text === "}")
        throw new LinqError("linq-syntax", "a set needs at least one item", tokens.position);
      const items = this.#parseList("}");
      return { kind: "set", items, position, ...measure(items, position) };
    }
    if (tokens.current.text === "from" && tokens.current.kind === "keyword") throw subquery(position);
    throw tokens.refuse();
  }

  #parseNamed(): Expression {
    const { text: name, position } = this.#tokens.advance();
    if (!this.#tokens.accept("("))
      return { kind: "column", name, position, depth: 1, size: 1 } satisfies ColumnExpression;
    return callOf(name, this.#tokens.accept(")") ? [] : this.#parseList(")"), position);
  }

  #parseList(close: string): Expression[] {
    const items = [this.parse()];
    while (this.#tokens.accept(",")) items.push(this.parse());
    this.#tokens.expect(close);
    return items;
  }
}

/** A call at `position`. Throws `linq-too-deep`. */
export function callOf(name: string, args: readonly Expression[], position: LinqPosition): Expression {
  return { kind: "call", name, args, position, ...measure(args, position) };
}

/** A constant at `position`. */
export function literalOf(
  type: LiteralExpression["type"],
  value: LiteralExpression["value"],
  position: LinqPosition,
): LiteralExpression {
  return { kind: "literal", type, value, position, depth: 1, size: 1 };
}

/** The refusal of a query inside a query. */
export function subquery(position: LinqPosition): LinqError {
  return new LinqError("linq-unsupported", "a query inside a query is not allowed in a task", position);
}

function measure(parts: readonly Expression[], position: LinqPosition): { depth: number; size: number } {
  let depth = 0;
  let size = 1;
  for (const part of parts) {
    depth = Math.max(depth, part.depth);
    size += part.size;
  }
  if (depth >= MAX_EXPRESSION_DEPTH) throw tooDeep(position, MAX_EXPRESSION_DEPTH, "levels");
  if (size > MAX_EXPRESSION_SIZE) throw tooDeep(position, MAX_EXPRESSION_SIZE, "parts");
  return { depth: depth + 1, size };
}

function tooDeep(position: LinqPosition, most: number, what: string): LinqError {
  return new LinqError("linq-too-deep", `an expression has at most ${most} ${what}`, position, {
    hint: "name a part of it in a select of its own, and use the name",
  });
}
