import { checksumOf, LEN_OVERHEAD } from "./frame.js";
import { explainItem } from "./mistakes.js";
import { splitFrames } from "./splitter.js";
import { hintTolerated } from "./tolerance.js";

/** What the checksum of some bytes is, and whether the one that a frame carries fits (uart.md 1). */
export type ChecksumReport =
  /** Bytes that are no frame: their plain sum, mod 256. */
  | { readonly kind: "bytes"; readonly sum: number }
  /** A frame from `len` on, without the checksum that it is to get. */
  | { readonly kind: "unsummed"; readonly sum: number }
  | { readonly kind: "frame"; readonly sum: number; readonly found: number; readonly hint?: string }
  /** It begins like a frame and its length is wrong, so that nobody knows where the checksum stands. */
  | { readonly kind: "broken"; readonly reason: string; readonly hint?: string; readonly sum: number };

const HEADER_LENGTH = 2;
const LEN_FIELD = 2;

/** Sums a frame with its header, the same from `len` on with or without its checksum, or any bytes. */
export function examineChecksum(bytes: Uint8Array): ChecksumReport {
  if (bytes[0] === 0xff && bytes[1] === 0xff) return examineFrame(bytes);
  const sum = checksumOf(bytes);
  const len = (bytes[0] ?? 0) * 256 + (bytes[1] ?? 0);
  if (len < LEN_OVERHEAD) return { kind: "bytes", sum };
  if (len === bytes.length - LEN_FIELD + 1) return { kind: "unsummed", sum };
  if (len !== bytes.length - LEN_FIELD) return { kind: "bytes", sum };
  const found = bytes[bytes.length - 1] as number;
  return { kind: "frame", sum: checksumOf(bytes.subarray(0, -1)), found };
}

function examineFrame(bytes: Uint8Array): ChecksumReport {
  const items = splitFrames(bytes);
  const [first] = items;
  const rest = checksumOf(bytes.subarray(HEADER_LENGTH));
  if (first?.kind === "frame" && items.length === 1) {
    const { cmd, sn, flags, payload } = first.frame;
    const len = payload.length + LEN_OVERHEAD;
    const head = Uint8Array.of(len >> 8, len, cmd, sn, flags >> 8, flags);
    const sum = (checksumOf(head) + checksumOf(payload)) & 0xff;
    const hint = hintTolerated(first.frame, first.form);
    return { kind: "frame", sum, found: sum, ...(hint === undefined ? {} : { hint }) };
  }
  const at = items.findIndex(({ kind }) => kind === "bad");
  const item = items[at];
  if (item?.kind !== "bad") return { kind: "broken", reason: "more than one frame", sum: rest };
  const hint = explainItem(items, at);
  const explained = hint === undefined ? {} : { hint };
  const { reason, expected, found } = item.bad;
  if (reason === "checksum" && at === 0 && items.length === 1)
    return { kind: "frame", sum: expected, found, ...explained };
  if (reason === "truncated" && at === 0 && items.length === 1 && expected - found === 1) {
    return { kind: "unsummed", sum: checksumOf(unstuffBody(bytes)) };
  }
  return { kind: "broken", reason, ...explained, sum: rest };
}

function unstuffBody(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(HEADER_LENGTH).filter((byte, at, body) => byte !== 0x55 || body[at - 1] !== 0xff);
}
