import { GizlabError } from "../../core/errors.js";
import { countFrames } from "./anchor.js";
import { type Paste, PasteBuilder, type PasteForm, placeOf } from "./paste.js";

/** Digits with separators, and nothing else. */
type Scan =
  | { readonly kind: "hex"; readonly bytes: Uint8Array; readonly digits: number; readonly hasOddWord: boolean }
  /** A character that is no part of it. */
  | { readonly kind: "strange"; readonly index: number };

const LINE_END = /\r?\n|$/g;
/** A time or a date at the start of a line, with more behind it. */
const STAMP =
  /^[ \t]*(?:(?:19|20)\d\d-\d\d-\d\d|\d\d-\d\d-\d\d[ \t]+\d\d:\d\d:\d\d|[0-2]\d:[0-5]\d:[0-5]\d)[ \t]+[0-9a-f]/im;
/** A decimal number in front of a frame: a tick, a length. */
const TICK = /^[ \t]*(\d{3,})[ \t]+((?:0x)?(?:ff[0-9a-f]*|00(?:[ \t]*00){2}[ \t]*03|00000003[0-9a-f]*))(?=[ \t,]|$)/gim;
/** What may follow a `;` that separates bytes; everything else is a comment. */
const PAIRS = /^[ \t]*(?:0x)?[0-9a-f]{2}(?:[\s,:;-]+(?:0x)?[0-9a-f]{2})*[\s,;]*$/i;

/** Bytes as hex digits, in any spacing and over any lines, with comments. */
export const BARE_HEX: PasteForm = {
  name: "hex",
  read({ text }) {
    if (text === undefined || STAMP.test(text) || hasTicks(text)) return undefined;
    const scan = scanHex(text);
    if (scan.kind === "strange") return undefined;
    return chooseReading(text, scan);
  },
};

/** The error for a text that is of no form: its first character that no hex has. Throws `hex-invalid`. */
export function refuseText(text: string): never {
  const scan = scanHex(text);
  if (scan.kind === "hex")
    throw new GizlabError("hex-invalid", "no frame begins in this text", {
      hint: "what looks like a time or a counter is not read as bytes; leave it out, or write the bytes alone",
    });
  const { index } = scan;
  throw new GizlabError("hex-invalid", `"${text[index] ?? ""}" is not a hex digit`, {
    hint: "write bytes as two hex digits each: FF FF 00 05 07 10 00 00 1C",
    at: placeOf(text, index),
  });
}

function hasTicks(text: string): boolean {
  for (const [, tick = "", next = ""] of text.matchAll(TICK)) {
    if (tick.length !== next.replace(/^0x/i, "").length || tick.length % 2 === 1) return true;
  }
  return false;
}

function chooseReading(text: string, scan: Scan & { kind: "hex" }): Paste {
  if (!scan.hasOddWord) return finish(scan.bytes, "hex", false);
  const joined = scan.digits % 2 === 0 ? scan.bytes : undefined;
  const words = listWords(text);
  const readings = [
    ...(joined === undefined ? [] : [{ form: "hex", bytes: joined }]),
    { form: "hex, a byte a word, some with one digit", bytes: readWords(words, 16) },
    { form: "decimal numbers, a byte each", bytes: readWords(words, 10) },
  ].map(({ form, bytes }) => ({ form, bytes, frames: bytes === undefined ? -1 : countFrames(bytes) }));
  const best = readings.reduce((a, b) => (b.frames > a.frames ? b : a));
  if (best.frames > 0 && best.bytes !== undefined) return finish(best.bytes, best.form, best.form !== "hex");
  if (joined !== undefined) return finish(joined, "hex", false);
  throw new GizlabError("hex-invalid", `${scan.digits} hex digits make no whole number of bytes`, {
    hint: "a digit is missing or there is one too many",
    ...placeOdd(text),
  });
}

/** Where the first word with an odd number of digits begins. */
function placeOdd(text: string): { at?: { line: number; column: number } } {
  const odd = [...blankComments(text).matchAll(/[0-9a-f]+/gi)].find(([word]) => word.length % 2 === 1);
  return odd === undefined ? {} : { at: placeOf(text, odd.index) };
}

function finish(bytes: Uint8Array, form: string, isGuess: boolean): Paste {
  const builder = new PasteBuilder();
  builder.add(bytes, 1);
  return builder.finish(form, isGuess);
}

function listWords(text: string): string[] {
  return blankComments(text)
    .replace(/0x(?=[0-9a-f])/gi, "")
    .split(/[\s,:;-]+/)
    .filter((word) => word !== "");
}

/** Each word as one byte; undefined when one is none. */
function readWords(words: readonly string[], radix: 10 | 16): Uint8Array | undefined {
  const isByte = radix === 10 ? /^\d{1,3}$/ : /^[0-9a-f]{1,2}$/i;
  const bytes = new Uint8Array(words.length);
  for (const [at, word] of words.entries()) {
    const value = Number.parseInt(word, radix);
    if (!isByte.test(word) || value > 0xff) return undefined;
    bytes[at] = value;
  }
  return bytes;
}

/** The text with spaces in place of its comments. */
function blankComments(text: string): string {
  let blank = "";
  let from = 0;
  for (let at = 0; at < text.length; at += 1) {
    const end = findCommentEnd(text, at);
    if (end === undefined) continue;
    blank += text.slice(from, at) + " ".repeat(end - at);
    from = end;
    at = end - 1;
  }
  return blank + text.slice(from);
}

/** Where a comment that begins at `at` ends; undefined when none begins there. */
export function findCommentEnd(text: string, at: number): number | undefined {
  const code = text.charCodeAt(at);
  if (code === SLASH) {
    if (text.startsWith("/*", at)) return closeAt(text, at);
    return text.startsWith("//", at) ? lineEnd(text, at) : undefined;
  }
  if (code === HASH) return lineEnd(text, at);
  if (code !== SEMICOLON) return undefined;
  const end = lineEnd(text, at);
  const rest = text.slice(at + 1, end);
  return rest.trim() === "" || PAIRS.test(rest) ? undefined : end;
}

const HASH = 0x23;
const SLASH = 0x2f;
const SEMICOLON = 0x3b;

function closeAt(text: string, at: number): number {
  const close = text.indexOf("*/", at + 2);
  return close < 0 ? text.length : close + 2;
}

function lineEnd(text: string, at: number): number {
  LINE_END.lastIndex = at;
  return LINE_END.exec(text)?.index ?? text.length;
}

const SEPARATORS = new Set([..." \t\r\n\f\v,:;-\ufeff"].map((character) => character.charCodeAt(0)));

function scanHex(text: string): Scan {
  const bytes = new Uint8Array(Math.ceil(text.length / 2));
  let digits = 0;
  let wordStart = 0;
  let hasOddWord = false;
  const endWord = (): void => {
    hasOddWord ||= (digits - wordStart) % 2 === 1;
    wordStart = digits;
  };
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === ZERO && (text.charCodeAt(at + 1) | 0x20) === X && digitOf(text.charCodeAt(at + 2)) >= 0) {
      endWord();
      at += 1;
      continue;
    }
    const digit = digitOf(code);
    if (digit >= 0) {
      const index = digits >> 1;
      bytes[index] = ((bytes[index] as number) << 4) | digit;
      digits += 1;
      continue;
    }
    endWord();
    if (isHexSuffix(text, at)) continue;
    const commentEnd = findCommentEnd(text, at);
    if (commentEnd !== undefined) at = commentEnd - 1;
    else if (!SEPARATORS.has(code)) return { kind: "strange", index: at };
  }
  endWord();
  return { kind: "hex", bytes: bytes.subarray(0, Math.ceil(digits / 2)), digits, hasOddWord };
}

/** The `h` of `FFh`, as assemblers write bytes. */
function isHexSuffix(text: string, at: number): boolean {
  const isEnd = at + 1 === text.length || SEPARATORS.has(text.charCodeAt(at + 1));
  return (text.charCodeAt(at) | 0x20) === H && isEnd && digitOf(text.charCodeAt(at - 1)) >= 0;
}

const H = 0x68;
const ZERO = 0x30;
const X = 0x78;

/** The value of a hex digit by its character code, -1 for any other character. */
function digitOf(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30;
  const lower = code | 0x20;
  return lower >= 0x61 && lower <= 0x66 ? lower - 0x57 : -1;
}
