import type { Millis } from "./duration.js";
import type { Trace, TraceDetail, TraceEntry, TraceSubject } from "./trace.js";

/** Where something was refused: an HTTP answer, an MQTT login, a topic, a message or a UART frame that was dropped. */
export type RefusalHop = "http.refused" | "mqtt.refused" | "topic.refused" | "frame.refused" | "uart.refused";

/** Something that a device, a module or an app tried in vain, and the cure. */
export interface Refusal {
  readonly hop: RefusalHop;
  /** Who tried; empty where nobody has said it. */
  readonly subject: TraceSubject;
  /** A short stable word for programs. */
  readonly code: string;
  /** What is wrong, in words. */
  readonly reason: string;
  /** What to do. */
  readonly hint: string;
  /** What else is known of the first attempt: client id, path, topic, bytes. */
  readonly detail?: TraceDetail;
  /** Tells refusals of one code apart, such as a topic; the subject and the code always do. */
  readonly about?: string;
}

interface Counted {
  /** Of the entry in the trace, which counts on. */
  readonly detail: { count: number; last_at: Millis };
  readonly firstAt: Millis;
  lastAt: Millis;
}

/** The same refusal is an entry of its own again after so long without one, and at the latest after so long. */
const QUIET_MS = 60_000;
const LONGEST_MS = 600_000;
/** More entries than this in a minute are told by hop and code, whoever tried. */
const ENTRIES_PER_MINUTE = 100;
const MOST_KINDS = 1000;
const SHOWN_LENGTH = 64;

/**
 * Notes refusals in a trace, each kind once with a count: a device that tries every second for ever must not push
 * everything else out of it. `count` and `last_at` of an entry go on while the refusal does.
 */
export class Refusals {
  readonly #trace: Trace;
  readonly #kinds = new Map<string, Counted>();
  readonly #listeners = new Set<(entry: TraceEntry) => void>();
  #minute = { since: Number.NEGATIVE_INFINITY, entries: 0 };

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  note({ hop, subject, code, reason, hint, detail = {}, about = "" }: Refusal): void {
    const { now } = this.#trace;
    if (now - this.#minute.since >= QUIET_MS) this.#minute = { since: now, entries: 0 };
    const isCrowded = this.#minute.entries >= ENTRIES_PER_MINUTE;
    const key = isCrowded
      ? JSON.stringify([hop, code])
      : JSON.stringify([hop, subject.did, subject.mac, detail.client, code, about]);
    const known = this.#kinds.get(key);
    if (known !== undefined && now - known.lastAt < QUIET_MS && now - known.firstAt < LONGEST_MS) {
      known.detail.count += 1;
      known.detail.last_at = now;
      known.lastAt = now;
      return;
    }
    const told = {
      ...detail,
      code,
      reason,
      hint,
      count: 1,
      last_at: now,
    };
    this.#kinds.delete(key);
    this.#kinds.set(key, { detail: told, firstAt: now, lastAt: now });
    if (this.#kinds.size > MOST_KINDS) this.#kinds.delete(this.#kinds.keys().next().value ?? key);
    this.#minute.entries += 1;
    const id = this.#trace.nextId();
    const shown = cleanSubject(subject);
    this.#trace.record(id, hop, shown, told);
    for (const listener of this.#listeners) listener({ at: told.last_at, id: `t${id}`, hop, ...shown, detail: told });
  }

  /** Calls `listener` with every entry to come, not with what is only counted, until the returned function is called. */
  listen(listener: (entry: TraceEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Forgets what was told, as after a restore of the trace. */
  clear(): void {
    this.#kinds.clear();
    this.#minute = { since: Number.NEGATIVE_INFINITY, entries: 0 };
  }
}

/** True for the hop of a refusal. */
export function isRefusalHop(hop: string): hop is RefusalHop {
  return hop.endsWith(".refused");
}

/** Text that a stranger has sent, short and printable. */
export function showText(text: string): string {
  const plain = text.replace(/[^\x20-\x7e]/g, "?");
  return plain.length > SHOWN_LENGTH ? `${plain.slice(0, SHOWN_LENGTH)}…` : plain;
}

function cleanSubject({ did, mac }: TraceSubject): TraceSubject {
  return {
    ...(did === undefined ? {} : { did: showText(did) }),
    ...(mac === undefined ? {} : { mac: showText(mac) }),
  };
}
