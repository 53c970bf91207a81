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

/** What is wrong in more ways is counted under one. */
const OTHERS: Flaw = {
  kind: "",
  text: `more than ${MOST_KINDS} kinds of mistakes: further ones are only counted; look at the line first (baud rate, ground, level)`,
  short: "mistakes of other kinds",
};

/** Explains each kind of flaw once, and counts those that follow. */
export class FlawCounts {
  readonly #kinds = new Map<string, Counted>();

  /** The text of a flaw whose kind is new; undefined for one that is only counted. */
  take(flaw: Flaw, at: Millis): string | undefined {
    const isOther = this.#kinds.size >= MOST_KINDS && !this.#kinds.has(flaw.kind);
    const { kind, text, short } = isOther ? OTHERS : flaw;
    const known = this.#kinds.get(kind);
    if (known !== undefined) {
      known.more += 1;
      return undefined;
    }
    this.#kinds.set(kind, { short, more: 0, toldAt: at });
    return text;
  }

  /** When the next count is due; undefined while there is nothing to tell. */
  get dueAt(): Millis | undefined {
    const waiting = [...this.#kinds.values()].filter(({ more }) => more > 0);
    return waiting.length === 0 ? undefined : Math.min(...waiting.map(({ toldAt }) => toldAt + AGAIN_MS));
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
