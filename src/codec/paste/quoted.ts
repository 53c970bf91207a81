import { hasAnchor, isAnchor } from "./anchor.js";
import type { Literal } from "./literal-result.js";

const NAMED: Readonly<Record<string, number>> = { a: 7, b: 8, t: 9, n: 10, v: 11, f: 12, r: 13, e: 27 };
const HEX_TEXT = /^(?:\s*(?:0x)?[0-9a-f]{2})+\s*$/i;
/** What stands in front of a string of hex digits that are bytes. */
const HEX_CALL = /(?:fromhex|unhexlify|DecodeString|hex|from|\bh)\s*\(?\s*$/i;
const HEX_CALL_LENGTH = 24;
/** `b'…'` of Python. */
const BYTES_PREFIX = /(?:^|[^a-z0-9_])(?:b|rb|br)$/i;

/** A quoted string that is bytes: with `\x` or octal escapes, Python's `b'…'`, or hex digits in which frames begin. */
export function readQuoted(text: string, at: number): Literal | undefined {
  const quote = text[at] as string;
  const end = findQuote(text, at + 1, quote);
  if (end === undefined) return undefined;
  const inner = text.slice(at + 1, end);
  const before = text.slice(Math.max(0, at - HEX_CALL_LENGTH), at);
  if (HEX_TEXT.test(inner)) {
    const bytes = Uint8Array.from(Buffer.from(inner.replace(/0x/gi, "").replace(/\s+/g, ""), "hex"));
    if (isAnchor(bytes, 0) || (HEX_CALL.test(before) && hasAnchor(bytes))) return { bytes, end: end + 1 };
  }
  const isBytes = BYTES_PREFIX.test(before);
  if (!isBytes && !/\\(?:x[0-9a-f]{2}|u00[0-9a-f]{2}|[0-3][0-7]{2})/i.test(inner)) return undefined;
  const bytes = readEscapes(inner);
  return bytes && { bytes, end: end + 1 };
}

/** The end of the string; a string does not go over a line. */
function findQuote(text: string, from: number, quote: string): number | undefined {
  for (let at = from; at < text.length; at += 1) {
    const character = text[at];
    if (character === "\\") at += 1;
    else if (character === quote) return at;
    else if (character === "\n") return undefined;
  }
  return undefined;
}

/** Escapes without quotes, as a shell or a log has them: `\xff\xffA\x00`, up to the next space. */
export function readEscapedToken(text: string, at: number): Literal | undefined {
  if (!/^\\x[0-9a-f]{2}/i.test(text.slice(at, at + 4))) return undefined;
  let end = at;
  while (end < text.length && !/[\s"'`]/.test(text[end] as string)) end += 1;
  let start = at;
  while (start > 0 && !/[\s"'`=:,([{>]/.test(text[start - 1] as string)) start -= 1;
  const bytes = readEscapes(text.slice(start, end));
  return bytes && { bytes, end };
}

/** The bytes of a string with escapes; undefined for characters that are none. */
function readEscapes(text: string): Uint8Array | undefined {
  const bytes: number[] = [];
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] !== "\\") {
      const code = text.charCodeAt(at);
      if (code > 0xff) return undefined;
      bytes.push(code);
      continue;
    }
    const form = /\\(?:x([0-9a-f]{2})|u00([0-9a-f]{2})|([0-3]?[0-7]{1,2})|([\s\S]))/iy;
    form.lastIndex = at;
    const match = form.exec(text);
    if (match === null) return undefined;
    const [whole, hex, unicode, octal, character = ""] = match;
    at += whole.length - 1;
    if (hex !== undefined || unicode !== undefined) bytes.push(Number.parseInt((hex ?? unicode) as string, 16));
    else if (octal !== undefined) bytes.push(Number.parseInt(octal, 8));
    else bytes.push(NAMED[character] ?? character.charCodeAt(0));
  }
  return Uint8Array.from(bytes);
}
