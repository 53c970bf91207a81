import { CMD, findCommand } from "../codec/commands.js";
import type { Frame } from "../codec/frame.js";
import { formatHexNumber } from "../core/hex.js";
import type { SessionState } from "./session.js";

/** A sound frame of the MCU that the module does nothing with, for the person who wrote the firmware. */
export interface DroppedFrame {
  readonly frame: Frame;
  readonly code: "command-unknown" | "module-only" | "p0-empty" | "report-offline";
  readonly reason: string;
  readonly hint: string;
}

/** Why the module leaves a request without an answer; undefined for an answer or a notice (uart.md 2.1, 2.9). */
export function explainIgnored(frame: Frame): DroppedFrame | undefined {
  const { cmd } = frame;
  const command = findCommand(cmd);
  const name = formatHexNumber(cmd);
  if (command === undefined) {
    const reason = `the module does not know command ${name} and does not answer it`;
    return { frame, code: "command-unknown", reason, hint: "uart.md 2.1 lists the commands: is cmd the fifth byte?" };
  }
  if (command.ack === undefined || command.sender !== "module") return undefined;
  return {
    frame,
    code: "module-only",
    reason: `${name} (${command.name}) is a request of the module; it does not answer one from the MCU`,
    hint: "does the MCU send back what it receives, or are RX and TX joined? (uart.md 2.1)",
  };
}

/** Why a P0 does not go up; undefined when it does (uart.md 4). */
export function explainUnsent(frame: Frame, state: SessionState["kind"]): DroppedFrame | undefined {
  const { cmd, payload } = frame;
  if (payload.length === 0) {
    // An answer to a control is without a P0.
    if (cmd === CMD.p0DownAck) return undefined;
    const reason = "the report has no P0, and nothing goes to the cloud";
    return { frame, code: "p0-empty", reason, hint: "a report is 04 (action) and the datapoints (uart.md 4)" };
  }
  if (state === "online") return undefined;
  return {
    frame,
    code: "report-offline",
    reason: `the module is not at the cloud (${state}): what the MCU sends up is acknowledged and lost`,
    hint: "report everything when the cloud bit of the Wi-Fi status (0D, uart.md 2.3) becomes 1",
  };
}
