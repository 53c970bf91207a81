import type { Millis } from "../core/duration.js";

/** The module pings the MCU this often (uart.md 3). */
export const HEARTBEAT_MS: Millis = 55_000;
/** Pings without any frame from the MCU; at the next one the module restarts. */
const SILENT_PINGS = 3;

/** Pings since the MCU was last heard. */
export interface HeartbeatState {
  readonly unanswered: number;
}

export const HEARTBEAT_FRESH: HeartbeatState = { unanswered: 0 };

/** Counts a ping; `isSilent` when the MCU has said nothing for about 275 s and the module should restart. */
export function stepHeartbeat(state: HeartbeatState): { state: HeartbeatState; isSilent: boolean } {
  if (state.unanswered > SILENT_PINGS) return { state: HEARTBEAT_FRESH, isSilent: true };
  return { state: { unanswered: state.unanswered + 1 }, isSilent: false };
}
