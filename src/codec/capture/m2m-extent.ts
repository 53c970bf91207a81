import { GizlabError } from "../../core/errors.js";
import { findM2mCommand } from "../m2m/commands.js";
import { type BusinessFrame, decodeBusinessFrames, decodeControlFrame, type M2mFrame, readVarlen } from "../m2m.js";
import { measureFields } from "../payload.js";
import { isUartStart } from "./uart-extent.js";

/** What stands at a `00 00 00 03`. */
export type M2mSighting =
  | {
      readonly kind: "frame";
      readonly frame: M2mFrame;
      readonly end: number;
      /** The command is one of cloud.md and the flag is 00 or 01: no chance hit. */
      readonly isKnown: boolean;
      /** What the frame does against its own length, and is known to do. */
      readonly note?: string;
    }
  /** A frame that is wrong in itself, or ends behind the bytes. */
  | { readonly kind: "broken"; readonly error: GizlabError }
  | { readonly kind: "none" };

const PREFIX_LENGTH = 4;
/** flag and cmd. */
const LEAST_LENGTH = 3;
/** Far above what any module sends; a longer one is a chance hit. */
const LONGEST = 1 << 20;
/** Control frames have no length: so far a body is looked at. */
const LONGEST_CONTROL_BODY = 4096;

/** True when bytes begin as M2M and LAN frames do. */
export function isM2mPrefix(bytes: Uint8Array, at: number): boolean {
  return bytes[at] === 0 && bytes[at + 1] === 0 && bytes[at + 2] === 0 && bytes[at + 3] === 3;
}

/** Looks at the bytes from `at` on, without knowing the topic (cloud.md 3.3). */
export function sightM2m(bytes: Uint8Array, at: number): M2mSighting {
  if (!isM2mPrefix(bytes, at)) return { kind: "none" };
  const first = bytes[at + PREFIX_LENGTH];
  return first === 0 || first === 2 ? sightControl(bytes, at) : sightBusiness(bytes, at);
}

function sightBusiness(bytes: Uint8Array, at: number): M2mSighting {
  try {
    const { value: length, size } = readVarlen(bytes, at + PREFIX_LENGTH);
    const start = at + PREFIX_LENGTH + size;
    const end = start + length;
    const short = length < LEAST_LENGTH ? undefined : sightShort(bytes, at, start, end);
    if (short !== undefined) return short;
    if (length > LONGEST) return { kind: "none" };
    const [frame] = decodeBusinessFrames(bytes.subarray(at, end));
    if (frame === undefined) return { kind: "none" };
    const isKnown = findM2mCommand("business", frame.cmd) !== undefined && (bytes[start] ?? 0) <= 1;
    return { kind: "frame", frame: { ...frame, offset: at }, end, isKnown };
  } catch (error) {
    if (!(error instanceof GizlabError)) throw error;
    return { kind: "broken", error };
  }
}

/** A body that modules are known to send in place of the longer one that the length promises. */
function sightShort(bytes: Uint8Array, at: number, start: number, end: number): M2mSighting | undefined {
  const cmd = (bytes[start + 1] ?? 0) * 256 + (bytes[start + 2] ?? 0);
  const short = findM2mCommand("business", cmd)?.shortBody;
  if (short === undefined || end <= start + LEAST_LENGTH + short.hex.length / 2) return undefined;
  const bodyAt = start + LEAST_LENGTH;
  const body = Buffer.from(short.hex, "hex");
  const shortEnd = bodyAt + body.length;
  if (body.compare(bytes.subarray(bodyAt, shortEnd)) !== 0 || !isFrameBoundary(bytes, shortEnd)) return undefined;
  const frame: BusinessFrame = { kind: "business", cmd, p0: bytes.slice(bodyAt, shortEnd) };
  return { kind: "frame", frame: { ...frame, offset: at }, end: shortEnd, isKnown: true, note: short.note };
}

/** The body of a known command is as long as its fields; any other one goes up to the next frame. */
function sightControl(bytes: Uint8Array, at: number): M2mSighting {
  try {
    const bodyAt = at + PREFIX_LENGTH + 2;
    const { cmd } = decodeControlFrame(bytes.subarray(at, bodyAt));
    const command = findM2mCommand("control", cmd);
    const limit = Math.min(bytes.length, bodyAt + LONGEST_CONTROL_BODY, findNextStart(bytes, bodyAt));
    const fields = command?.body.kind === "fields" ? command.body.fields : undefined;
    const end = fields === undefined ? limit : bodyAt + measureFields(fields, bytes.subarray(bodyAt, limit));
    const frame = { kind: "control", cmd, body: bytes.slice(bodyAt, end), offset: at } as const;
    return { kind: "frame", frame, end, isKnown: command !== undefined };
  } catch (error) {
    if (!(error instanceof GizlabError)) throw error;
    return { kind: "broken", error };
  }
}

function findNextStart(bytes: Uint8Array, from: number): number {
  const end = Math.min(bytes.length, from + LONGEST_CONTROL_BODY);
  for (let at = from; at < end; at += 1) if (isUartStart(bytes, at) || isM2mPrefix(bytes, at)) return at;
  return end;
}

/** True where the bytes end or a frame begins. */
export function isFrameBoundary(bytes: Uint8Array, at: number): boolean {
  return at === bytes.length || isM2mPrefix(bytes, at) || isUartStart(bytes, at);
}
