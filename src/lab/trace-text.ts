import type { Millis } from "../core/duration.js";
import { isRefusalHop } from "../core/refusals.js";
import type { TraceDetail, TraceEntry } from "../core/trace.js";
import { formatOutOfRange } from "../profile/out-of-range.js";
import { sayRefusal } from "./trace/refusal-text.js";

/** What a hop says in a line; everything else of it stays in the JSON. */
const SAID = [
  "name",
  "sn",
  "topic",
  "action",
  "attrs",
  "fields",
  "reason",
  "state",
  "code",
  "message",
  "kind",
  "problem",
];
const HOP_WIDTH = 14;
/** Below the hop of `formatHop`. */
const MARK_INDENT = 21;
/** A line that wraps on a terminal is hard to read. */
const SAID_LIMIT = 160;
const BYTES_SHOWN = 24;

/** One hop as a line: time of day, correlation id, hop, what it says. @param first datapoints that are named before others */
export function formatHop(entry: TraceEntry, first: readonly string[] = []): string {
  const said = sayHop(entry, first);
  return `${clockTime(entry.at)}  ${entry.id.padEnd(6)} ${entry.hop.padEnd(HOP_WIDTH)} ${said}`.trimEnd();
}

/** What the values of a hop need to be looked at for, a line each, to stand below `formatHop`. */
export function formatMarks({ detail }: Pick<TraceEntry, "detail">): string[] {
  return formatOutOfRange(detail?.out_of_range).map((mark) => `${" ".repeat(MARK_INDENT)}! ${mark}`);
}

/** All hops of one correlation id, each with the time since the first. @param foremost as `first` of `formatHop` */
export function formatRoad(entries: readonly TraceEntry[], foremost: readonly string[] = []): string[] {
  const [first] = entries;
  if (first === undefined) return [];
  const head = `${first.id}  ${new Date(first.at).toISOString()}  ${first.did ?? first.mac ?? ""}`.trimEnd();
  return [
    head,
    ...entries.flatMap((entry) => [
      `  ${`+${entry.at - first.at} ms`.padStart(10)}  ${entry.hop.padEnd(HOP_WIDTH)} ${sayHop(entry, foremost)}`.trimEnd(),
      ...formatMarks(entry),
    ]),
  ];
}

/** Datapoint values as people write them: `LED_OnOff=true Temperature=21`. */
export function formatAttrs(attrs: Readonly<Record<string, unknown>>): string {
  return Object.entries(attrs)
    .map(
      ([name, value]) =>
        `${name}=${typeof value === "string" && !/[\n\t]/.test(value) ? value : JSON.stringify(value)}`,
    )
    .join(" ");
}

/** A refusal names who tried, and is not cut: its cure stands at its end. */
function sayHop({ hop, did, mac, detail = {} }: TraceEntry, first: readonly string[]): string {
  if (!isRefusalHop(hop)) return say(detail, first);
  const who = [did ?? mac ?? detail.client, detail.method, detail.path].filter(
    (text) => text !== undefined && text !== "",
  );
  return `${who.join(" ")}${who.length === 0 ? "" : ": "}${sayRefusal(detail)}`;
}

function say(detail: TraceDetail, first: readonly string[]): string {
  if (detail.clause !== undefined && detail.hex !== undefined) return sayFlaw(detail);
  const said = SAID.filter((name) => detail[name] !== undefined).map((name) => {
    const value = detail[name];
    if (typeof value === "object" && value !== null && !Array.isArray(value))
      return formatAttrs(putFirst(first, value));
    return name === "name" || name === "message" ? String(value) : `${name} ${JSON.stringify(value)}`;
  });
  const text = said.length === 0 ? formatAttrs(detail) : said.join(" ");
  return text.length > SAID_LIMIT ? `${text.slice(0, SAID_LIMIT)}…` : text;
}

/** The same values, those that are named in `first` before all others. */
function putFirst(first: readonly string[], values: object): Readonly<Record<string, unknown>> {
  const all = values as Readonly<Record<string, unknown>>;
  const named = first.filter((name) => Object.hasOwn(all, name)).map((name) => [name, all[name]] as const);
  return { ...Object.fromEntries(named), ...all };
}

/** Bytes that break a clause: which way, what, where, expected and found, the likely mistake, and the bytes. */
function sayFlaw({ way, reason, clause, at, expected, found, hint, hex }: TraceDetail): string {
  const flaw = reason === undefined ? "" : ` ${reason} at byte ${at}: expected ${expected}, found ${found};`;
  const bytes = String(hex).toUpperCase().match(/../g) ?? [];
  const shown = `${bytes.slice(0, BYTES_SHOWN).join(" ")}${bytes.length > BYTES_SHOWN ? " …" : ""}`;
  // Many a hint names the clause itself.
  const why = [hint, String(hint).includes(`(${clause})`) ? undefined : `(${clause})`].filter(
    (text) => text !== undefined,
  );
  return `${way}${flaw} ${why.join(" ")}  ${shown}`;
}

function clockTime(at: Millis): string {
  return new Date(at).toISOString().slice(11, 23);
}
