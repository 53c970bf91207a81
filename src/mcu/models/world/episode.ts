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
  return random.next() < chanceOf(isOn, episode, memoryOf(episode, elapsedMs));
}

/** How much of the present state is left after `elapsedMs`, from 1 to 0. */
function memoryOf({ gapMs, lengthMs }: Episode, elapsedMs: Millis): number {
  return Math.exp(-elapsedMs / gapMs - elapsedMs / lengthMs);
}

/** The chance that the episode is on. */
function chanceOf(isOn: boolean, { gapMs, lengthMs }: Episode, kept: number): number {
  const share = lengthMs / (gapMs + lengthMs);
  return share + ((isOn ? 1 : 0) - share) * kept;
}

/** Faults that come about every three months and pass within the hour. The state is the datapoint itself. */
export function stepFaults<Name extends string>(
  random: Random,
  attrs: Attrs,
  names: readonly Name[],
  elapsedMs: Millis,
): Record<Name, boolean> {
  const faults = {} as Record<Name, boolean>;
  const kept = memoryOf(FAULT, elapsedMs);
  for (const name of names) faults[name] = random.next() < chanceOf(attrs[name] === true, FAULT, kept);
  return faults;
}
