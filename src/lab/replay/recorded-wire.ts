import { findCommand } from "../../codec/commands.js";
import type { Frame } from "../../codec/frame.js";
import { splitFrames } from "../../codec/splitter.js";
import type { Millis } from "../../core/duration.js";
import { GizlabError } from "../../core/errors.js";
import { formatHex, parseHex } from "../../core/hex.js";
import type { TraceEntry } from "../../core/trace.js";
import { isRedacted } from "../../record/redact.js";

/** A frame of a wire as a trace has it. */
export interface WireEntry {
  readonly entry: TraceEntry;
  readonly at: Millis;
  readonly hop: string;
  readonly cmd: number;
  readonly sn: number;
  readonly name: string;
  /** The bytes of the wire; undefined where the recording hides them or they are no hex. */
  readonly bytes: Uint8Array | undefined;
  /** The frame in the bytes; undefined where there is no sound one. */
  readonly frame: Frame | undefined;
  /** Hex digits; what the recording says of the payload beside the bytes. */
  readonly payload: string;
}

/** The frames of one wire, in order; `mac` is that of the first device that spoke unless it is given. */
export function readWire(entries: readonly TraceEntry[], mac?: string): WireEntry[] {
  const frames = entries.filter(({ hop, detail }) => isWire(hop) && typeof detail?.hex === "string");
  const own = mac ?? frames[0]?.mac;
  return frames.filter((entry) => entry.mac === own).map(readEntry);
}

/** True for what is no request: an answer to one, which echoes its sn. */
export function isAnswer(cmd: number): boolean {
  return cmd % 2 === 0 && cmd > 0 && findCommand(cmd)?.ack === undefined && !isNotice(cmd);
}

/** True for a message that wants an answer. */
export function isRequest(cmd: number): boolean {
  return cmd % 2 === 1 && !isNotice(cmd);
}

function isNotice(cmd: number): boolean {
  return cmd === 0x11 || cmd === 0x12;
}

function isWire(hop: string): boolean {
  return hop === "uart.up" || hop === "uart.down";
}

function readEntry(entry: TraceEntry): WireEntry {
  const { at, hop, detail = {} } = entry;
  const bytes = isRedacted(detail.hex) ? undefined : readHex(String(detail.hex));
  const found = bytes === undefined ? undefined : splitFrames(bytes).find((item) => item.kind === "frame");
  const frame = found?.kind === "frame" ? found.frame : undefined;
  return {
    entry,
    at,
    hop,
    cmd: frame?.cmd ?? Number(detail.cmd ?? 0),
    sn: frame?.sn ?? Number(detail.sn ?? 0),
    name: String(detail.name ?? ""),
    bytes,
    frame,
    payload: typeof detail.payload === "string" ? detail.payload : formatHex(frame?.payload ?? new Uint8Array(0)),
  };
}

function readHex(text: string): Uint8Array | undefined {
  try {
    return parseHex(text);
  } catch (error) {
    if (error instanceof GizlabError) return undefined;
    throw error;
  }
}
