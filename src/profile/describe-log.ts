import type { LogEntry } from "../codec/tool-log.js";
import { describeBytes } from "./describe.js";
import type { Found } from "./found.js";
import type { Profile } from "./profile.js";

/** One thing found in a log of the vendor's serial tool. */
export interface LoggedItem {
  readonly line: number;
  readonly time: string;
  readonly way: LogEntry["way"];
  readonly found: Found;
}

/** Bytes held back for the rest of their frame; the largest frame with all of it stuffed is shorter. */
const HELD_LIMIT = 16_384;

/**
 * Decodes the entries of a log. A frame that the serial port gave in two pieces stands in two entries: the piece is held
 * back until the next entry of its way, unless that one begins a frame of its own.
 */
export class LogDescriber {
  readonly #profile: Profile | undefined;
  readonly #held = new Map<LogEntry["way"], LogEntry>();

  constructor(profile: Profile | undefined) {
    this.#profile = profile;
  }

  /** What an entry brings, and what was held back before it. */
  describe(entry: LogEntry): LoggedItem[] {
    const held = this.#held.get(entry.way);
    if (held === undefined) return this.#take(entry);
    this.#held.delete(entry.way);
    if (beginsFrame(entry.bytes)) return [...this.#name(held), ...this.#take(entry)];
    return this.#take({ ...held, bytes: Buffer.concat([held.bytes, entry.bytes]) });
  }

  /** What is still held back. */
  end(): LoggedItem[] {
    const rest = [...this.#held.values()].flatMap((entry) => this.#name(entry));
    this.#held.clear();
    return rest;
  }

  #take(entry: LogEntry): LoggedItem[] {
    const items = this.#name(entry);
    const last = items.at(-1)?.found;
    if (last?.kind !== "bad" || last.reason !== "truncated" || entry.bytes.length > HELD_LIMIT) return items;
    this.#held.set(entry.way, { ...entry, bytes: entry.bytes.subarray(last.offset) });
    return items.slice(0, -1);
  }

  #name(entry: LogEntry): LoggedItem[] {
    const { line, time, way } = entry;
    return describeBytes(entry.bytes, this.#profile, way).map((found) => ({ line, time, way, found }));
  }
}

function beginsFrame(bytes: Uint8Array): boolean {
  return bytes[0] === 0xff && bytes[1] === 0xff;
}
