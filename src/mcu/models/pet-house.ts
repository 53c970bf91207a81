import type { Attrs, CreateModel, Model } from "../model.js";
import { stepAlarm } from "./world/alarm.js";
import { approach } from "./world/drift.js";
import { type Episode, stepEpisode, stepFaults } from "./world/episode.js";
import { Sensor } from "./world/sensor.js";
import { createWeather, hourOfDay } from "./world/weather.js";
import type { World } from "./world/world.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const NIGHT: Episode = { gapMs: 20 * MINUTE_MS, lengthMs: 4 * HOUR_MS };
const DAY: Episode = { gapMs: 70 * MINUTE_MS, lengthMs: 20 * MINUTE_MS };
/** Filled in place: a reading a second of thousands of devices makes many objects otherwise. */
type Readings = Record<string, Attrs[string]>;
const FAULTS = ["Fault_LED", "Fault_Motor", "Fault_TemHum", "Fault_IR"] as const;

/** A pet house in the garden: weather outside, a warm pet inside, a fan that airs it. */
export const createPetHouse: CreateModel = (world: World): Model => {
  const { random } = world;
  const weather = createWeather(world.under("weather"));
  const temperature = new Sensor(world, "Temperature", { min: -13, max: 187, ratio: 1 }, random.integer(17, 24));
  const humidity = new Sensor(world, "Humidity", { min: 0, max: 100, ratio: 1 }, random.integer(45, 65));
  const isPetInside = world.cell<boolean>("isPetInside", false);

  return {
    initial: { Motor_Speed: 0, Temperature: temperature.reading, Humidity: humidity.reading },
    step({ attrs, now, elapsedMs }) {
      weather.advance(elapsedMs);
      const faults = stepFaults(random, attrs, FAULTS, elapsedMs);
      if (attrs.Fault_IR !== true) isPetInside.value = attrs.Infrared === true;
      const hour = hourOfDay(now);
      isPetInside.value = stepEpisode(random, isPetInside.value, hour < 7 || hour >= 21 ? NIGHT : DAY, elapsedMs);

      // At full speed the air is changed in ten minutes, with the fan off in about an hour and a half.
      const fan = faults.Fault_Motor ? 0 : Math.abs(Number(attrs.Motor_Speed ?? 0));
      const memoryMs = (90 * MINUTE_MS) / (1 + 1.6 * fan);
      const closed = 1 / (1 + 0.5 * fan);
      const inside =
        weather.temperatureAt(now) + (isPetInside.value ? 5 : 2) * closed + (attrs.LED_OnOff === true ? 0.5 : 0);
      const damp = weather.humidityAt(now) + (isPetInside.value ? 10 : 0) * closed;
      // A broken sensor's datapoints show the past: the world goes on without them.
      const isFrozen = attrs.Fault_TemHum === true;
      const wasInside = isFrozen ? temperature.exact : temperature.read(attrs);
      const wasDamp = isFrozen ? humidity.exact : humidity.read(attrs);
      const degrees = temperature.move(approach(wasInside, inside, elapsedMs, memoryMs));
      const percent = humidity.move(approach(wasDamp, damp, elapsedMs, memoryMs));

      const readings: Readings = faults;
      if (!faults.Fault_TemHum) {
        readings.Temperature = degrees;
        readings.Humidity = percent;
        readings.Alert_1 = stepAlarm(attrs.Alert_1 === true, degrees, { low: 0, high: 34, margin: 2 });
        readings.Alert_2 = stepAlarm(attrs.Alert_2 === true, percent, { high: 88, margin: 4 });
      }
      if (!faults.Fault_IR) readings.Infrared = isPetInside.value;
      return readings;
    },
  };
};
