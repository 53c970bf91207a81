import type { Millis } from "../../core/duration.js";
import type { Flaw } from "./flaws.js";

interface Counted {
  readonly short: string;
  /** Since they were told of last. */
  more: number;
  toldAt: Millis;
}

/** A kind that goes on is told of this often. */
const AGAIN_MS = 10_000;
/** A board that is wrong in more ways than this is wrong in one. */
const MOST_KINDS = 200;

/** Explains each kind of flaw once, and counts those that follow. */
export class FlawCounts {
  readonly #kinds = new Map<string, Counted>();

  /** The text of a flaw whose kind is new; undefined for one that is only counted. */
  take({ kind, text, short }: Flaw, at: Millis): string | undefined {
    const known = this.#kinds.get(kind);
    if (known !== undefined) {
      known.more += 1;
      return undefined;
    }
    if (this.#kinds.size >= MOST_KINDS) return undefined;
    this.#kinds.set(kind, { short, more: 0, toldAt: at });
    return text;
  }

  /** The counts that are due by now, a line each; all of them at the end. */
  due(at: Millis, { isEnd = false } = {}): string[] {
    const lines: string[] = [];
    for (const counted of this.#kinds.values()) {
      if (counted.more === 0 || (!isEnd && at - counted.toldAt < AGAIN_MS)) continue;
      lines.push(`${counted.more} more like this: ${counted.short}`);
      counted.more = 0;
      counted.toldAt = at;
    }
    return lines;
  }
}
