import { formatCount } from "../core/count-text.js";
import { GizlabError } from "../core/errors.js";
import { formatHexNumber } from "../core/hex.js";
import { requireWidth } from "./cursor.js";

/** Commands of business frames (cloud.md 3.3 A). */
export const M2M = { send: 0x0090, report: 0x0091, sendWithAck: 0x0093, ack: 0x0094 } as const;

/** Commands of control frames between cloud and module (cloud.md 3.3 B). */
export const M2M_CONTROL = {
  appCount: 0x0210,
  otaNotice: 0x0211,
  askAppCount: 0x020f,
  deviceReset: 0x021e,
} as const;

/** `00 00 00 03 | varlen | flag | cmd | [sn] | [u16 length, did] | P0`, on `app2dev`, `dev2app` and in the LAN. */
export interface BusinessFrame {
  readonly kind: "business";
  readonly cmd: number;
  /** Present for 0x0093 and 0x0094 only. */
  readonly sn?: number;
  /** The device that the frame is about, in frames with flag 01: modules since 04D30Q29, BLE gateways (cloud.md 3.3 A). */
  readonly did?: string;
  /** The P0 of 0x0090 to 0x0094, the body of every other command. */
  readonly p0: Uint8Array;
}

/** `00 00 00 03 | cmd | body`, on `ser2cli_*` and `cli2ser_req`: no length, no flag. */
export interface ControlFrame {
  readonly kind: "control";
  readonly cmd: number;
  readonly body: Uint8Array;
}

export type M2mFrame = (BusinessFrame | ControlFrame) & { readonly offset: number };

const PREFIX = [0, 0, 0, 3] as const;
/** flag and cmd: the least that the varlen of a business frame counts. */
const BUSINESS_OVERHEAD = 3;
const SN_LENGTH = 4;
const DID_COUNT_LENGTH = 2;
/** Bit 0 of the flag: a did stands between sn and P0. */
const HAS_DID = 0x01;

/**
 * Reads all business frames of one MQTT payload, back to back (cloud.md 3.3).
 * Throws `m2m-prefix`, `m2m-length`, `m2m-truncated`, each with the offset.
 */
export function decodeBusinessFrames(bytes: Uint8Array): (BusinessFrame & { readonly offset: number })[] {
  const frames: (BusinessFrame & { readonly offset: number })[] = [];
  for (let offset = 0; offset < bytes.length; ) {
    requirePrefix(bytes, offset);
    const lengthAt = offset + PREFIX.length;
    const short = bytes[lengthAt];
    // Nearly every frame is short; the others have a length of several bytes.
    const isShort = short !== undefined && short < 0x80;
    const { value: length, size } = isShort ? { value: short, size: 1 } : readVarlen(bytes, lengthAt);
    const start = lengthAt + size;
    const end = start + length;
    if (length < BUSINESS_OVERHEAD) throw tooShort(length, lengthAt);
    if (end > bytes.length) throw truncated(end - offset, bytes.length - offset, offset);
    frames.push(readBusinessFrame(bytes, offset, start, end));
    offset = end;
  }
  return frames;
}

/** The P0 is a view of the payload, not a copy. */
function readBusinessFrame(
  bytes: Uint8Array,
  offset: number,
  start: number,
  end: number,
): BusinessFrame & { readonly offset: number } {
  const cmd = (bytes[start + 1] as number) * 256 + (bytes[start + 2] as number);
  const at = start + BUSINESS_OVERHEAD;
  if (((bytes[start] as number) & HAS_DID) !== 0) return readWithDid(bytes, { offset, start, end, cmd });
  if (!hasSn(cmd)) return { kind: "business", cmd, p0: view(bytes, at, end), offset };
  return { kind: "business", cmd, sn: readSn(bytes, start, end), p0: view(bytes, at + SN_LENGTH, end), offset };
}

function readSn(bytes: Uint8Array, start: number, end: number): number {
  const at = start + BUSINESS_OVERHEAD;
  if (at + SN_LENGTH > end) throw truncated(BUSINESS_OVERHEAD + SN_LENGTH, end - start, start);
  return new DataView(bytes.buffer, bytes.byteOffset + at, SN_LENGTH).getUint32(0);
}

interface Extent {
  readonly offset: number;
  readonly start: number;
  readonly end: number;
  readonly cmd: number;
}

function readWithDid(bytes: Uint8Array, { offset, start, end, cmd }: Extent): BusinessFrame & { offset: number } {
  const sn = hasSn(cmd) ? { sn: readSn(bytes, start, end) } : {};
  const at = start + BUSINESS_OVERHEAD + (hasSn(cmd) ? SN_LENGTH : 0);
  const size = readDidSize(bytes, at, end);
  if (size === undefined) return { kind: "business", cmd, ...sn, p0: view(bytes, at, end), offset };
  const didAt = at + DID_COUNT_LENGTH;
  const did = Buffer.from(view(bytes, didAt, didAt + size)).toString("latin1");
  return { kind: "business", cmd, ...sn, did, p0: view(bytes, didAt + size, end), offset };
}

/**
 * The length of the did at `at`. Some modules set the flag on unsolicited updates and send no did: a P0, which begins
 * with its action and never with 00, follows at once. Throws `m2m-truncated` for a did that ends behind the frame.
 */
function readDidSize(bytes: Uint8Array, at: number, end: number): number | undefined {
  if (at === end || bytes[at] !== 0) return undefined;
  if (at + DID_COUNT_LENGTH > end) throw truncated(DID_COUNT_LENGTH, end - at, at);
  const size = bytes[at + 1] as number;
  if (at + DID_COUNT_LENGTH + size > end) throw truncated(DID_COUNT_LENGTH + size, end - at, at);
  return size;
}

/** A plain view; `subarray` of a Node Buffer would make another Buffer, at several times the price. */
function view(bytes: Uint8Array, start: number, end: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + start, end - start);
}

function tooShort(length: number, offset: number): GizlabError {
  return new GizlabError("m2m-length", "the length is too small for flag and cmd", {
    expected: `at least ${BUSINESS_OVERHEAD}`,
    found: String(length),
    hint: "control frames (topics ser2cli_… and cli2ser_req) have no length: cloud.md 3.3 B",
    at: { offset },
  });
}

/** Reads the one control frame of a payload (cloud.md 3.3 B). Throws `m2m-prefix`, `m2m-truncated`. */
export function decodeControlFrame(bytes: Uint8Array): ControlFrame {
  requirePrefix(bytes, 0);
  if (bytes.length < PREFIX.length + 2) throw truncated(PREFIX.length + 2, bytes.length, 0);
  return {
    kind: "control",
    cmd: (bytes[4] as number) * 256 + (bytes[5] as number),
    body: bytes.slice(PREFIX.length + 2),
  };
}

/**
 * Reads a payload without knowing its topic: a business frame's varlen is at least 3, while every
 * control command begins with 00 or 02.
 */
export function decodeM2m(bytes: Uint8Array): M2mFrame[] {
  requirePrefix(bytes, 0);
  if ((bytes[PREFIX.length] ?? 0) < BUSINESS_OVERHEAD) return [{ ...decodeControlFrame(bytes), offset: 0 }];
  return decodeBusinessFrames(bytes);
}

/** True when the bytes begin as M2M and LAN frames do. */
export function startsLikeM2m(bytes: Uint8Array): boolean {
  return PREFIX.every((byte, at) => bytes[at] === byte);
}

/**
 * flag 00, or 01 when the frame names a did; `sn` is written for 0x0093 and 0x0094 only, 0 if absent.
 * Throws `value-too-wide`.
 */
export function encodeBusinessFrame(frame: Omit<BusinessFrame, "kind">): Uint8Array {
  requireWidth("cmd", frame.cmd, 0xffff);
  requireWidth("sn", frame.sn ?? 0, 0xffff_ffff);
  const did = frame.did === undefined ? undefined : Buffer.from(frame.did, "latin1");
  if (did !== undefined) requireWidth("the length of the did", did.length, 0xff);
  const snLength = hasSn(frame.cmd) ? SN_LENGTH : 0;
  const didLength = did === undefined ? 0 : DID_COUNT_LENGTH + did.length;
  const length = BUSINESS_OVERHEAD + snLength + didLength + frame.p0.length;
  const varlen = writeVarlen(length);
  const bytes = new Uint8Array(PREFIX.length + varlen.length + length);
  bytes.set(PREFIX, 0);
  bytes.set(varlen, PREFIX.length);
  const start = PREFIX.length + varlen.length;
  bytes[start + 1] = frame.cmd >> 8;
  bytes[start + 2] = frame.cmd;
  const didAt = start + BUSINESS_OVERHEAD + snLength;
  if (snLength > 0) new DataView(bytes.buffer).setUint32(start + BUSINESS_OVERHEAD, frame.sn ?? 0);
  if (did !== undefined) {
    bytes[start] = HAS_DID;
    bytes[didAt + 1] = did.length;
    bytes.set(did, didAt + DID_COUNT_LENGTH);
  }
  bytes.set(frame.p0, didAt + didLength);
  return bytes;
}

/** The inverse of `decodeControlFrame`. Throws `value-too-wide`. */
export function encodeControlFrame(frame: Omit<ControlFrame, "kind">): Uint8Array {
  requireWidth("cmd", frame.cmd, 0xffff);
  const bytes = new Uint8Array(PREFIX.length + 2 + frame.body.length);
  bytes.set(PREFIX, 0);
  bytes[4] = frame.cmd >> 8;
  bytes[5] = frame.cmd;
  bytes.set(frame.body, 6);
  return bytes;
}

/** 0x0210: how many app clients of this device are online, u16 (cloud.md 3.3). Throws `value-too-wide`. */
export function encodeAppCount(count: number): Uint8Array {
  requireWidth("the app count", count, 0xffff);
  return encodeControlFrame({ cmd: M2M_CONTROL.appCount, body: Uint8Array.of(count >> 8, count & 0xff) });
}

/** 0x0211: there is firmware of a type (1 Wi-Fi module, 2 MCU) for the device (cloud.md 3.3). Throws `value-too-wide`. */
export function encodeOtaNotice(type: number, did: string): Uint8Array {
  requireWidth("the type", type, 0xff);
  const text = Buffer.from(did, "latin1");
  return encodeControlFrame({
    cmd: M2M_CONTROL.otaNotice,
    body: Buffer.concat([Uint8Array.of(type, text.length >> 8, text.length & 0xff), text]),
  });
}

/** The coding of MQTT's remaining length: 7 bits a byte, low first, at most 4 bytes. Throws `m2m-length`. */
export function readVarlen(bytes: Uint8Array, offset: number): { value: number; size: number } {
  let value = 0;
  for (let size = 0; size < 4; size += 1) {
    const byte = bytes[offset + size];
    if (byte === undefined) throw truncated(size + 1, size, offset);
    value += (byte & 0x7f) * 128 ** size;
    if (byte < 0x80) return { value, size: size + 1 };
  }
  throw new GizlabError("m2m-length", "the length takes more than 4 bytes", { at: { offset } });
}

/** The inverse of `readVarlen`. Throws `value-too-wide` above 268,435,455. */
export function writeVarlen(value: number): Uint8Array {
  if (!Number.isInteger(value) || value < 0 || value >= 128 ** 4) {
    throw new GizlabError("value-too-wide", `${value} does not fit in a varlen`, { expected: "0..268435455" });
  }
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low + 0x80 : low);
  } while (rest > 0);
  return Uint8Array.from(bytes);
}

function hasSn(cmd: number): boolean {
  return cmd === M2M.sendWithAck || cmd === M2M.ack;
}

function requirePrefix(bytes: Uint8Array, offset: number): void {
  const isPrefix = bytes[offset] === 0 && bytes[offset + 1] === 0 && bytes[offset + 2] === 0 && bytes[offset + 3] === 3;
  if (isPrefix) return;
  for (let i = 0; i < PREFIX.length; i += 1) {
    const byte = bytes[offset + i];
    if (byte === PREFIX[i]) continue;
    throw new GizlabError("m2m-prefix", "an M2M frame begins with 00 00 00 03", {
      expected: formatHexNumber(PREFIX[i] ?? 0),
      found: byte === undefined ? "the end" : formatHexNumber(byte),
      at: { offset: offset + i },
    });
  }
}

function truncated(expected: number, found: number, offset: number): GizlabError {
  return new GizlabError("m2m-truncated", "the frame is shorter than it says", {
    expected: formatCount(expected, "byte"),
    found: String(found),
    at: { offset },
  });
}
