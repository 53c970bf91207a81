import { findCommentEnd } from "./bare-hex.js";
import type { Literal } from "./literal-result.js";

const OPEN: Readonly<Record<string, string>> = { "[": "]", "{": "}", "(": ")" };
/** A number with its prefix, sign, cast and suffix, a character, or a byte as a string of hex digits. */
const ITEM =
  /(?:\(\s*(?:unsigned )?[a-z_][a-z_0-9]*\s*\)\s*)?(?:(0x[0-9a-f]+)[ul]*|(0b[01]+)|(-?\d+)[ul]*(?![0-9a-z])|([0-9a-f]{1,2})(?![0-9a-z])|'(\\?[ -~])'|["'](0x[0-9a-f]{1,2}|[0-9a-f]{2})["'])/iy;
const OMITTED = /(?:\.\.\.|…)[^\]})\n]{0,80}/y;

type Item =
  | { readonly kind: "value"; readonly value: number }
  /** Digits without a prefix: decimal or hex, which the others tell. */
  | { readonly kind: "digits"; readonly text: string };

/** A bracketed list of bytes, with commas or spaces between them: C, Go, JavaScript, JSON, Python, Java. */
export function readNumberList(text: string, at: number): Literal | undefined {
  const close = OPEN[text[at] as string];
  const items: Item[] = [];
  let omitted: string | undefined;
  let commas = 0;
  for (let from = at + 1; ; ) {
    from = skipSpace(text, from);
    if (text[from] === close) {
      const bytes = items.length < 2 && !isPrefixed(items) ? undefined : readItems(items, commas > 0);
      return bytes && { bytes, end: from + 1, ...(omitted === undefined ? {} : { omitted }) };
    }
    OMITTED.lastIndex = from;
    const left = OMITTED.exec(text);
    if (left !== null && items.length > 0 && omitted === undefined) {
      omitted = left[0].trim();
      from += left[0].length;
      continue;
    }
    const item = omitted === undefined ? readItem(text, from) : undefined;
    if (item === undefined) return undefined;
    items.push(item.item);
    from = skipSpace(text, item.end);
    if (text[from] === ",") {
      commas += 1;
      from += 1;
    } else if (from === item.end && text[from] !== close) return undefined;
  }
}

function skipSpace(text: string, from: number): number {
  for (let at = from; at < text.length; ) {
    const code = text.charCodeAt(at);
    if (code === 0x20 || (code >= 0x09 && code <= 0x0d)) at += 1;
    else {
      const end = code === 0x2f || code === 0x23 ? findCommentEnd(text, at) : undefined;
      if (end === undefined) return at;
      at = end;
    }
  }
  return text.length;
}

function readItem(text: string, at: number): { item: Item; end: number } | undefined {
  ITEM.lastIndex = at;
  const match = ITEM.exec(text);
  if (match === null) return undefined;
  const [whole, hex, bits, decimal, digits, character, quoted] = match;
  const end = at + whole.length;
  if (hex !== undefined) return { item: { kind: "value", value: Number.parseInt(hex, 16) }, end };
  if (bits !== undefined) return { item: { kind: "value", value: Number.parseInt(bits.slice(2), 2) }, end };
  if (quoted !== undefined) return { item: { kind: "value", value: Number.parseInt(quoted, 16) }, end };
  if (character !== undefined) return { item: { kind: "value", value: readCharacter(character) }, end };
  return { item: { kind: "digits", text: (decimal ?? digits) as string }, end };
}

function readCharacter(text: string): number {
  const escapes: Readonly<Record<string, number>> = { n: 10, r: 13, t: 9, "0": 0, "\\": 92, "'": 39, '"': 34 };
  return text.length === 2 ? (escapes[text[1] as string] ?? -1000) : text.charCodeAt(0);
}

function isPrefixed(items: readonly Item[]): boolean {
  return items.length > 0 && items.every(({ kind }) => kind === "value");
}

/** Java and Go print bytes from -128 on; a letter among the digits makes all of them hex. */
function readItems(items: readonly Item[], hasCommas: boolean): Uint8Array | undefined {
  const words = items.flatMap((item) => (item.kind === "digits" ? [item.text] : []));
  const isHex =
    words.some((word) => /[a-f]/i.test(word)) || (!hasCommas && words.every((word) => /^[0-9a-f]{2}$/i.test(word)));
  const bytes = new Uint8Array(items.length);
  for (const [at, item] of items.entries()) {
    const value = item.kind === "value" ? item.value : Number.parseInt(item.text, isHex ? 16 : 10);
    if (!(value >= -128 && value <= 255)) return undefined;
    bytes[at] = value;
  }
  return bytes;
}
