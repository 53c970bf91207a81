import { explainBigData } from "./big-data-tails.js";
import { findCommand } from "./commands.js";
import { type Frame, LEN_OVERHEAD } from "./frame.js";
import type { WireForm } from "./splitter.js";

/** A mistake in a sound frame that gizlab accepts, for the person who wrote the firmware. */
export interface Tolerated {
  readonly kind: "unstuffed" | "shared-header" | "too-long" | "extra-payload" | "big-data";
  /** The rule that the frame breaks, as a section of the vendor's protocol (uart.md). */
  readonly clause: string;
  /** What is wrong, what to do, and what a real receiver makes of it. */
  readonly hint: string;
}

/** GAgent 04020006 holds frames of fewer bytes than this, un-stuffed (uart.md 1). */
const GAGENT_BUFFER = 1024;
const HEADER_AND_LEN = 4;
/** Answers without payload of GAgent 04020006 that it sends unstuffed (uart.md 1.1). */
const UNSTUFFED_ACKS: readonly number[] = [0x06, 0x0a, 0x0c, 0x14, 0x16, 0x1a, 0x1c, 0x1e, 0x20, 0x24, 0x28, 0x2a];

export const UNSTUFFED = "FF not stuffed: send 55 after every FF behind the header, last of all (uart.md 1)";

/**
 * What gizlab's receivers accept in a frame although a clause forbids it or a real receiver drops it. Nothing for what
 * the protocol allows. `way` is up for a frame of the MCU; without it, the command tells as far as it can.
 */
export function explainTolerated(frame: Frame, form: WireForm, way = wayOf(frame)): Tolerated[] {
  const found: Tolerated[] = [];
  if (form.isUnstuffed) found.push({ kind: "unstuffed", clause: "uart.md 1", hint: explainUnstuffed(frame, way) });
  if (form.sharesHeader) {
    const taken = way === "down" ? "gizlab takes both frames" : "gizlab takes both frames, a real GAgent only this one";
    const hint = `one FF is missing: the checksum FF of the frame before is also the first FF of this header; send FF 55, then FF FF (uart.md 1). ${taken} (uart.md 1.2)`;
    found.push({ kind: "shared-header", clause: "uart.md 1", hint });
  }
  const total = frame.payload.length + LEN_OVERHEAD + HEADER_AND_LEN;
  if (way !== "down" && total >= GAGENT_BUFFER) {
    const hint = `a frame of ${total} bytes: GAgent 04020006 holds fewer than ${GAGENT_BUFFER} and drops it, gizlab takes it; keep a payload to 900 bytes (uart.md 1)`;
    found.push({ kind: "too-long", clause: "uart.md 1", hint });
  }
  const beyond = explainBigData(frame.cmd, frame.payload) ?? explainExtra(frame);
  return beyond === undefined ? found : [...found, beyond];
}

function explainExtra({ cmd, payload }: Frame): Tolerated | undefined {
  const command = findCommand(cmd);
  if (command?.fields.length !== 0 || payload.length === 0) return undefined;
  const hint = `${payload.length} ${payload.length === 1 ? "byte" : "bytes"} of payload in ${command.name}, which has none (uart.md 2.1): is len right, or the command? gizlab does not look at them`;
  return { kind: "extra-payload", clause: "uart.md 2.1", hint };
}

/** The hints of `explainTolerated` as one text; undefined for a frame without a flaw. */
export function hintTolerated(frame: Frame, form: WireForm, way?: "up" | "down"): string | undefined {
  const hints = explainTolerated(frame, form, way).map(({ hint }) => hint);
  return hints.length === 0 ? undefined : hints.join("; ");
}

function explainUnstuffed({ cmd, payload }: Frame, way: "up" | "down" | undefined): string {
  const isPlainAck = payload.length === 0 && UNSTUFFED_ACKS.includes(cmd);
  const dropped = `${UNSTUFFED}. gizlab takes the frame, a real GAgent drops it (uart.md 1.2)`;
  if (way === "up") return dropped;
  const fault = "the fault is the module's, and an MCU has to take it";
  if (isPlainAck && way === "down") {
    return `FF not stuffed: GAgent 04020006 sends its plain acknowledgements so (uart.md 1.1); ${fault}`;
  }
  if (isPlainAck) return `${dropped}; from a module, GAgent 04020006 sends its plain acknowledgements so (uart.md 1.1)`;
  if (way === "down") return `${UNSTUFFED}. gizlab takes the frame as the vendor's MCU SDK does (uart.md 1.2)`;
  return dropped;
}

function wayOf({ cmd }: Frame): "up" | "down" | undefined {
  const sender = findCommand(cmd)?.sender ?? "both";
  if (sender === "both") return undefined;
  return sender === "mcu" ? "up" : "down";
}
