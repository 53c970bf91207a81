import type { Millis } from "./duration.js";

/** A timer that was set; cancelling twice or after it fired does nothing. */
export interface Timer {
  /** When it fires, or would have fired. */
  readonly dueAt: Millis;
  cancel(): void;
}
