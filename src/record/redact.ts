import { CMD, findCommand } from "../codec/commands.js";
import { decodeFrame, encodeFrame } from "../codec/frame.js";
import { placeFields } from "../codec/payload.js";
import { GizlabError } from "../core/errors.js";
import { formatHex, formatHexNumber, parseHex } from "../core/hex.js";
import type { TraceDetail, TraceEntry } from "../core/trace.js";

const HIDDEN = "redacted";
/** Hops of bytes that are no good frame. */
const FLAWED = ["uart.bad", "uart.tolerated"];
const HEADER_LENGTH = 2;
const CMD_AT = 4;

/** A frame of the MCU that says something secret. */
interface SecretFrame {
  readonly cmd: number;
  readonly field: string;
  /** Where to cut one that is no good frame: some bytes before the secret, since as many may be missing. */
  readonly cutAt: number;
}

const SECRET_FRAMES: readonly SecretFrame[] = [
  // The product_key ends ten bytes before the secret (uart.md 2.2).
  { cmd: CMD.deviceInfo, field: "product_secret", cutAt: 72 },
  // Mode 4 says the name of a router and its password (uart.md 2.4).
  { cmd: CMD.enterConfig, field: "access_point", cutAt: 8 },
];
/** Fields of any detail that let somebody in. */
const SECRET = /passcode|secret|token|password/i;

/** True for what stands where something was hidden: by `redact`, or by a person who was as careful. */
export function isRedacted(value: unknown): boolean {
  return typeof value === "string" && /^(?:[<[(]?(?:redacted|hidden|removed)[>\])]?|\*{3,})$/i.test(value);
}

/** The entry without what would let somebody in: passcodes, tokens, and what frames say of product secret and Wi-Fi. */
export function redact(entry: TraceEntry): TraceEntry {
  const { detail } = entry;
  if (detail === undefined) return entry;
  if (FLAWED.includes(entry.hop)) return { ...plain(entry), detail: cutSecret(hide(detail)) };
  const secret = SECRET_FRAMES.find(({ cmd }) => entry.hop === "uart.up" && detail.cmd === formatHexNumber(cmd));
  return { ...plain(entry), detail: secret === undefined ? hide(detail) : hideField(hide(detail), secret) };
}

/** What is no good frame says the secret as well, at a place that only its fields could tell: its end is left out. */
function cutSecret(detail: TraceDetail): TraceDetail {
  const { hex } = detail;
  if (typeof hex !== "string") return detail;
  const code = Number.parseInt(hex.slice(2 * CMD_AT, 2 * CMD_AT + 2), 16);
  const secret = SECRET_FRAMES.find(({ cmd }) => cmd === code);
  return secret === undefined ? detail : { ...detail, hex: hex.slice(0, 2 * secret.cutAt) };
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

/** Without stuffing if the frame had none, since a recording shows what was on the wire. */
function stuffLike(wire: Uint8Array, stuffed: Uint8Array): Uint8Array {
  const isStuffed = wire.every((byte, at) => at < HEADER_LENGTH || byte !== 0xff || wire[at + 1] === 0x55);
  if (isStuffed) return stuffed;
  return stuffed.filter((byte, at) => at <= HEADER_LENGTH || byte !== 0x55 || stuffed[at - 1] !== 0xff);
}

/** Zeroes take the secret's place in the bytes, and the checksum fits again; a frame that cannot be read is hidden. */
function hideField(detail: TraceDetail, { cmd, field }: SecretFrame): TraceDetail {
  try {
    const wire = parseHex(String(detail.hex ?? ""));
    const frame = decodeFrame(wire);
    const fields = frame === undefined ? [] : placeFields(findCommand(cmd)?.fields ?? [], frame.payload);
    if (frame === undefined || fields.length === 0) return { ...detail, hex: HIDDEN, payload: HIDDEN };
    const place = fields.find(({ name }) => name === field);
    if (place === undefined || place.length === 0) return detail;
    const payload = Uint8Array.from(frame.payload).fill(0, place.offset, place.offset + place.length);
    const said = detail.fields as Readonly<Record<string, unknown>> | undefined;
    return {
      ...detail,
      ...(said === undefined ? {} : { fields: { ...said, [field]: HIDDEN } }),
      hex: formatHex(stuffLike(wire, encodeFrame({ ...frame, payload }))),
      payload: formatHex(payload),
    };
  } catch (error) {
    if (error instanceof GizlabError) return { ...detail, hex: HIDDEN, payload: HIDDEN };
    throw error;
  }
}
