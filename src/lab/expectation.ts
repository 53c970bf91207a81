import { formatDuration, type Millis } from "../core/duration.js";
import { GizlabError } from "../core/errors.js";
import { isRefusalHop } from "../core/refusals.js";
import type { Trace, TraceEntry } from "../core/trace.js";
import { describeRefusal } from "./trace/refusal-text.js";
import { formatAttrs, formatHop, formatRoad } from "./trace-text.js";

/** What somebody waits for in the trace. */
export interface Expected {
  /** In the words of the test: `report {"Temperature":21}`. */
  readonly words: string;
  /** Datapoints that are wanted: they are shown before all others. */
  readonly names?: readonly string[];
  readonly hops: readonly string[];
  /** The device's mac; every device without. */
  readonly mac?: string | undefined;
  /** The device's did, by which faults name it. */
  readonly did?: string | undefined;
  /** How far an entry is from what is wanted: nothing missing is a match. */
  readonly compare: (entry: TraceEntry) => Comparison;
}

export interface Comparison {
  /** What is not as wanted, in words. */
  readonly differences: readonly string[];
  /** How many of the wanted things are there. */
  readonly agreements: number;
}

/** Values wanted of datapoints, or a question to all of them. */
export type WantedAttrs = Readonly<Record<string, unknown>> | ((attrs: Readonly<Record<string, unknown>>) => boolean);

/** The way of waiting: on a virtual clock it moves time. */
export interface Waiting {
  readonly trace: Trace;
  /** Resolves with true when `promise` settles within the span. */
  readonly waitFor: (promise: Promise<unknown>, spanMs: Millis) => Promise<boolean>;
}

const LAST_HOPS = 12;
const LAST_REFUSALS = 3;
/** The hex of a binary may be written in either case. */
const HEX = /^[0-9a-f]+$/i;
const SHOWN_FRAMES = ["uart.up", "uart.down", "mqtt.up", "mqtt.down", "cloud.stored", "mcu.control", "fault"];

/** Compares the attrs of an entry with what is wanted; datapoints that are not named may be anything. */
export function compareAttrs(wanted: WantedAttrs, entry: TraceEntry): Comparison {
  const attrs = (entry.detail?.attrs ?? {}) as Readonly<Record<string, unknown>>;
  if (typeof wanted === "function") {
    return wanted(attrs) === true
      ? { differences: [], agreements: 1 }
      : { differences: [`the question says no to ${formatAttrs(attrs)}`], agreements: 0 };
  }
  return compareFields(wanted, attrs);
}

/** Compares named fields. */
export function compareFields(
  wanted: Readonly<Record<string, unknown>>,
  found: Readonly<Record<string, unknown>>,
): Comparison {
  const differences: string[] = [];
  for (const [name, value] of Object.entries(wanted)) {
    if (!isSame(value, found[name])) {
      differences.push(`${name} is ${JSON.stringify(found[name]) ?? "not there"}, wanted ${JSON.stringify(value)}`);
    }
  }
  return { differences, agreements: Object.keys(wanted).length - differences.length };
}

/**
 * Waits until the trace has an entry that fits, looking first at what came since `position`. Throws
 * `expectation-failed` with what came nearest and the last frames of the device.
 */
export async function expectHop(
  { trace, waitFor }: Waiting,
  expected: Expected,
  position: number,
  withinMs: Millis,
): Promise<TraceEntry> {
  const found = trace.from(position).find((entry) => fits(expected, entry));
  if (found !== undefined) return found;
  let stop = (): void => {};
  let match: TraceEntry | undefined;
  const come = new Promise<void>((resolve, reject) => {
    stop = trace.listen((entry) => {
      try {
        if (match !== undefined || !fits(expected, entry)) return;
        match = entry;
        resolve();
      } catch (error) {
        // A question of the test's own that threw is the test's failure, not the platform's.
        reject(error as Error);
      }
    });
  });
  try {
    await waitFor(come, withinMs);
  } finally {
    stop();
  }
  if (match !== undefined) return match;
  throw new GizlabError(
    "expectation-failed",
    `no ${expected.words} within ${formatDuration(withinMs)}${explain(trace, expected, position)}`,
  );
}

/** Waits the whole span and throws `expectation-failed` if something fits that comes in it, or has come since `position`. */
export async function expectNoHop(
  { trace, waitFor }: Waiting,
  unwanted: Expected,
  position: number,
  spanMs: Millis,
): Promise<void> {
  let stop = (): void => {};
  let match = trace.from(position).find((entry) => fits(unwanted, entry));
  const come = new Promise<void>((resolve, reject) => {
    stop = trace.listen((entry) => {
      try {
        if (match !== undefined || !fits(unwanted, entry)) return;
        match = entry;
        resolve();
      } catch (error) {
        reject(error as Error);
      }
    });
  });
  try {
    if (match === undefined) await waitFor(come, spanMs);
  } finally {
    stop();
  }
  if (match === undefined) return;
  throw new GizlabError(
    "expectation-failed",
    `a ${unwanted.words} came, which should not\n  ${formatHop(match, unwanted.names)}${listLast(trace, unwanted, position)}`,
  );
}

function concerns({ hops, mac }: Expected, entry: TraceEntry): boolean {
  return hops.includes(entry.hop) && (mac === undefined || entry.mac === mac);
}

function fits(expected: Expected, entry: TraceEntry): boolean {
  return concerns(expected, entry) && expected.compare(entry).differences.length === 0;
}

/** What came nearest, its whole road, and the last frames. */
function explain(trace: Trace, expected: Expected, position: number): string {
  const entries = trace.from(position);
  let nearest: { entry: TraceEntry; comparison: Comparison } | undefined;
  for (const entry of entries) {
    if (!concerns(expected, entry)) continue;
    const comparison = expected.compare(entry);
    if (nearest === undefined || comparison.agreements >= nearest.comparison.agreements)
      nearest = { entry, comparison };
  }
  if (nearest === undefined) {
    const lost = trace.keepsFrom(position) ? "" : "; older hops are no longer kept, so expect sooner after the change";
    return `\n  nothing of the kind came${lost}${listRefusals(trace, expected, position)}${listLast(trace, expected, position)}`;
  }
  const { entry, comparison } = nearest;
  const road = formatRoad(
    entries.filter(({ id }) => id === entry.id),
    expected.names,
  ).map((line) => `\n    ${line}`);
  return [
    `\n  nearest: ${formatHop(entry, expected.names)}`,
    ...comparison.differences.map((difference) => `\n    ${difference}`),
    "\n  its road:",
    ...road,
    listRefusals(trace, expected, position),
    listLast(trace, expected, position),
  ].join("");
}

function isAbout({ mac, did }: Expected, entry: TraceEntry): boolean {
  return mac === undefined || (entry.mac === undefined ? entry.did === did : entry.mac === mac);
}

/** What was refused to the device since, or was being refused. */
function listRefusals(trace: Trace, expected: Expected, position: number): string {
  const since = trace.from(position)[0]?.at ?? Number.POSITIVE_INFINITY;
  const refused = trace
    .from(0)
    .filter((entry) => isRefusalHop(entry.hop) && isAbout(expected, entry) && Number(entry.detail?.last_at) >= since)
    .slice(-LAST_REFUSALS);
  return refused.map((entry) => `\n  gizlab ${describeRefusal(entry)}`).join("");
}

function listLast(trace: Trace, expected: Expected, position: number): string {
  const last = trace
    .from(Math.max(0, position - LAST_HOPS * 4))
    .filter((entry) => SHOWN_FRAMES.includes(entry.hop) && isAbout(expected, entry))
    .slice(-LAST_HOPS);
  if (last.length === 0) return "\n  the device has not said a word";
  return `\n  last frames:${last.map((entry) => `\n    ${formatHop(entry, expected.names)}`).join("")}`;
}

function isSame(a: unknown, b: unknown): boolean {
  if (typeof a === "number" && typeof b === "number") return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a));
  if (typeof a === "string" && typeof b === "string" && HEX.test(a)) return a.toLowerCase() === b.toLowerCase();
  return a === b;
}
