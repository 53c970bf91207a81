import { type ErrorPlace, GizlabError } from "../errors.js";
import { formatHexNumber } from "../hex.js";
import { findEncoding } from "./encoding.js";
import { decodeUtf8, findInvalidUtf8, wholeUtf8 } from "./utf8.js";
import { decodeUtf16, findLoneSurrogate, type Utf16, wholeUtf16 } from "./utf16.js";

export interface TextOptions {
  /** The file as messages call it. */
  readonly name: string;
  /**
   * For logs, where only ASCII counts: a line that is not UTF-8 is read a byte a character, and this is called for the
   * first one. Without it such a line is refused.
   */
  readonly onForeign?: (at: ErrorPlace) => void;
  /** For text that is data: `\r` stays. */
  readonly keepsReturns?: boolean;
}

const NO_BYTES = new Uint8Array(0);
const AS_UTF8 = "save it as UTF-8";

/**
 * Turns the bytes of a text file into text, chunk by chunk: UTF-8 and UTF-16, with and without a byte order mark. The
 * text has no mark, and `\n` for `\r\n` and for a lone `\r`. Throws `text-encoding` with line, column and offset.
 */
export class TextReader {
  readonly #name: string;
  readonly #onForeign: TextOptions["onForeign"];
  readonly #keepsReturns: boolean;
  #kind: "utf-8" | Utf16 | undefined;
  /** Bytes that make no whole character yet, or do not tell the encoding yet. */
  #pending: Uint8Array = NO_BYTES;
  /** Where the pending bytes stand in the file, and in the text. */
  #offset = 0;
  #line = 1;
  #column = 1;
  #endsInReturn = false;
  #hasForeign = false;

  constructor({ name, onForeign, keepsReturns = false }: TextOptions) {
    this.#name = name;
    this.#onForeign = onForeign;
    this.#keepsReturns = keepsReturns;
  }

  /** The text that these bytes complete. */
  push(bytes: Uint8Array): string {
    this.#pending = this.#pending.length === 0 ? bytes : Buffer.concat([this.#pending, bytes]);
    return this.#read(false);
  }

  /** The rest of the text, when there are no more bytes. */
  end(): string {
    return this.#read(true);
  }

  #read(isLast: boolean): string {
    if (this.#kind === undefined) {
      const encoding = findEncoding(this.#pending, isLast);
      if (encoding === undefined) return "";
      if (encoding.kind === "utf-32") throw this.#refuse("the text is UTF-32", AS_UTF8);
      this.#kind = encoding.kind;
      this.#offset = encoding.markLength;
      this.#pending = this.#pending.subarray(encoding.markLength);
    }
    const bytes = this.#pending;
    const whole = isLast ? bytes.length : this.#kind === "utf-8" ? wholeUtf8(bytes) : wholeUtf16(bytes, this.#kind);
    const complete = bytes.subarray(0, whole);
    this.#pending = whole === bytes.length ? NO_BYTES : bytes.slice(whole);
    const text = this.#kind === "utf-8" ? this.#fromUtf8(complete) : this.#fromUtf16(complete, this.#kind);
    this.#offset += whole;
    return this.#passOn(text);
  }

  #fromUtf8(bytes: Uint8Array): string {
    if (this.#onForeign === undefined) {
      const text = decodeUtf8(bytes);
      if (text === undefined) throw this.#describeInvalid(bytes, findInvalidUtf8(bytes));
      const zero = bytes.indexOf(0);
      if (zero < 0) return text;
      const at = this.#placeAfter(text.slice(0, text.indexOf("\0")), zero);
      throw this.#refuse("there is a zero byte, which no text has", "is this a binary file?", at);
    }
    const text = decodeUtf8(bytes);
    return text ?? this.#fromForeign(bytes);
  }

  /** Line by line, so that one comment of another code page does not spoil the lines around it. */
  #fromForeign(bytes: Uint8Array): string {
    let text = "";
    for (let from = 0; from < bytes.length; ) {
      const end = bytes.indexOf(0x0a, from);
      const to = end < 0 ? bytes.length : end + 1;
      const line = bytes.subarray(from, to);
      const decoded = decodeUtf8(line);
      if (decoded === undefined && !this.#hasForeign) {
        this.#hasForeign = true;
        const at = findInvalidUtf8(line);
        this.#onForeign?.(this.#placeAfter(text + latin1(line.subarray(0, at)), from + at));
      }
      text += decoded ?? latin1(line);
      from = to;
    }
    return text;
  }

  #fromUtf16(bytes: Uint8Array, kind: Utf16): string {
    const isHalf = bytes.length % 2 === 1;
    const text = decodeUtf16(isHalf ? bytes.subarray(0, -1) : bytes, kind);
    const lone = findLoneSurrogate(text);
    if (lone >= 0)
      throw this.#refuse(`this is not ${kind.toUpperCase()}`, AS_UTF8, this.#placeAfter(text.slice(0, lone), lone * 2));
    if (isHalf)
      throw this.#refuse(
        `the text is ${kind.toUpperCase()} and ends in half a character`,
        "the file is cut off: copy it again",
        this.#placeAfter(text, bytes.length - 1),
      );
    return text;
  }

  #describeInvalid(bytes: Uint8Array, at: number): GizlabError {
    const before = decodeUtf8(bytes.subarray(0, at)) ?? "";
    const byte = formatHexNumber(bytes[at] as number);
    return this.#refuse(
      `byte ${byte} is not UTF-8`,
      "save the file as UTF-8; it may be GBK or Latin-1",
      this.#placeAfter(before, at),
    );
  }

  #refuse(message: string, hint: string, at: ErrorPlace = {}): GizlabError {
    return new GizlabError("text-encoding", message, { at: { file: this.#name, ...at }, hint });
  }

  /** The place behind a text that was not passed on, `length` bytes long. */
  #placeAfter(text: string, length: number): ErrorPlace {
    const lines = this.#toLines(text).split("\n");
    const last = lines.at(-1) as string;
    return {
      line: this.#line + lines.length - 1,
      column: (lines.length === 1 ? this.#column : 1) + last.length,
      offset: this.#offset + length,
    };
  }

  #passOn(text: string): string {
    const lines = this.#toLines(text);
    if (text !== "") this.#endsInReturn = text.endsWith("\r");
    const last = lines.lastIndexOf("\n");
    this.#column = last < 0 ? this.#column + lines.length : lines.length - last;
    for (let at = lines.indexOf("\n"); at >= 0; at = lines.indexOf("\n", at + 1)) this.#line += 1;
    return this.#keepsReturns ? text : lines;
  }

  #toLines(text: string): string {
    const rest = this.#endsInReturn && text.startsWith("\n") ? text.slice(1) : text;
    return rest.includes("\r") ? rest.replaceAll(/\r\n?/g, "\n") : rest;
  }
}

/** The text of a whole file. Throws `text-encoding` with line, column and offset. */
export function decodeText(bytes: Uint8Array, options: TextOptions): string {
  const reader = new TextReader(options);
  return reader.push(bytes) + reader.end();
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
}
