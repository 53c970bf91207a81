import type { Random } from "../../core/random.js";
import type { Attrs, CreateModel, Model } from "../model.js";
import { stepAlarm } from "./world/alarm.js";
import { createDrift } from "./world/drift.js";
import { type Episode, stepEpisode, stepFaults } from "./world/episode.js";
import { quantise, type Scale } from "./world/sensor.js";
import { sliceStep } from "./world/time-slices.js";
import { bumpOfDay, hourOfDay, swingOfDay } from "./world/weather.js";
import type { Cell, World } from "./world/world.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const SLICE_MS = 5 * MINUTE_MS;
const POWER: Scale = { min: 0, max: 65_535, ratio: 1 };
const VOLTAGE: Scale = { min: 0, max: 500, ratio: 0.1 };
const ENERGY: Scale = { min: 0, max: 42_949_672.95, ratio: 0.01 };
const VOLUME: Scale = { min: 0, max: 4_294_967.295, ratio: 0.001 };
const TARIFFS = ["positive_energy_t1", "positive_energy_t2", "positive_energy_t3", "positive_energy_t4"] as const;
/** Oven, dryer or car. */
const HEAVY: Episode = { gapMs: 5 * HOUR_MS, lengthMs: 25 * MINUTE_MS };

/** A household behind a meter. Registers live in the datapoints; what is less than their last digit waits here. */
export const createSmartMeter: CreateModel = (world: World): Model => {
  const { random } = world;
  const habits = createDrift(world.under("habits"), { deviation: 0.25, memoryMs: 20 * MINUTE_MS });
  const clouds = createDrift(world.under("clouds"), { deviation: 0.3, memoryMs: 2 * HOUR_MS });
  const grid = createDrift(world.under("grid"), { deviation: 2.5, memoryMs: 30 * MINUTE_MS });
  const drawn = new Pulses(world, "drawn", ENERGY.ratio);
  const fed = new Pulses(world, "fed", ENERGY.ratio);
  const gas = new Pulses(world, "gas", VOLUME.ratio);
  const heavyWatts = world.cell<number>("heavyWatts", 0);
  const volts = (watts: number): number => quantise(231 + grid.value - watts / 1500, VOLTAGE);

  const advance = (spanMs: number): void => {
    const isHeavy = stepEpisode(random, heavyWatts.value > 0, HEAVY, spanMs);
    if (!isHeavy) heavyWatts.value = 0;
    else if (heavyWatts.value === 0) heavyWatts.value = random.integer(1200, 7200);
    for (const drift of [habits, clouds, grid]) drift.advance(spanMs);
  };
  /** Watts through the meter: positive from the grid, negative from the roof. */
  const netWatts = (at: number): number => {
    const habit = Math.max(0.3, 1 + habits.value);
    const demand = (160 + 450 * bumpOfDay(at, 7.5, 1.5) + 900 * bumpOfDay(at, 19.5, 2.5)) * habit + heavyWatts.value;
    return demand - 3200 * Math.max(0, swingOfDay(at, 12.5) - 0.1) * Math.max(0.1, Math.min(1, 0.7 + clouds.value));
  };

  return {
    initial: { relay: true, voltage: volts(0), ...createRegisters(random) },
    step({ attrs, now, elapsedMs }) {
      const faults = stepFaults(random, attrs, ["fault_metering", "fault_relay"], elapsedMs);
      const pulses = [0, 0, 0, 0];
      let fedPulses = 0;
      let gasPulses = 0;
      const isConnected = attrs.relay === true;
      let watts = isConnected ? netWatts(now) : 0;
      for (const { from, to } of sliceStep(now, elapsedMs, SLICE_MS)) {
        const hours = (to - from) / HOUR_MS;
        advance(to - from);
        watts = isConnected ? netWatts(to) : 0;
        const tariff = tariffAt(from);
        pulses[tariff] = (pulses[tariff] ?? 0) + drawn.take((Math.max(0, watts) / 1000) * hours);
        fedPulses += fed.take((Math.max(0, -watts) / 1000) * hours);
        gasPulses += gas.take((0.03 + 0.5 * bumpOfDay(to, 7, 1.5) + 0.7 * bumpOfDay(to, 19, 2)) * hours);
      }
      const power = quantise(watts, POWER);
      const voltage = volts(watts);
      const sum = pulses.reduce((total, count) => total + count, 0);
      return {
        ...faults,
        ...(faults.fault_metering ? {} : { power, voltage }),
        positive_energy_total: count(attrs, "positive_energy_total", sum, ENERGY),
        ...Object.fromEntries(TARIFFS.map((name, tariff) => [name, count(attrs, name, pulses[tariff] ?? 0, ENERGY)])),
        negative_energy_total: count(attrs, "negative_energy_total", fedPulses, ENERGY),
        gas_volume: count(attrs, "gas_volume", gasPulses, VOLUME),
        overload: stepAlarm(attrs.overload === true, power, { high: 7000, margin: 500 }),
        voltage_abnormal: stepAlarm(attrs.voltage_abnormal === true, voltage, { low: 207, high: 253, margin: 2 }),
      };
    },
  };
};

/** Turns a flow into whole pulses of a register's last digit and keeps the rest. */
class Pulses {
  readonly #unit: number;
  readonly #rest: Cell<number>;

  constructor(world: World, name: string, unit: number) {
    this.#unit = unit;
    this.#rest = world.cell<number>(name, 0);
  }

  take(amount: number): number {
    this.#rest.value += amount / this.#unit;
    const whole = Math.floor(this.#rest.value);
    this.#rest.value -= whole;
    return whole;
  }
}

function count(attrs: Attrs, name: string, pulses: number, scale: Scale): number {
  return quantise(Number(attrs[name] ?? 0) + pulses * scale.ratio, scale);
}

/** 0 to 3 for t1 sharp, t2 peak, t3 flat, t4 valley; changes on the hour. */
function tariffAt(at: number): number {
  const hour = hourOfDay(at);
  if (hour >= 19 && hour < 21) return 0;
  if ((hour >= 8 && hour < 11) || (hour >= 17 && hour < 19)) return 1;
  return hour >= 23 || hour < 7 ? 3 : 2;
}

function createRegisters(random: Random): Attrs {
  const pulses = TARIFFS.map(() => random.integer(20_000, 90_000));
  const energy = (whole: number): number => quantise(whole * ENERGY.ratio, ENERGY);
  return {
    ...Object.fromEntries(TARIFFS.map((name, tariff) => [name, energy(pulses[tariff] ?? 0)])),
    positive_energy_total: energy(pulses.reduce((total, whole) => total + whole, 0)),
    negative_energy_total: energy(random.integer(10_000, 60_000)),
    gas_volume: quantise(random.integer(200_000, 900_000) * VOLUME.ratio, VOLUME),
  };
}
