import { describeWifiStatus } from "../../codec/wifi-status.js";
import type { Millis } from "../../core/duration.js";
import { formatHexNumber } from "../../core/hex.js";
import type { TraceDetail, TraceEntry } from "../../core/trace.js";
import { formatAttrs } from "../../lab/trace-text.js";

export type Colour = "cyan" | "green" | "red" | "yellow" | "magenta" | "dim";

/** What a hop says in a line, behind its time. */
export interface HopLine {
  /** Which way a frame went, or what the line is of; all are of one width. */
  readonly way: string;
  readonly text: string;
  readonly colour: Colour;
}

const WAY_WIDTH = 9;
/** In place of the way, for what is wrong. */
export const MARK = "!".padEnd(WAY_WIDTH);
/** A value that is longer, a binary as a rule, is cut in the text; JSON has all of it. */
const VALUE_LIMIT = 48;
const HEX_LIMIT = 128;
/** What is of no news to somebody who follows a board. */
const ROUTINE = new Set(["heartbeat", "heartbeat-ack", "report-ack", "control-ack", "wifi-status-ack"]);

/** The time of day (UTC), as every event begins. */
export function formatTime(at: Millis): string {
  return new Date(at).toISOString().slice(11, 23);
}

/** A hop of a wire in words: `MCU -> ` and `-> MCU` are frames, whoever is at its other end. */
export function describeHop({ hop, detail = {}, did }: TraceEntry, isAgain = false): HopLine {
  const line = (way: string, text: string, colour: Colour): HopLine => ({ way: way.padEnd(WAY_WIDTH), text, colour });
  switch (hop) {
    case "uart.up":
      return line("MCU ->", describeFrame(detail), colourOf(detail, "cyan"));
    case "uart.down":
      return line("-> MCU", describeFrame(detail, isAgain), colourOf(detail, "green"));
    case "uart.bad":
      return line(detail.way === "down" ? "-> MCU" : "MCU ->", `bad frame  ${cut(detail.hex, HEX_LIMIT)}`, "red");
    case "module.state":
      return line("module", describeState(String(detail.state), did), "magenta");
    case "module.trouble":
      return line("trouble", describeTrouble(detail), "red");
    default:
      return line(hop, formatAttrs(detail), "dim");
  }
}

/** The name first, then what it carries: datapoints in engineering units, fields by name, or bare bytes. */
function describeFrame(
  { name, cmd, sn, attrs, as_before: asBefore, fields, payload, hex }: TraceDetail,
  isAgain = false,
): string {
  if (name === undefined) return cut(hex, HEX_LIMIT);
  const said =
    name === "wifi-status" && isRecord(fields)
      ? describeStatus(Number(fields.status))
      : isNotice(name) && isRecord(fields)
        ? describeNotice(Number(fields.error))
        : describeValues(isRecord(attrs) ? attrs : fields, payload);
  const what = name === "unknown" ? `unknown command ${cmd}` : name;
  const rest = asBefore === undefined ? "" : `(${asBefore} as before)`;
  return [`${what} sn ${sn}${isAgain ? " (again)" : ""}`, said, rest].filter((part) => part !== "").join("  ");
}

/** `0x071A station binding router rssi=7` (uart.md 2.3). */
function describeStatus(bits: number): string {
  return `${formatHexNumber(bits, 4)} ${describeWifiStatus(bits)}`;
}

function isNotice(name: unknown): boolean {
  return name === "illegal-message-from-mcu" || name === "illegal-message-from-module";
}

/** What one side says of a message that it does not take (uart.md 2.9). */
function describeNotice(error: number): string {
  const meaning = ["", "wrong checksum", "unknown command", "other", "wrong file type"][error] ?? "";
  return `error=${error} ${meaning}`.trimEnd();
}

function describeValues(values: unknown, payload: unknown): string {
  if (!isRecord(values)) return cut(payload ?? "", HEX_LIMIT);
  const short = Object.entries(values).map(([name, value]) => [
    name,
    typeof value === "string" ? cut(value, VALUE_LIMIT) : value,
  ]);
  return formatAttrs(Object.fromEntries(short) as Readonly<Record<string, unknown>>);
}

function cut(value: unknown, limit: number): string {
  const text = String(value);
  return text.length > limit ? `${text.slice(0, limit)}…` : text;
}

function describeState(state: string, did: string | undefined): string {
  const said: Readonly<Record<string, string>> = {
    off: "off",
    asking: "asking the board who it is",
    registering: "registering at the cloud",
    provisioning: "asking the cloud for its broker",
    connecting: "connecting to the broker",
    subscribing: "subscribing",
    online: "online",
    waiting: "waiting to try the cloud again",
    configuring:
      "in configuration mode, away from the cloud for 5 min or until the board restarts the module (uart.md 2.4, 3)",
  };
  return `${said[state] ?? state}${state === "online" && did !== undefined ? ` as did ${did}` : ""}`;
}

function describeTrouble({ code, message, hint }: TraceDetail): string {
  return `${message} [${code}]${hint === undefined ? "" : `; ${hint}`}`;
}

function colourOf({ name, problem }: TraceDetail, usual: Colour): Colour {
  if (problem !== undefined || name === undefined) return "red";
  return ROUTINE.has(String(name)) ? "dim" : usual;
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
