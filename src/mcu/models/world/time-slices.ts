import type { Millis } from "../../../core/duration.js";

/** A short piece of a long step. */
export interface TimeSlice {
  readonly from: Millis;
  readonly to: Millis;
}

/**
 * Cuts the step that ends at `now` at every multiple of `sliceMs`, so that a model may hold its rates constant in a
 * piece and a tariff never changes inside one.
 */
export function* sliceStep(now: Millis, elapsedMs: Millis, sliceMs: Millis): Generator<TimeSlice> {
  let from = now - elapsedMs;
  while (from < now) {
    const to = Math.min(now, (Math.floor(from / sliceMs) + 1) * sliceMs);
    yield { from, to };
    from = to;
  }
}
