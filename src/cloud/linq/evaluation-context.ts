import { WorkSlice } from "../../core/work-slice.js";
import { LinqError } from "./linq-error.js";
import type { LinqEnvironment, LinqZone } from "./time.js";

/** Units of effort that one row may take: about one a function called and one a character looked at. */
export const MAX_ROW_EFFORT = 1_000_000;
/** Bytes that one evaluation holds in its groups, estimated. */
export const MAX_HELD_BYTES = 128 * 1024 * 1024;
/** Effort between two looks at the clock. */
const EFFORT_A_LOOK = 20_000;

/** What functions run with: the query's instant and zone, and the measure that keeps a hostile query in bounds. */
export class EvaluationContext implements LinqEnvironment {
  readonly now: number;
  readonly zone: LinqZone;
  #rowEffort = 0;
  #sinceLook = 0;
  #held = 0;
  readonly #slice: WorkSlice;

  constructor({ now, zone }: LinqEnvironment, slice = new WorkSlice()) {
    this.#slice = slice;
    this.now = now;
    this.zone = zone;
  }

  /** Counts effort of the row at hand. Throws `linq-limit` above MAX_ROW_EFFORT. */
  spend(units: number): void {
    this.#rowEffort += units;
    if (this.#rowEffort <= MAX_ROW_EFFORT) return;
    throw new LinqError("linq-limit", "the query does too much work on one row", undefined, {
      hint: "match shorter texts, or fewer patterns",
    });
  }

  /** Bytes that are held, estimated. */
  get held(): number {
    return this.#held;
  }

  /** Counts bytes that are kept from now on, or no longer when negative. Throws `linq-limit` above MAX_HELD_BYTES. */
  hold(bytes: number): void {
    this.#held += bytes;
    if (this.#held <= MAX_HELD_BYTES) return;
    const most = MAX_HELD_BYTES / 1024 / 1024;
    throw new LinqError("linq-limit", `the query keeps more than ${most} MB in its groups`, undefined, {
      hint: "use fewer aggregates, keys or groups, collect less, or ask for a shorter stretch of time",
    });
  }

  /** Ends a row that took `units` beside what was spent; true when it is time to let the event loop go. */
  endRow(units: number): boolean {
    this.#sinceLook += this.#rowEffort + units;
    this.#rowEffort = 0;
    if (this.#sinceLook < EFFORT_A_LOOK) return false;
    this.#sinceLook = 0;
    return this.#slice.isOver;
  }

  /** Lets everything else that waits run. */
  pause(): Promise<void> {
    return this.#slice.rest();
  }
}
