import { styleText } from "node:util";
import { describeWifiStatus } from "../codec/wifi-status.js";
import { formatCount } from "../core/count-text.js";
import { formatHexNumber } from "../core/hex.js";
import type { TraceDetail, TraceEntry } from "../core/trace.js";
import { formatAttrs } from "../lab/trace-text.js";
import { keepEscapes } from "./terminal/safe-text.js";

type Colour = "cyan" | "green" | "red" | "yellow" | "magenta" | "dim";

const WAY_WIDTH = 9;
/** A value that is longer, a binary as a rule, is cut in the text; JSON has all of it. */
const VALUE_LIMIT = 48;
const HEX_LIMIT = 128;
/** What is of no news to somebody who follows a board. */
const ROUTINE = new Set(["heartbeat", "heartbeat-ack", "report-ack", "control-ack", "wifi-status-ack"]);

/** What a hop of a board says in the live log, in one line: time (UTC), way, what; coloured for a terminal. */
export function formatBoardHop({ at, hop, detail = {}, did }: TraceEntry, hasColour: boolean): string {
  const { way, text, colour } = describeHop(hop, detail, did);
  const line = `${way.padEnd(WAY_WIDTH)} ${text}`.trimEnd();
  const time = new Date(at).toISOString().slice(11, 23);
  if (!hasColour) return `${time}  ${line}`;
  // Whether there is a terminal was asked before.
  const style = (format: Colour, plain: string): string =>
    keepEscapes(styleText(format, plain, { validateStream: false }));
  return `${style("dim", time)}  ${style(colour, line)}`;
}

function describeHop(hop: string, detail: TraceDetail, did: string | undefined) {
  switch (hop) {
    case "uart.up":
      return { way: "board ->", text: describeFrame(detail), colour: colourOf(detail, "cyan") };
    case "uart.down":
      return { way: "-> board", text: describeFrame(detail), colour: colourOf(detail, "green") };
    case "uart.bad":
      return { way: "BAD", text: describeBad(detail), colour: "red" as const };
    case "uart.tolerated":
      return { way: "accepted", text: describeTolerated(detail), colour: "yellow" as const };
    case "uart.unanswered":
      return { way: "MISSING", text: describeUnanswered(detail), colour: "red" as const };
    case "uart.noise":
      return { way: "noise", text: describeNoise(detail), colour: "yellow" as const };
    case "module.state":
      return { way: "module", text: describeState(String(detail.state), did), colour: "magenta" as const };
    case "module.trouble":
      return { way: "trouble", text: describeTrouble(detail), colour: "red" as const };
    default:
      return { way: hop, text: formatAttrs(detail), colour: "dim" as const };
  }
}

/** The name first, then what it carries: datapoints in engineering units, fields by name, or bare bytes. */
function describeFrame({
  name,
  cmd,
  sn,
  attrs,
  as_before: asBefore,
  fields,
  payload,
  problem,
  hex,
}: TraceDetail): string {
  if (name === undefined) return cut(hex, HEX_LIMIT);
  const said =
    name === "wifi-status" && isRecord(fields)
      ? describeStatus(Number(fields.status))
      : isNotice(name) && isRecord(fields)
        ? describeNotice(Number(fields.error))
        : describeValues(isRecord(attrs) ? attrs : fields, payload);
  const what = name === "unknown" ? `unknown command ${cmd}` : name;
  const rest = asBefore === undefined ? "" : `(${asBefore} as before)`;
  return [`${what} sn ${sn}`, said, rest, problem === undefined ? "" : `!! ${problem}`]
    .filter((part) => part !== "")
    .join("  ");
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

function describeBad({ reason, clause, offset, at, expected, found, hint, hex }: TraceDetail): string {
  const compared: Readonly<Record<string, string>> = {
    checksum: `expected ${expected}, found ${found}`,
    truncated: `expected ${expected} bytes behind the header, found ${found}`,
    length: `len is ${expected}, expected ${found} or more`,
  };
  const place = `at byte ${at} of the frame, offset ${offset}`;
  return `${reason} ${place} (${clause}): ${compared[String(reason)]}; ${hint}  ${cut(hex, HEX_LIMIT)}`;
}

/** A mistake that gizlab accepts and a real module may not. */
function describeTolerated({ name, sn, hint, hex }: TraceDetail): string {
  return `${name} sn ${sn}: ${hint}  ${cut(hex, HEX_LIMIT)}`;
}

function describeUnanswered({ name, sn, clause, hint }: TraceDetail): string {
  return `answer to ${name} sn ${sn} (${clause}): ${hint}`;
}

function describeNoise({ bytes, over_ms: overMs, bad_frames: badFrames, hex }: TraceDetail): string {
  const span = overMs === 1000 ? "second" : `${overMs} ms`;
  const bad = badFrames === 0 ? "" : `, ${badFrames} more bad frames among them`;
  return `${formatCount(Number(bytes), "byte")} without a frame in the last ${span}${bad}: ${hex}`;
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
