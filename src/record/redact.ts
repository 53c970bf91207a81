import { CMD, findCommand } from "../codec/commands.js";
import { decodeFrame, encodeFrame } from "../codec/frame.js";
import { placeFields } from "../codec/payload.js";
import { GizlabError } from "../core/errors.js";
import { formatHex, formatHexNumber, parseHex } from "../core/hex.js";
import type { TraceDetail, TraceEntry } from "../core/trace.js";

const HIDDEN = "redacted";
/** Fields of any detail that let somebody in. */
const SECRET = /passcode|secret|token|password/i;

/** The entry without what would let somebody in: passcodes, tokens, and the product secret of a device-info frame. */
export function redact(entry: TraceEntry): TraceEntry {
  const { detail } = entry;
  if (detail === undefined) return entry;
  const isDeviceInfo = entry.hop === "uart.up" && detail.cmd === formatHexNumber(CMD.deviceInfo);
  return { ...plain(entry), detail: isDeviceInfo ? hideProductSecret(hide(detail)) : hide(detail) };
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
