import { GizlabError } from "../../core/errors.js";

export interface TurnstileSize {
  /** Queries that are computed side by side: each takes its slice of a turn of the event loop. */
  readonly seats?: number;
  readonly waiting?: number;
}

/** Lets a few queries in at a time, first come first served. */
export class Turnstile {
  readonly #waiting: (() => void)[] = [];
  readonly #onEmpty: (() => void)[] = [];
  readonly #seats: number;
  readonly #mostWaiting: number;
  #inside = 0;

  constructor({ seats = 2, waiting = 64 }: TurnstileSize = {}) {
    this.#seats = seats;
    this.#mostWaiting = waiting;
  }

  /** Resolves with the way out when it is one's turn. Throws `linq-busy` when too many wait. */
  async enter(): Promise<() => void> {
    if (this.#waiting.length >= this.#mostWaiting) {
      throw new GizlabError("linq-busy", `${this.#mostWaiting} queries are waiting already`, {
        hint: "try again later",
      });
    }
    if (this.#inside >= this.#seats) await new Promise<void>((enter) => this.#waiting.push(enter));
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
