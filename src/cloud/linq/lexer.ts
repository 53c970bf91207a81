import { LinqError, type LinqPosition } from "./linq-error.js";
import { KEYWORDS, type Token, UNIT_MS } from "./token.js";

/** Longest first, so that the first that fits is the one meant. */
const SYMBOL = /->>|->|<-|<=|>=|!=|\/=|\?:|%%|[=<>~+\-*/\\%(){},;:.]/y;
const SPACE = /[ \t\r\n\u00a0\ufeff]+|\/\/[^\n]*/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /\d+(?:(\.\d+)?([eE][+-]?\d+)?)/y;
const WORD_TAIL = /[A-Za-z0-9_]+/y;
const ESCAPED: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t" };

/** Reads LINQ one token at a time, in time linear in the text. */
export class Lexer {
  readonly #text: string;
  #at = 0;
  #line = 1;
  #lineStart = 0;

  constructor(text: string) {
    this.#text = text;
  }

  /** The next token, `end` for ever after the last. Throws `linq-syntax` for what is no token. */
  next(): Token {
    this.#skipSpace();
    const start = this.#at;
    const position = this.#positionOf(start);
    const first = this.#text[start];
    if (first === undefined) return { kind: "end", text: "", value: 0, position, end: start };
    if (first === '"' || first === "'") return this.#readString(first, position);
    if (first === "`") return this.#readQuotedName(position);
    const word = this.#match(NAME);
    if (word !== undefined) return this.#token(KEYWORDS.has(word) ? "keyword" : "name", word, 0, position);
    if (first >= "0" && first <= "9") return this.#readNumber(position);
    const symbol = this.#match(SYMBOL);
    if (symbol === undefined) {
      const found = JSON.stringify(String.fromCodePoint(this.#text.codePointAt(start) ?? 0));
      throw new LinqError("linq-syntax", `${found} means nothing in LINQ`, position, { found });
    }
    return this.#token("symbol", symbol, 0, position);
  }

  #token(kind: Token["kind"], text: string, value: number, position: LinqPosition): Token {
    return { kind, text, value, position, end: this.#at };
  }

  #positionOf(offset: number): LinqPosition {
    return { offset, line: this.#line, column: offset - this.#lineStart + 1 };
  }

  #match(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.#at;
    const found = pattern.exec(this.#text)?.[0];
    if (found !== undefined) this.#at += found.length;
    return found;
  }

  #skipSpace(): void {
    for (let start = this.#at; ; start = this.#at) {
      const space = this.#match(SPACE);
      if (space === undefined) return;
      this.#countLines(start, this.#at);
    }
  }

  #countLines(from: number, to: number): void {
    for (let end = this.#text.indexOf("\n", from); end >= 0 && end < to; end = this.#text.indexOf("\n", end + 1)) {
      this.#line += 1;
      this.#lineStart = end + 1;
    }
  }

  /** A string may hold line breaks. An unknown escape stands for itself, backslash included. */
  #readString(quote: string, position: LinqPosition): Token {
    const parts: string[] = [];
    const start = this.#at;
    let from = start + 1;
    for (let at = from; at < this.#text.length; at += 1) {
      const character = this.#text[at];
      if (character === quote) {
        parts.push(this.#text.slice(from, at));
        this.#at = at + 1;
        this.#countLines(start, at);
        return this.#token("string", parts.join(""), 0, position);
      }
      if (character !== "\\") continue;
      const escaped = this.#text[at + 1] ?? "";
      parts.push(this.#text.slice(from, at));
      if (escaped === quote || escaped === "\\" || escaped === '"' || escaped === "'") parts.push(escaped);
      else parts.push(ESCAPED[escaped] ?? `\\${escaped}`);
      at += 1;
      from = at + 1;
    }
    throw new LinqError("linq-syntax", `the string that begins here has no closing ${quote}`, position, {
      tokens: [quote],
      found: "<EOF>",
    });
  }

  #readQuotedName(position: LinqPosition): Token {
    const start = this.#at + 1;
    const end = this.#text.indexOf("`", start);
    const text = end < 0 ? "" : this.#text.slice(start, end);
    if (text === "" || text.includes("\n")) {
      const message = end === start ? "a name in backticks cannot be empty" : "this name has no closing backtick";
      throw new LinqError("linq-syntax", message, position, { tokens: ["`"] });
    }
    this.#at = end + 1;
    return this.#token("name", text, 0, position);
  }

  #readNumber(position: LinqPosition): Token {
    const digits = this.#match(NUMBER) ?? "";
    const isInteger = /^\d+$/.test(digits);
    const tail = this.#match(WORD_TAIL);
    const text = `${digits}${tail ?? ""}`;
    const unitMs = tail === undefined ? 1 : Object.hasOwn(UNIT_MS, tail) ? UNIT_MS[tail] : undefined;
    if (unitMs === undefined || (tail !== undefined && !isInteger)) {
      throw new LinqError("linq-syntax", `"${clip(text)}" is no number and no duration`, position, {
        found: clip(text),
        hint: "durations are whole numbers with s, m, h, d or w: 15s, 30m, 1h, 1d, 1w",
      });
    }
    const value = Number(digits) * unitMs;
    if (isInteger ? !Number.isSafeInteger(value) : !Number.isFinite(value)) {
      throw new LinqError("linq-syntax", `${clip(text)} is too large`, position, { found: clip(text) });
    }
    return this.#token(tail !== undefined ? "duration" : isInteger ? "integer" : "float", text, value, position);
  }
}

/** At most 40 characters of what was found, for a message. */
export function clip(text: string): string {
  return text.length <= 40 ? text : `${text.slice(0, 39)}…`;
}
