import type { Attrs, CreateModel, Model } from "../model.js";
import { stepAlarm } from "./world/alarm.js";
import { approach } from "./world/drift.js";
import { type Episode, stepEpisode, stepFaults } from "./world/episode.js";
import { hourOfDay } from "./world/weather.js";
import type { World } from "./world/world.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const MOTOR_WARM_UP_MS = 15 * MINUTE_MS;
/** A snail in the rotor. */
const BLOCKED: Episode = { gapMs: 60 * DAY_MS, lengthMs: 40 * MINUTE_MS };
/** The water has sunk below the intake. */
const DRY: Episode = { gapMs: 45 * DAY_MS, lengthMs: HOUR_MS };

/** A reef pump: rests for a feed, runs weaker at night, and has the troubles of a motor under water. */
export const createWaveMaker: CreateModel = (world: World): Model => {
  const { random } = world;
  const motorDegrees = world.cell<number>("motorDegrees", 26);
  const fedMs = world.cell<number>("fedMs", 0);

  return {
    initial: {
      switch: true,
      mode: "Classic",
      flow: random.integer(50, 80),
      frequency: random.integer(10, 40),
      feedTime: 10,
      nightflow: random.integer(30, 45),
    },
    step({ attrs, now, elapsedMs }) {
      fedMs.value = attrs.FeedSwitch === true ? fedMs.value + elapsedMs : 0;
      const isFeeding = attrs.FeedSwitch === true && fedMs.value < Number(attrs.feedTime ?? 1) * MINUTE_MS;
      const isTurning = attrs.switch === true && !isFeeding;
      const faults = stepFaults(random, attrs, ["Overvoltage", "Undervoltage", "UART"], elapsedMs);
      const isBlocked = isTurning && stepEpisode(random, attrs.Lockedrotor === true, BLOCKED, elapsedMs);
      const isDry = isTurning && !isBlocked && stepEpisode(random, attrs.no_liveload === true, DRY, elapsedMs);

      const heat = isBlocked ? 80 : isDry ? 50 : 0.2 * flowAt(attrs, now);
      const target = 26 + (isTurning ? heat : 0);
      motorDegrees.value = approach(motorDegrees.value, target, elapsedMs, MOTOR_WARM_UP_MS);
      return {
        ...(attrs.FeedSwitch === true && !isFeeding ? { FeedSwitch: false } : {}),
        ...faults,
        Lockedrotor: isBlocked,
        no_liveload: isDry,
        Overcurrent: isBlocked,
        OverTemp: stepAlarm(attrs.OverTemp === true, motorDegrees.value, { high: 70, margin: 15 }),
      };
    },
  };
};

function flowAt(attrs: Attrs, now: number): number {
  const hour = hourOfDay(now);
  const isNight = attrs.TimerON === true && (hour >= 21 || hour < 7);
  return Number((isNight ? attrs.nightflow : attrs.flow) ?? 30);
}
