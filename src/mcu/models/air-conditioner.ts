import type { Attrs, CreateModel, Model } from "../model.js";
import { approach, createDrift } from "./world/drift.js";
import { happens, stepFaults } from "./world/episode.js";
import { quantise, type Scale, Sensor } from "./world/sensor.js";
import { sliceStep } from "./world/time-slices.js";
import { createWeather } from "./world/weather.js";
import type { World } from "./world/world.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const WATTS: Scale = { min: 0, max: 5000, ratio: 1 };
/** Time in which an idle room comes two thirds of the way to the temperature around it. */
const ROOM_MEMORY_HOURS = 5;
/** What the unit can do to the room at full output and full fan. */
const KELVIN_PER_HOUR = 12;
const COMPRESSOR_WATTS = 1200;
const STANDBY_WATTS = 2;
const FILTER_LIFE_MS = 250 * HOUR_MS;
const FAULTS = ["fault_sensor", "fault_compressor", "fault_refrigerant"] as const;
const FAN: Readonly<Record<string, { readonly airflow: number; readonly watts: number }>> = {
  Low: { airflow: 0.6, watts: 18 },
  Medium: { airflow: 0.8, watts: 30 },
  High: { airflow: 1, watts: 45 },
};
const AUTO_FAN = { airflow: 0.9, watts: 36 };

/** A reversible unit and its room: the thermostat moves the room, the room moves the power. */
export const createAirConditioner: CreateModel = (world: World): Model => {
  const { random } = world;
  const weather = createWeather(world.under("weather"));
  const people = createDrift(world.under("people"), { deviation: 1, memoryMs: 90 * MINUTE_MS });
  const room = new Sensor(world, "room_temp", { min: -40, max: 80, ratio: 0.1 }, 22 + 2 * random.normal());
  const damp = new Sensor(world, "humidity", { min: 0, max: 100, ratio: 1 }, random.integer(45, 60));
  const filterMs = world.cell("filterMs", random.next() * FILTER_LIFE_MS);

  return {
    initial: {
      mode: "Auto",
      fan_speed: "Auto",
      set_temp: 24,
      room_temp: room.reading,
      humidity: damp.reading,
      power_consumption: STANDBY_WATTS,
    },
    step({ attrs, now, elapsedMs }) {
      weather.advance(elapsedMs);
      people.advance(elapsedMs);
      const faults = stepFaults(random, attrs, FAULTS, elapsedMs);
      const fan = FAN[String(attrs.fan_speed)] ?? AUTO_FAN;
      const strength = fan.airflow * (faults.fault_compressor ? 0 : faults.fault_refrigerant ? 0.33 : 1);

      // A broken sensor's datapoint shows the past: the room goes on without it.
      let degrees = attrs.fault_sensor === true ? room.exact : room.read(attrs);
      const wanted = (): number => wantedOutput(attrs, degrees) * strength;
      let output = wanted();
      for (const { from, to } of sliceStep(now, elapsedMs, MINUTE_MS)) {
        // Walls and sunshine hold a house between the weather and a comfortable 22.
        const around = 22 + 0.45 * (weather.temperatureAt(to) - 17) + people.value;
        const perHour = (around - degrees) / ROOM_MEMORY_HOURS + output * KELVIN_PER_HOUR;
        degrees += (perHour * (to - from)) / HOUR_MS;
        output = wanted();
      }
      const dry = output < 0 ? 44 : 0.5 * weather.humidityAt(now) + 22;
      const percent = approach(damp.read(attrs), dry, elapsedMs, output < 0 ? 40 * MINUTE_MS : 2 * HOUR_MS);
      const isOn = attrs.power === true;
      if (isOn) filterMs.value += elapsedMs;
      if (filterMs.value > FILTER_LIFE_MS && happens(random, 3 * DAY_MS, elapsedMs)) filterMs.value = 0;

      const reading = room.move(degrees);
      return {
        ...faults,
        ...(faults.fault_sensor ? {} : { room_temp: reading }),
        humidity: damp.move(percent),
        compressor: output !== 0,
        power_consumption: quantise(isOn ? fan.watts + COMPRESSOR_WATTS * Math.abs(output) : STANDBY_WATTS, WATTS),
        filter_alert: filterMs.value > FILTER_LIFE_MS,
      };
    },
  };
};

/** From -1, full cooling, to 1, full heating; an inverter slows down over the last degrees. */
function wantedOutput(attrs: Attrs, degrees: number): number {
  if (attrs.power !== true) return 0;
  const gap = (Number(attrs.set_temp ?? 24) - degrees) / 1.5;
  const cooling = Math.max(-1, Math.min(0, gap));
  const heating = Math.min(1, Math.max(0, gap));
  switch (attrs.mode) {
    case "Cool":
      return cooling;
    case "Heat":
      return heating;
    case "Dry":
      return cooling / 2;
    case "Auto":
      return Math.abs(gap) < 0.3 ? 0 : cooling + heating;
    default:
      return 0;
  }
}
