import { WorkSlice } from "../../core/work-slice.js";
import { LinqError } from "./linq-error.js";
import { Turnstile } from "./turnstile.js";

/** A query that has worked so long goes on among the slow ones. */
const QUICK_MS = 50;
/** Slow queries that wait; each keeps what it has found until then. */
const MOST_SLOW_WAITING = 24;

/** Where queries wait for their turn: those that just began apart from the slow ones, which they never wait for. */
export class QueryLanes {
  readonly quick = new Turnstile({ seats: 1 });
  readonly slow = new Turnstile({ waiting: MOST_SLOW_WAITING });

  /** Resolves when no query is left. */
  async empty(): Promise<void> {
    await this.quick.empty();
    await this.slow.empty();
  }
}

/** The work of one query: reading and evaluating, in slices. */
export class QueryWork extends WorkSlice {
  readonly #lanes: QueryLanes;
  readonly #mostMs: number;
  #leave: () => void;
  #isSlow = false;

  private constructor(lanes: QueryLanes, mostMs: number, leave: () => void) {
    super();
    this.#lanes = lanes;
    this.#mostMs = mostMs;
    this.#leave = leave;
  }

  /** Resolves when it is the query's turn. Throws `linq-busy` when too many wait. */
  static async begin(lanes: QueryLanes, mostMs: number): Promise<QueryWork> {
    return new QueryWork(lanes, mostMs, await lanes.quick.enter());
  }

  /** Lets the next query have its turn. */
  end(): void {
    this.#leave();
    this.#leave = () => {};
  }

  /** Throws `linq-limit` for a query that has worked too long, `linq-busy` when too many slow ones wait. */
  protected override async wait(): Promise<void> {
    if (this.workedMs > this.#mostMs) {
      const message = `the query takes too long: more than ${this.#mostMs / 1000} s of work`;
      throw new LinqError("linq-limit", message, undefined, {
        hint: "ask for a shorter stretch of time, or let a task keep it up",
      });
    }
    await super.wait();
    if (this.#isSlow || this.workedMs <= QUICK_MS) return;
    this.#isSlow = true;
    this.end();
    this.#leave = await this.#lanes.slow.enter();
  }
}
