import { isRefusalHop } from "../../core/refusals.js";
import type { TraceDetail, TraceEntry } from "../../core/trace.js";
import { sayRefusal } from "../../lab/trace/refusal-text.js";
import { formatOutOfRange } from "../../profile/out-of-range.js";

/** Something wrong that a hop shows, for the person who wrote the firmware. */
export interface Flaw {
  /** Flaws of one kind are explained once, and then counted. */
  readonly kind: string;
  /** All there is to say, for the first of its kind. */
  readonly text: string;
  /** What it is, for the count of those that follow. */
  readonly short: string;
}

/** Numbers differ from frame to frame; what is wrong stays the same. */
const NUMBERS = /\b(?:0x)?[0-9A-F]*\d[0-9A-F]*\b/gi;
const SHORT_LENGTH = 80;
const NOTICE = /^illegal-message-from-/;

/** Hops that are nothing but a flaw: their frame is shown by another hop, or there is none. */
export function isOnlyFlaw(hop: string): boolean {
  return ["uart.tolerated", "uart.unanswered", "uart.late", "uart.noise"].includes(hop) || isRefusalHop(hop);
}

/** A bad frame, and the notice of one, come as often as the mistake: they are shown once and then counted. */
export function isShownOnce({ hop, detail }: TraceEntry): boolean {
  return hop === "uart.bad" || NOTICE.test(String(detail?.name));
}

/** What is wrong with a hop; nothing for one that is as it should be. */
export function findFlaws({ hop, detail = {} }: TraceEntry): Flaw[] {
  switch (hop) {
    case "uart.bad":
      return [flaw(`${hop} ${detail.reason} ${detail.hint}`, describeBad(detail), String(detail.hint))];
    case "uart.tolerated":
      return [flaw(`${hop} ${detail.mistake}`, `${detail.name} sn ${detail.sn}: ${detail.hint}`, String(detail.hint))];
    case "uart.unanswered": {
      const { name, sn, clause, hint, found_sn: foundSn, constant_sn: isConstantSn } = detail;
      if (isConstantSn === true)
        return [flaw(`${hop} constant`, `${hint} (${clause})`, "answers that carry always one sn")];
      const short = foundSn === undefined ? `no answer to ${name}` : `answer to ${name} with another sn`;
      return [flaw(`${hop} ${short}`, `no answer to ${name} sn ${sn}: ${hint} (${clause})`, short)];
    }
    case "uart.late": {
      const { name, sn, hint } = detail;
      return [flaw(`${hop} ${name}`, `late answer to ${name} sn ${sn}: ${hint}`, `late answer to ${name}`)];
    }
    case "uart.noise":
      return [flaw(hop, describeNoise(detail), "bytes that are no frame")];
    default:
      if (isRefusalHop(hop))
        return [flaw(`${hop} ${detail.code} ${detail.cmd}`, sayDropped(detail), `${detail.reason}`)];
      return findValueFlaws(hop, detail);
  }
}

function findValueFlaws(hop: string, { name, problem, fields, out_of_range: outOfRange }: TraceDetail): Flaw[] {
  if (NOTICE.test(String(name))) {
    const side = hop === "uart.up" ? "MCU" : "module";
    const { error } = (fields ?? {}) as { readonly error?: unknown };
    const short = `the ${side} says that it does not take a frame`;
    return [flaw(`${hop} ${name} error ${"e".repeat(Number(error ?? 0))}`, `${short} (uart.md 2.9)`, short)];
  }
  const flaws = formatOutOfRange(outOfRange).map((text) => {
    const [point] = text.split(" ");
    return flaw(`range ${point}`, text, `${point} outside its limits`);
  });
  if (problem !== undefined)
    flaws.push(flaw(`problem ${hop} ${name} ${problem}`, `${name}: ${problem}`, `${name}: ${problem}`));
  return flaws;
}

function sayDropped({ name, sn, ...detail }: TraceDetail): string {
  const what = name === undefined ? "" : `${name} sn ${sn}: `;
  return `${what}${sayRefusal(detail)}`;
}

function describeBad({ reason, clause, offset, at, expected, found, hint }: TraceDetail): string {
  const compared: Readonly<Record<string, string>> = {
    checksum: `: expected ${expected}, found ${found}`,
    truncated: `: expected ${expected} bytes behind the header, found ${found}`,
    // The hint has the length and the limit.
    length: "",
  };
  const cited = String(hint).includes(`(${clause})`) ? "" : ` (${clause})`;
  return `${reason} at byte ${at} of the frame, offset ${offset}${compared[String(reason)] ?? ""}; ${hint}${cited}`;
}

function describeNoise({ bytes, over_ms: overMs, bad_frames: badFrames, hex }: TraceDetail): string {
  const bad = badFrames === undefined || badFrames === 0 ? "" : `, ${badFrames} more bad frames among them`;
  if (bytes === undefined) return `bytes that are no frame: ${hex}`;
  return `${bytes} bytes without a frame in the last ${overMs === 1000 ? "second" : `${overMs} ms`}${bad}: ${hex}`;
}

function flaw(kind: string, text: string, short: string): Flaw {
  const [first = short] = short.split(/[;:]/);
  const cut = first.length > SHORT_LENGTH ? `${first.slice(0, SHORT_LENGTH)}…` : first;
  return { kind: kind.replace(NUMBERS, "#"), text, short: cut };
}
