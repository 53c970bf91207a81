import type { Millis } from "../../core/duration.js";

/** Heartbeats of a session so far, as plain JSON. */
export interface HeartbeatState {
  readonly count: number;
  readonly minMs: Millis;
  readonly maxMs: Millis;
  readonly sumMs: Millis;
  /** The last one, or the login. */
  readonly lastAt: Millis;
}

/** What a log tells of a session's heartbeats: how many, and whole seconds between them (rest.md 2.2). */
export interface HeartbeatSummary {
  readonly count: number;
  readonly max: number;
  readonly avg: number;
  /** From the last one to the end of the session. */
  readonly last: number;
  readonly min: number;
}

/** The state of a session that has just begun. */
export function startHeartbeat(at: Millis): HeartbeatState {
  return { count: 0, minMs: 0, maxMs: 0, sumMs: 0, lastAt: at };
}

/** The state after one more PINGREQ; the first one's distance is that from the login. */
export function addHeartbeat({ count, minMs, maxMs, sumMs, lastAt }: HeartbeatState, at: Millis): HeartbeatState {
  const distance = Math.max(0, at - lastAt);
  return {
    count: count + 1,
    minMs: count === 0 ? distance : Math.min(minMs, distance),
    maxMs: Math.max(maxMs, distance),
    sumMs: sumMs + distance,
    lastAt: at,
  };
}

/** The summary of a session that ends. */
export function summarizeHeartbeat(
  { count, minMs, maxMs, sumMs, lastAt }: HeartbeatState,
  at: Millis,
): HeartbeatSummary {
  const seconds = (ms: Millis): number => Math.round(ms / 1000);
  return {
    count,
    max: seconds(maxMs),
    avg: count === 0 ? 0 : seconds(sumMs / count),
    last: seconds(Math.max(0, at - lastAt)),
    min: seconds(minMs),
  };
}
