import type { Lab } from "../lab.js";
import { advanceTo, type Moment } from "./moment.js";

/** A span in milliseconds, or as a text with its unit: `1h30m`. */
export type Span = number | string;

/** The lab's time. */
export interface LabClock {
  readonly mode: "wall" | "virtual";
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Moves virtual time. Throws `clock-wall` on a wall clock, `duration-invalid`. */
  advance(span: Span): Promise<void>;
  /**
   * Moves virtual time to a moment: `"2026-03-01"` is midnight UTC. Throws `clock-wall` on a wall clock, `time-invalid`
   * for a moment that is past or none.
   */
  advanceTo(moment: Moment): Promise<void>;
  /** Moves virtual time just far enough for `promise` to settle; on a wall clock it waits. */
  resolve<T>(promise: Promise<T>): Promise<T>;
}

export function createLabClock(lab: Lab): LabClock {
  const { clock } = lab;
  return {
    mode: clock.mode,
    now: () => clock.now(),
    advance: (span) => lab.advance(span),
    advanceTo: (moment) => advanceTo(lab, moment),
    resolve: (promise) => (clock.mode === "virtual" ? lab.virtualClock().resolve(promise) : promise),
  };
}
