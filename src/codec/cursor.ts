import { formatCount } from "../core/count-text.js";
import { GizlabError } from "../core/errors.js";
import { formatHexNumber } from "../core/hex.js";

/** Reads big-endian fields off a byte range and never past its end. Throws `bytes-short` with the offset. */
export class ByteReader {
  readonly #bytes: Uint8Array;
  readonly #what: string;
  #offset = 0;

  /** @param what the name of the range, used in messages */
  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = bytes;
    this.#what = what;
  }

  get offset(): number {
    return this.#offset;
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  uint8(field: string): number {
    return this.bytes(1, field)[0] as number;
  }

  uint16(field: string): number {
    const [high = 0, low = 0] = this.bytes(2, field);
    return high * 256 + low;
  }

  uint32(field: string): number {
    return this.bytes(4, field).reduce((value, byte) => value * 256 + byte, 0);
  }

  /** A view, not a copy. */
  bytes(length: number, field: string): Uint8Array {
    if (length > this.remaining) {
      throw new GizlabError("bytes-short", `${this.#what} ends inside ${field}`, {
        expected: formatCount(length, "byte"),
        found: String(this.remaining),
        at: { offset: this.#offset },
      });
    }
    const start = this.#offset;
    this.#offset += length;
    return this.#bytes.subarray(start, start + length);
  }

  /** Text of a fixed width, cut at the first NUL. */
  text(length: number, field: string): string {
    const raw = Buffer.from(this.bytes(length, field)).toString("latin1");
    const end = raw.indexOf("\0");
    return end < 0 ? raw : raw.slice(0, end);
  }

  /** Text up to the next NUL, which is passed over, or up to the end. */
  nulText(): string {
    const end = this.#bytes.indexOf(0, this.#offset);
    const text = this.rest();
    if (end < 0) return Buffer.from(text).toString("latin1");
    const length = end - (this.#bytes.length - text.length);
    this.#offset = end + 1;
    return Buffer.from(text.subarray(0, length)).toString("latin1");
  }

  rest(): Uint8Array {
    return this.bytes(this.remaining, "rest");
  }
}

/** Appends big-endian fields. Throws `value-too-wide` for what does not fit. */
export class ByteWriter {
  readonly #parts: number[] = [];

  uint8(value: number): this {
    return this.#integer(value, 1);
  }

  uint16(value: number): this {
    return this.#integer(value, 2);
  }

  uint32(value: number): this {
    return this.#integer(value, 4);
  }

  bytes(value: Uint8Array): this {
    for (const byte of value) this.#parts.push(byte);
    return this;
  }

  /** Text padded with NULs to `length` bytes. */
  text(value: string, length: number): this {
    const encoded = encodeLatin(value);
    if (encoded.length > length) {
      throw new GizlabError("value-too-wide", `"${value}" is longer than ${formatCount(length, "byte")}`);
    }
    this.bytes(encoded);
    for (let i = encoded.length; i < length; i += 1) this.#parts.push(0);
    return this;
  }

  /** u16 length, then text. */
  countedText(value: string): this {
    const encoded = encodeLatin(value);
    return this.uint16(encoded.length).bytes(encoded);
  }

  finish(): Uint8Array {
    return Uint8Array.from(this.#parts);
  }

  #integer(value: number, width: number): this {
    if (!Number.isInteger(value) || value < 0 || value >= 256 ** width) {
      throw new GizlabError("value-too-wide", `${value} does not fit in ${formatCount(width, "byte")}`);
    }
    for (let i = width - 1; i >= 0; i -= 1) this.#parts.push(Math.floor(value / 256 ** i) % 256);
    return this;
  }
}

/** One byte a character; TextDecoder's "latin1" is windows-1252 and would not survive the way back. */
function encodeLatin(text: string): Uint8Array {
  const wide = [...text].find((character) => (character.codePointAt(0) ?? 0) > 0xff);
  if (wide === undefined) return Buffer.from(text, "latin1");
  throw new GizlabError("value-too-wide", `"${wide}" does not fit in one byte`, { expected: "Latin-1 text" });
}

/** Refuses what is no integer of 0..max. Throws `value-too-wide`. */
export function requireWidth(field: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= max) return;
  throw new GizlabError("value-too-wide", `${field} is out of range`, {
    expected: `0..${formatHexNumber(max)}`,
    found: String(value),
  });
}
