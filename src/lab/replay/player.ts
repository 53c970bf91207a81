import type { Clock } from "../../core/clock.js";
import { VirtualClock } from "../../core/clock.js";
import type { Millis } from "../../core/duration.js";
import { startIoTimer } from "../../core/io-timer.js";
import type { TraceEntry } from "../../core/trace.js";

/** How fast a recording is played. */
export interface Pace {
  /** 1 is as it was, 10 ten times as fast; undefined as fast as it goes. */
  readonly speed?: number | undefined;
  /** Called before each hop; the hop is played when it resolves. */
  readonly step?: ((entry: TraceEntry) => Promise<void>) | undefined;
}

/** Plays hops one after another at their recorded distances: on a virtual clock time is moved, on a wall clock waited for. */
export async function playHops(
  clock: Clock,
  entries: readonly TraceEntry[],
  { speed, step }: Pace,
  play: (entry: TraceEntry) => void | Promise<void>,
): Promise<void> {
  const [first] = entries;
  if (first === undefined) return;
  let recordedAt = first.at;
  for (const entry of entries) {
    await pass(clock, Math.max(0, entry.at - recordedAt), speed);
    recordedAt = entry.at;
    await step?.(entry);
    await play(entry);
  }
}

/** Lets a span of the recording pass. */
export async function pass(clock: Clock, spanMs: Millis, speed: number | undefined): Promise<void> {
  if (speed !== undefined)
    await new Promise<void>((resolve) => startIoTimer(spanMs / speed, resolve, { keepAlive: true }));
  if (clock instanceof VirtualClock) await clock.advance(spanMs);
}
