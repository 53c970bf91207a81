import { CMD, findCommand } from "../codec/commands.js";
import { decodeFrame, encodeFrame } from "../codec/frame.js";
import { placeFields } from "../codec/payload.js";
import { GizlabError } from "../core/errors.js";
import { formatHex, formatHexNumber, parseHex } from "../core/hex.js";
import type { TraceDetail, TraceEntry } from "../core/trace.js";

const HIDDEN = "redacted";
/** Hops of bytes that are no good frame. */
const FLAWED = ["uart.bad", "uart.tolerated"];
const CMD_AT = 4;
/** Where the product_key ends, ten bytes before the secret (uart.md 2.2): so many may be missing. */
const KEY_END = 72;
/** Fields of any detail that let somebody in. */
const SECRET = /passcode|secret|token|password/i;

/** The entry without what would let somebody in: passcodes, tokens, and the product secret of a device-info frame. */
export function redact(entry: TraceEntry): TraceEntry {
  const { detail } = entry;
  if (detail === undefined) return entry;
  if (FLAWED.includes(entry.hop)) return { ...plain(entry), detail: cutDeviceInfo(hide(detail)) };
  const isDeviceInfo = entry.hop === "uart.up" && detail.cmd === formatHexNumber(CMD.deviceInfo);
  return { ...plain(entry), detail: isDeviceInfo ? hideProductSecret(hide(detail)) : hide(detail) };
}

/** A device info that is no good frame says the secret as well, at a place that only its fields could tell: its end is left out. */
function cutDeviceInfo(detail: TraceDetail): TraceDetail {
  const { hex } = detail;
  if (typeof hex !== "string" || Number.parseInt(hex.slice(2 * CMD_AT, 2 * CMD_AT + 2), 16) !== CMD.deviceInfo)
    return detail;
  return { ...detail, hex: hex.slice(0, 2 * KEY_END) };
}

function plain({ at, id, hop, did, mac }: TraceEntry): TraceEntry {
  return { at, id, hop, ...(did === undefined ? {} : { did }), ...(mac === undefined ? {} : { mac }) };
}

function hide<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(hide) as T;
  return Object.fromEntries(
    Object.entries(value).map(([name, content]) => [name, SECRET.test(name) ? HIDDEN : hide(content)]),
  ) as T;
}

/** Zeroes take the secret's place in the bytes, and the checksum fits again; a frame that cannot be read is hidden. */
function hideProductSecret(detail: TraceDetail): TraceDetail {
  try {
    const frame = decodeFrame(parseHex(String(detail.hex ?? "")));
    const fields = frame === undefined ? [] : placeFields(findCommand(CMD.deviceInfo)?.fields ?? [], frame.payload);
    if (frame === undefined || fields.length === 0) return { ...detail, hex: HIDDEN, payload: HIDDEN };
    const place = fields.find(({ name }) => name === "product_secret");
    if (place === undefined) return detail;
    const payload = Uint8Array.from(frame.payload).fill(0, place.offset, place.offset + place.length);
    return { ...detail, hex: formatHex(encodeFrame({ ...frame, payload })), payload: formatHex(payload) };
  } catch (error) {
    if (error instanceof GizlabError) return { ...detail, hex: HIDDEN, payload: HIDDEN };
    throw error;
  }
}
