import { GizlabError } from "../core/errors.js";
import { requireWidth } from "./cursor.js";

/** One message between MCU and module (uart.md 1). */
export interface Frame {
  readonly cmd: number;
  /** The sender's own counter, 0..255; a reply echoes it. */
  readonly sn: number;
  readonly flags: number;
  readonly payload: Uint8Array;
}

/** FF FF. */
const HEADER_LENGTH = 2;
/** Bytes that `len` counts besides the payload: cmd, sn, flags (2), checksum. */
export const LEN_OVERHEAD = 5;
/** The largest payload gizlab accepts; vendors name 900 bytes at most (uart.md 1). */
export const MAX_PAYLOAD = 4096;

/** Sum of the bytes from `len` through the last payload byte, mod 256, on un-stuffed bytes (uart.md 1). */
export function checksumOf(bytes: Uint8Array): number {
  return sumOf(bytes, 0, bytes.length);
}

/** The wire form: header, length, checksum, and `55` after every `FF` behind the header. Throws `frame-too-long`, `value-too-wide`. */
export function encodeFrame(frame: Frame): Uint8Array {
  const { cmd, sn, flags, payload } = frame;
  if (payload.length > MAX_PAYLOAD) {
    throw new GizlabError("frame-too-long", "the payload is too long for one frame", {
      expected: `at most ${MAX_PAYLOAD} bytes`,
      found: String(payload.length),
    });
  }
  requireWidth("cmd", cmd, 0xff);
  requireWidth("sn", sn, 0xff);
  requireWidth("flags", flags, 0xffff);
  const len = payload.length + LEN_OVERHEAD;
  const wire = new Uint8Array(HEADER_LENGTH + len + 2);
  wire[0] = 0xff;
  wire[1] = 0xff;
  wire[2] = len >> 8;
  wire[3] = len;
  wire[4] = cmd;
  wire[5] = sn;
  wire[6] = flags >> 8;
  wire[7] = flags;
  wire.set(payload, 8);
  const end = wire.length - 1;
  wire[end] = sumOf(wire, HEADER_LENGTH, end);
  return wire.indexOf(0xff, HEADER_LENGTH) < 0 ? wire : stuffWire(wire);
}

/** A whole frame without stuffing as it goes over the wire: `55` after every `FF` behind the header. */
export function stuffWire(plain: Uint8Array): Uint8Array {
  let extra = 0;
  for (let i = HEADER_LENGTH; i < plain.length; i += 1) if (plain[i] === 0xff) extra += 1;
  const wire = new Uint8Array(plain.length + extra);
  wire.set(plain.subarray(0, HEADER_LENGTH));
  let at = HEADER_LENGTH;
  for (let i = HEADER_LENGTH; i < plain.length; i += 1) {
    const byte = plain[i] as number;
    wire[at++] = byte;
    if (byte === 0xff) wire[at++] = 0x55;
  }
  return wire;
}

function sumOf(bytes: Uint8Array, from: number, to: number): number {
  let sum = 0;
  for (let i = from; i < to; i += 1) sum += bytes[i] as number;
  return sum & 0xff;
}

/**
 * The one whole frame that `wire` is, un-stuffed; undefined for anything else. For bytes that came from an encoder;
 * what comes from a line goes through `FrameSplitter`. The payload may be a view of `wire`.
 */
export function decodeFrame(wire: Uint8Array): Frame | undefined {
  if (wire[0] !== 0xff || wire[1] !== 0xff) return undefined;
  const body = wire.indexOf(0xff, 2) < 0 ? wire.subarray(2) : unstuff(wire.subarray(2));
  const end = body.length - 1;
  if (end < 6 || body.length !== (body[0] as number) * 256 + (body[1] as number) + 2) return undefined;
  if (checksumOf(body.subarray(0, end)) !== body[end]) return undefined;
  return {
    cmd: body[2] as number,
    sn: body[3] as number,
    flags: (body[4] as number) * 256 + (body[5] as number),
    payload: body.subarray(6, end),
  };
}

/** A frame's wire form with its un-stuffed body, from len to checksum, changed in place and nothing made right after it. */
export function spoilFrame(wire: Uint8Array, spoil: (body: Uint8Array) => void): Uint8Array {
  const plain = Uint8Array.from(
    Buffer.concat([wire.subarray(0, HEADER_LENGTH), unstuff(wire.subarray(HEADER_LENGTH))]),
  );
  spoil(plain.subarray(HEADER_LENGTH));
  return stuffWire(plain);
}

function unstuff(body: Uint8Array): Uint8Array {
  return body.filter((byte, at) => byte !== 0x55 || body[at - 1] !== 0xff);
}
