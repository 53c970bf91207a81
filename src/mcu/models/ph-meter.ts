import type { CreateModel, Model } from "../model.js";
import { stepAlarm } from "./world/alarm.js";
import { approach, createDrift } from "./world/drift.js";
import { happens } from "./world/episode.js";
import { Sensor } from "./world/sensor.js";
import { swingOfDay } from "./world/weather.js";
import type { World } from "./world/world.js";

const HOUR_MS = 3_600_000;
const TOP_UP_MS = 7 * 24 * HOUR_MS;
const FRESH_EC = 1.2;
const EC_PER_HOUR = 0.0015;
/** The Nernst slope at room temperature. */
const MILLIVOLTS_PER_PH = 59;
const BALANCE_MS = 3 * HOUR_MS;

/** A planted aquarium: pH breathes with the day, redox goes against it, salts concentrate until the next top-up. */
export const createPhMeter: CreateModel = (world: World): Model => {
  const { random } = world;
  const chemistry = createDrift(world.under("chemistry"), { deviation: 0.08, memoryMs: 12 * HOUR_MS });
  const oxygen = createDrift(world.under("oxygen"), { deviation: 12, memoryMs: 4 * HOUR_MS });
  const heater = createDrift(world.under("heater"), { deviation: 0.25, memoryMs: 2 * HOUR_MS });
  const balance = (now: number): number => 8 + 0.2 * swingOfDay(now, 17) + chemistry.value;
  const ph = new Sensor(world, "pH", { min: 0, max: 14, ratio: 0.01 }, 8 + chemistry.value);
  const redox = new Sensor(world, "mV", { min: -2000, max: 2000, ratio: 1 }, 380 + oxygen.value);
  const salts = new Sensor(world, "EC", { min: 0, max: 20, ratio: 0.01 }, FRESH_EC + 0.1 * random.next());
  const warmth = new Sensor(world, "TEMP", { min: 0, max: 100, ratio: 0.1 }, 25.5 + heater.value);

  return {
    initial: { pH: ph.reading, mV: redox.reading, EC: salts.reading, TEMP: warmth.reading },
    step({ attrs, now, elapsedMs }) {
      for (const drift of [chemistry, oxygen, heater]) drift.advance(elapsedMs);
      const acidity = approach(ph.read(attrs), balance(now), elapsedMs, BALANCE_MS);
      const millivolts = 380 - MILLIVOLTS_PER_PH * (acidity - 8) + oxygen.value;
      const water = 25.5 + 0.4 * swingOfDay(now, 17) + heater.value;
      const isToppedUp = happens(random, TOP_UP_MS, elapsedMs);
      const conductivity = isToppedUp ? FRESH_EC : salts.read(attrs) + (EC_PER_HOUR * elapsedMs) / HOUR_MS;

      const pH = ph.move(acidity);
      const mV = redox.move(approach(redox.read(attrs), millivolts, elapsedMs, BALANCE_MS / 6));
      const EC = salts.move(conductivity);
      const TEMP = warmth.move(approach(warmth.read(attrs), water, elapsedMs, BALANCE_MS));
      return {
        pH,
        mV,
        EC,
        TEMP,
        pH_OUT: stepAlarm(attrs.pH_OUT === true, pH, { low: 7.6, high: 8.4, margin: 0.1 }),
        mV_OUT: stepAlarm(attrs.mV_OUT === true, mV, { low: 300, high: 450, margin: 10 }),
        EC_OUT: stepAlarm(attrs.EC_OUT === true, EC, { high: 1.5, margin: 0.1 }),
        TEMP_OUT: stepAlarm(attrs.TEMP_OUT === true, TEMP, { low: 24, high: 27, margin: 0.3 }),
      };
    },
  };
};
