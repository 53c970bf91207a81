import type { Millis } from "../../../core/duration.js";
import type { Random } from "../../../core/random.js";
import type { Attrs } from "../../model.js";

/** Something that comes and goes: mean time without it, mean time with it. */
export interface Episode {
  readonly gapMs: Millis;
  readonly lengthMs: Millis;
}

const HOUR_MS = 3_600_000;
const FAULT: Episode = { gapMs: 90 * 24 * HOUR_MS, lengthMs: HOUR_MS / 2 };

/** True with the chance that an event which comes every `meanGapMs` on average comes within `elapsedMs`. */
export function happens(random: Random, meanGapMs: Millis, elapsedMs: Millis): boolean {
  return random.next() < 1 - Math.exp(-elapsedMs / meanGapMs);
}

/** How long it takes until an event that comes every `meanMs` on average; the past does not count. */
export function drawWait(random: Random, meanMs: Millis): Millis {
  return -Math.log(1 - random.next()) * meanMs;
}

/** Whether the episode is on after `elapsedMs`; exact for any step (a Markov chain of two states). */
export function stepEpisode(random: Random, isOn: boolean, episode: Episode, elapsedMs: Millis): boolean {
  const { gapMs, lengthMs } = episode;
  const share = lengthMs / (gapMs + lengthMs);
  const kept = Math.exp(-elapsedMs / gapMs - elapsedMs / lengthMs);
  return random.next() < share + ((isOn ? 1 : 0) - share) * kept;
}

/** Faults that come about every three months and pass within the hour. The state is the datapoint itself. */
export function stepFaults<Name extends string>(
  random: Random,
  attrs: Attrs,
  names: readonly Name[],
  elapsedMs: Millis,
): Record<Name, boolean> {
  const faults = {} as Record<Name, boolean>;
  for (const name of names) faults[name] = stepEpisode(random, attrs[name] === true, FAULT, elapsedMs);
  return faults;
}
