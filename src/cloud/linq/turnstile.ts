import { GizlabError } from "../../core/errors.js";

/** Queries that are computed side by side: each takes its slice of a turn of the event loop. */
const MOST_AT_ONCE = 2;
const MOST_WAITING = 64;

/** Lets a few queries in at a time, first come first served. */
export class Turnstile {
  readonly #waiting: (() => void)[] = [];
  readonly #onEmpty: (() => void)[] = [];
  #inside = 0;

  /** Resolves with the way out when it is one's turn. Throws `linq-busy` when too many wait. */
  async enter(): Promise<() => void> {
    if (this.#waiting.length >= MOST_WAITING) {
      throw new GizlabError("linq-busy", `${MOST_WAITING} queries are waiting already`, { hint: "try again later" });
    }
    if (this.#inside >= MOST_AT_ONCE) await new Promise<void>((enter) => this.#waiting.push(enter));
    else this.#inside += 1;
    return () => this.#leave();
  }

  /** Resolves when nobody is inside or waits. */
  async empty(): Promise<void> {
    if (this.#inside > 0) await new Promise<void>((empty) => this.#onEmpty.push(empty));
  }

  /** Whoever waits longest takes the place over. */
  #leave(): void {
    const next = this.#waiting.shift();
    if (next !== undefined) return next();
    this.#inside -= 1;
    if (this.#inside === 0) for (const empty of this.#onEmpty.splice(0)) empty();
  }
}
