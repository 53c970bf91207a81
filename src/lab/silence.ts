import { CMD } from "../codec/commands.js";
import { formatCount } from "../core/count-text.js";
import type { WireTally } from "./wire-watch.js";

/** A port, as far as it matters to why nobody answers at it. */
export interface QuietPort {
  /** PORT as the command line had it. */
  readonly text: string;
  /** Where the other side of a pty opens it. */
  readonly path?: string | undefined;
  /** Undefined where the port has no speed of its own. */
  readonly baud?: number | undefined;
}

/** Why a board may not answer, in one sentence; `kind` is for programs. */
export interface SilenceHint {
  readonly kind: "no-bytes" | "no-header" | "text" | "no-sound-frame" | "echo" | "no-device-info";
  readonly message: string;
}

/** So much of what came must be printable to be called text. */
const TEXT_SHARE = 0.9;
const TEXT_LEAST = 8;

/** What a module asks, which no MCU says: heard from the board, it is the module's own voice. */
const MODULE_ONLY: readonly number[] = [CMD.getDeviceInfo, CMD.heartbeat, CMD.wifiStatus];

/** True for a command that only modules send, so that it must have come back from the wire. */
export function isEcho(cmd: number): boolean {
  return MODULE_ONLY.includes(cmd);
}

/** What is probably wrong with a board that has not said who it is, judged by what came from it meanwhile. */
export function explainSilence(tally: WireTally, hasEcho: boolean, port: QuietPort): SilenceHint {
  if (tally.bytes === 0) return { kind: "no-bytes", message: explainNothing(port) };
  if (hasEcho) {
    const message = `${port.text} gives back what is written to it: RX and TX are joined, or the adapter echoes; the board itself is silent`;
    return { kind: "echo", message };
  }
  if (tally.sound > 0) {
    const message =
      "the board sends sound frames, but does not answer the question for its device info (01): the answer is 02 with the same sn (uart.md 2.2)";
    return { kind: "no-device-info", message };
  }
  if (tally.begun > 0) {
    const message = `frames begin (FF FF) but none is sound: each is explained where it came; if nearly all bytes are wrong, it is the speed or the ground${adviseBaud(port)}`;
    return { kind: "no-sound-frame", message };
  }
  const text = readText(tally.head);
  if (text !== undefined) {
    const message = `the board writes text (${JSON.stringify(text)}): this looks like its debug port; join the UART that its code uses for the Wi-Fi module`;
    return { kind: "text", message };
  }
  const message = `${formatCount(tally.bytes, "byte")} came, but no FF FF, with which every frame begins (uart.md 1): the speed is probably wrong${adviseBaud(port)}`;
  return { kind: "no-header", message };
}

function explainNothing({ text, path, baud }: QuietPort): string {
  if (path !== undefined) return `nothing has come yet: open ${path} in the program that is the board`;
  if (baud === undefined) {
    return `not one byte has come over ${text}: is the board at its other end powered, its TX at that end's RX, and the speed there right?`;
  }
  return `not one byte from the board at ${baud} baud: has it power, do RX and TX cross over (its TX to the adapter's RX), is GND joined, do the levels fit (3.3 V)?`;
}

function adviseBaud({ text, baud }: QuietPort): string {
  if (baud === undefined) return "; set it where the other end meets the board (9600 8N1 as the vendor has it)";
  return `; ${baud} baud is set, gizlab bridge ${text} --baud auto tries all of them`;
}

function readText(head: Uint8Array): string | undefined {
  const printable = head.filter((byte) => (byte >= 0x20 && byte < 0x7f) || byte === 0x0a || byte === 0x0d);
  if (head.length < TEXT_LEAST || printable.length < head.length * TEXT_SHARE) return undefined;
  return Buffer.from(printable).toString("latin1").trim().slice(0, 40);
}
