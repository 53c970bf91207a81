import { formatCount } from "../core/count-text.js";
import { GizlabError } from "../core/errors.js";
import { formatHex, parseHex } from "../core/hex.js";
import { ByteReader, ByteWriter } from "./cursor.js";
import { MAX_PAYLOAD } from "./frame.js";

/** An MD5 as it goes over the wire: 32 characters of hex, the 16 bytes themselves (uart.md 2.8), or left out. */
export type Md5Form = "text" | "raw" | "none";

/** Payload of 19: what the sender has. `md5` is 32 lower-case hex digits, or empty where the frame names none. */
export interface BigDataOffer {
  readonly size: number;
  readonly md5: string;
  readonly md5Form: Md5Form;
}

/** Payload of 1B: the receiver wants pieces of `pieceLength` bytes; 0, or none, leaves the length to the sender. */
export interface BigDataReady {
  readonly md5: string;
  readonly md5Form: Md5Form;
  readonly pieceLength: number;
}

/** Payload of 1D; pieces are numbered from 1. */
export interface BigDataPiece {
  readonly pieceNo: number;
  readonly pieceCount: number;
  readonly data: Uint8Array;
}

/** In the flags of 1B: the receiver wants the lines of an Intel HEX file. In the flags of 1D: this is one. */
export const FLAG_HEX = 0x0001;
/** In the flags of 1D, in HEX mode: this line is the last. */
export const FLAG_LAST_LINE = 0x0002;
/** What a pieceLength of 0 means. */
export const DEFAULT_PIECE_LENGTH = 256;
/** Number and count stand before the data of a piece. */
export const LONGEST_PIECE = MAX_PAYLOAD - 4;
const MD5_BYTES = 16;
const MD5_TEXT = /^[0-9a-f]{32}$/i;

/** Throws `value-too-wide`. */
export function packOffer({ size, md5, md5Form }: BigDataOffer): Uint8Array {
  const bytes = md5Bytes(md5, md5Form);
  return new ByteWriter().uint32(size).uint16(bytes.length).bytes(bytes).finish();
}

/** Reads an offer, with or without its MD5. Throws `bytes-short`, `big-data-md5` for an MD5 of neither form. */
export function unpackOffer(payload: Uint8Array): BigDataOffer {
  const reader = new ByteReader(payload, "the offer");
  const size = reader.uint32("size");
  return { size, ...readMd5(reader) };
}

/** Throws `value-too-wide`. */
export function packReady({ md5, md5Form, pieceLength }: BigDataReady): Uint8Array {
  const bytes = md5Bytes(md5, md5Form);
  return new ByteWriter().uint16(bytes.length).bytes(bytes).uint16(pieceLength).finish();
}

/**
 * Reads a readiness. GAgent 04020006 sends it without a payload, and other firmware without the length: both leave the
 * length to the sender. Throws `bytes-short`, `big-data-md5` for an MD5 of neither form.
 */
export function unpackReady(payload: Uint8Array): BigDataReady {
  const reader = new ByteReader(payload, "the readiness");
  const md5 = readMd5(reader);
  return { ...md5, pieceLength: reader.remaining === 0 ? 0 : reader.uint16("pieceLen") };
}

/** Throws `value-too-wide`. */
export function packPiece({ pieceNo, pieceCount, data }: BigDataPiece): Uint8Array {
  const head = new ByteWriter().uint16(pieceNo).uint16(pieceCount).finish();
  const payload = new Uint8Array(head.length + data.length);
  payload.set(head);
  payload.set(data, head.length);
  return payload;
}

/** The data is a view of the payload. Throws `bytes-short`. */
export function unpackPiece(payload: Uint8Array): BigDataPiece {
  const reader = new ByteReader(payload, "the piece");
  const pieceNo = reader.uint16("pieceNo");
  const pieceCount = reader.uint16("pieceCount");
  return { pieceNo, pieceCount, data: reader.rest() };
}

/** The lines of an Intel HEX file without their ends; undefined for any other file (cloud.md 2.3: "line mode"). */
export function splitHexFile(file: Uint8Array): readonly Uint8Array[] | undefined {
  if (file[0] !== 0x3a) return undefined;
  const lines = Buffer.from(file)
    .toString("latin1")
    .split(/\r\n|\n|\r/)
    .filter((line) => line !== "");
  if (!lines.every((line) => /^:(?:[0-9a-f]{2})+$/i.test(line))) return undefined;
  return lines.map((line) => new Uint8Array(Buffer.from(line, "latin1")));
}

function md5Bytes(md5: string, form: Md5Form): Uint8Array {
  if (form === "none") return new Uint8Array(0);
  return form === "raw" ? parseHex(md5) : new Uint8Array(Buffer.from(md5, "latin1"));
}

/** Modules write 32 characters, the vendor's assistant is said to write 16 bytes (uart.md 2.8: be liberal). */
function readMd5(reader: ByteReader): { readonly md5: string; readonly md5Form: Md5Form } {
  const length = reader.remaining === 0 ? 0 : reader.uint16("md5Len");
  if (length === 0) return { md5: "", md5Form: "none" };
  const bytes = reader.bytes(length, "md5");
  if (length === MD5_BYTES) return { md5: formatHex(bytes), md5Form: "raw" };
  const text = Buffer.from(bytes).toString("latin1");
  if (MD5_TEXT.test(text)) return { md5: text.toLowerCase(), md5Form: "text" };
  throw new GizlabError("big-data-md5", "the MD5 of the big data cannot be read", {
    expected: "32 hex characters, or 16 bytes",
    found: formatCount(length, "byte"),
  });
}
