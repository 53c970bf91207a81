import { clip, Lexer } from "./lexer.js";
import { LinqError, type LinqPosition } from "./linq-error.js";
import type { Token } from "./token.js";

/** One token of look-ahead, which remembers what was looked for in vain: the tokens a refusal names. */
export class TokenStream {
  readonly #lexer: Lexer;
  readonly #wanted: string[] = [];
  #current: Token;

  constructor(text: string) {
    this.#lexer = new Lexer(text);
    this.#current = this.#lexer.next();
  }

  get current(): Token {
    return this.#current;
  }

  get position(): LinqPosition {
    return this.#current.position;
  }

  /** Goes on to the next token, and returns the one it leaves. */
  advance(): Token {
    const token = this.#current;
    this.#current = this.#lexer.next();
    this.#wanted.length = 0;
    return token;
  }

  /** Whether this symbol or keyword stands here. */
  isAt(text: string): boolean {
    const { kind } = this.#current;
    if ((kind === "symbol" || kind === "keyword") && this.#current.text === text) return true;
    this.#wanted.push(text);
    return false;
  }

  /** Whether a token of this kind stands here; `label` names it for people. */
  isKind(kind: Token["kind"], label: string): boolean {
    if (this.#current.kind === kind) return true;
    this.#wanted.push(label);
    return false;
  }

  /** Takes this symbol or keyword if it stands here. */
  accept(text: string): boolean {
    if (!this.isAt(text)) return false;
    this.advance();
    return true;
  }

  expect(text: string): Token {
    if (!this.isAt(text)) throw this.refuse();
    return this.advance();
  }

  expectKind(kind: Token["kind"], label: string): Token {
    if (!this.isKind(kind, label)) throw this.refuse();
    return this.advance();
  }

  /** `linq-syntax` here, with every token that was looked for. */
  refuse(hint?: string): LinqError {
    const { kind, text } = this.#current;
    const found = kind === "end" ? "<EOF>" : kind === "string" ? `"${clip(text)}"` : clip(text);
    const message = kind === "end" ? "the query ends too early" : `${found} cannot stand here`;
    const tokens = [...new Set(this.#wanted)].sort();
    return new LinqError("linq-syntax", message, this.position, { tokens, found, ...(hint !== undefined && { hint }) });
  }
}
