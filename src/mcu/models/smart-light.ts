import type { Attrs, CreateModel, Model } from "../model.js";
import { stepAlarm } from "./world/alarm.js";
import { approach, createDrift } from "./world/drift.js";
import { type Episode, stepEpisode, stepFaults } from "./world/episode.js";
import { quantise, type Scale, Sensor } from "./world/sensor.js";
import { swingOfDay } from "./world/weather.js";
import type { World } from "./world/world.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const POWER: Scale = { min: 0, max: 20, ratio: 0.1 };
const STANDBY_WATTS = 0.3;
const FULL_WATTS = 9;
const WARM_UP_MS = 5 * MINUTE_MS;
/** Somebody pulls a curtain over the lamp. */
const COVERED: Episode = { gapMs: 120 * HOUR_MS, lengthMs: 2 * HOUR_MS };

/** A colour bulb: power follows what the app has set, and the LED's heat follows the power. */
export const createSmartLight: CreateModel = (world: World): Model => {
  const { random } = world;
  const room = createDrift(world.under("room"), { deviation: 1.5, memoryMs: 6 * HOUR_MS });
  const heat = new Sensor(world, "led_temp", { min: -40, max: 125, ratio: 1 }, 22 + room.value);
  const isCovered = world.cell<boolean>("isCovered", false);

  return {
    initial: {
      mode: "White",
      brightness: 80,
      red: 255,
      green: 180,
      blue: 100,
      color_temp: 4000,
      led_temp: heat.reading,
      active_power: STANDBY_WATTS,
    },
    step({ attrs, now, elapsedMs }) {
      const faults = stepFaults(random, attrs, ["fault_driver"], elapsedMs);
      isCovered.value = stepEpisode(random, isCovered.value, COVERED, elapsedMs);
      const watts = attrs.power === true && !faults.fault_driver ? drawnWatts(attrs) : STANDBY_WATTS;
      const air = 22 + 2 * swingOfDay(now, 16) + room.advance(elapsedMs);
      const target = air + watts * (isCovered.value ? 8 : 4);
      const degrees = heat.move(approach(heat.read(attrs), target, elapsedMs, WARM_UP_MS));
      return {
        ...faults,
        active_power: quantise(watts, POWER),
        led_temp: degrees,
        over_temp: stepAlarm(attrs.over_temp === true, degrees, { high: 75, margin: 10 }),
      };
    },
  };
};

function drawnWatts(attrs: Attrs): number {
  const channel = (name: string): number => Number(attrs[name] ?? 0) / 255;
  const colour = attrs.mode === "White" ? 1 : (channel("red") + channel("green") + channel("blue")) / 3;
  return STANDBY_WATTS + (FULL_WATTS - STANDBY_WATTS) * colour * (Number(attrs.brightness ?? 0) / 100);
}
