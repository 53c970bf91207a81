import { hasAnchor } from "./anchor.js";
import { findCommentEnd } from "./bare-hex.js";
import type { Literal } from "./literal-result.js";
import { readNumberList } from "./number-list.js";
import { PasteBuilder, type PasteForm, placeOf } from "./paste.js";
import { readEscapedToken, readQuoted } from "./quoted.js";

/** One way in which a programming language writes bytes. */
interface LiteralKind {
  readonly name: string;
  /** Where such a literal may begin: this character. */
  readonly starts: string;
  read(text: string, at: number): Literal | undefined;
}

const BUFFER = /<(?:Slow)?Buffer((?: [0-9a-f]{2})*)( (?:\.\.\.|…)[^>\n]*)?>/iy;

/** Adding a language is adding an entry. */
const KINDS: readonly LiteralKind[] = [
  { name: "<Buffer …> of Node", starts: "<", read: readBuffer },
  { name: "array of numbers", starts: "[{(", read: readNumberList },
  { name: "string with escapes or hex", starts: "\"'`", read: readQuoted },
  { name: "escapes such as \\xff", starts: "\\", read: readEscapedToken },
];

export const LITERALS: PasteForm = {
  name: "literals of a program: arrays, strings with escapes, <Buffer …>",
  read({ text }) {
    if (text === undefined) return undefined;
    const builder = new PasteBuilder();
    const names = new Set<string>();
    const all: Uint8Array[] = [];
    let line = 1;
    let lineAt = 0;
    for (const { literal, at, name } of findLiterals(text)) {
      for (let next = text.indexOf("\n", lineAt); next >= 0 && next < at; next = text.indexOf("\n", lineAt)) {
        line += 1;
        lineAt = next + 1;
      }
      names.add(name);
      all.push(literal.bytes);
      builder.add(literal.bytes, line);
      if (literal.omitted !== undefined) {
        const text_ = literal.omitted;
        builder.unread({
          ...placeOf(text, literal.end),
          text: text_,
          expected: "all bytes; the print leaves some out",
        });
      }
    }
    if (!hasAnchor(Buffer.concat(all))) return undefined;
    return builder.finish([...names].join(", "), true);
  },
};

function* findLiterals(text: string): Generator<{ literal: Literal; at: number; name: string }> {
  for (let at = nextStart(text, 0); at < text.length; at = nextStart(text, at + 1)) {
    const character = text[at] as string;
    if (isComment(text, at)) {
      at = (findCommentEnd(text, at) ?? at + 1) - 1;
      continue;
    }
    for (const { name, starts, read } of KINDS) {
      if (!starts.includes(character)) continue;
      const literal = read(text, at);
      if (literal === undefined) continue;
      yield { literal, at, name };
      at = literal.end - 1;
      break;
    }
  }
}

/** The next character with which a literal or a comment begins; the length of the text without one. */
function nextStart(text: string, from: number): number {
  const starts = /[<[{("'`\\/]/g;
  starts.lastIndex = from;
  return starts.exec(text)?.index ?? text.length;
}

/** `//` and `/*` outside of literals; the `//` of an address is none. */
function isComment(text: string, at: number): boolean {
  return text[at] === "/" && (text[at + 1] === "*" || (text[at + 1] === "/" && text[at - 1] !== ":"));
}

function readBuffer(text: string, at: number): Literal | undefined {
  BUFFER.lastIndex = at;
  const match = BUFFER.exec(text);
  if (match === null) return undefined;
  const bytes = Uint8Array.from(Buffer.from((match[1] ?? "").replaceAll(" ", ""), "hex"));
  const omitted = match[2]?.trim();
  return { bytes, end: at + match[0].length, ...(omitted === undefined ? {} : { omitted }) };
}
