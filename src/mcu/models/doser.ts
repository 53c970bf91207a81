import type { Millis } from "../../core/duration.js";
import type { CreateModel, Model } from "../model.js";
import { createDosingScheduleHex, DosingSchedule } from "./dosing-schedule.js";
import { stepAlarm } from "./world/alarm.js";
import { happens, stepFaults } from "./world/episode.js";
import { Sensor } from "./world/sensor.js";
import type { World } from "./world/world.js";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
const CALIBRATION_MS = MINUTE_MS;
const BOTTLE_ML = 1000;
const LOW_ML = 100;
/** About what a pump needs for a scheduled dose. */
const DOSE_MS = 6_000;
const REFILL_MS = 8 * HOUR_MS;
const CHANNELS = [1, 2, 3, 4] as const;
const FAULTS = ["fault_pump1", "fault_pump2", "fault_pump3", "fault_pump4", "fault_clock"] as const;

/** Four pumps on four bottles: what is dosed by schedule, by hand or to calibrate is missing in the bottle. */
export const createDoser: CreateModel = (world: World): Model => {
  const { random } = world;
  const bottles = CHANNELS.map(
    (n) => new Sensor(world, `ch${n}_level`, { min: 0, max: BOTTLE_ML, ratio: 0.1 }, random.integer(400, 950)),
  );
  const schedules = CHANNELS.map(() => new DosingSchedule());
  const today = new Sensor(world, "dosed_today", { min: 0, max: 6553.5, ratio: 0.1 }, 0);
  const calibrating = world.cell<string>("calibrating", "None");
  const calibratedMs = world.cell<number>("calibratedMs", 0);
  const calibrate = (channel: string): void => {
    calibrating.value = channel;
    calibratedMs.value = 0;
  };

  return {
    initial: {
      power: true,
      timer_on: true,
      calibrate: "None",
      ...Object.fromEntries(
        CHANNELS.flatMap((n, index) => [
          [`ch${n}_calibration`, random.integer(40, 60)],
          [`ch${n}_schedule`, createDosingScheduleHex(random)],
          [`ch${n}_level`, bottles[index]?.reading ?? 0],
        ]),
      ),
    },
    step({ attrs, now, elapsedMs }) {
      const faults = stepFaults(random, attrs, FAULTS, elapsedMs);
      const isOn = attrs.power === true;
      const from = now - elapsedMs;
      const midnight = Math.floor(now / DAY_MS) * DAY_MS;
      const channel = isOn ? String(attrs.calibrate ?? "None") : "None";
      if (channel !== calibrating.value) calibrate(channel);
      const calibrationMs = channel === "None" ? 0 : Math.min(elapsedMs, CALIBRATION_MS - calibratedMs.value);
      calibratedMs.value += calibrationMs;
      const isCalibrated = calibratedMs.value >= CALIBRATION_MS;

      let dosed = midnight > from ? 0 : today.read(attrs);
      let isDosing = false;
      const readings: Record<string, number | boolean> = {};
      CHANNELS.forEach((n, index) => {
        const bottle = bottles[index] as Sensor;
        const schedule = schedules[index] as DosingSchedule;
        const hex = String(attrs[`ch${n}_schedule`] ?? "");
        const isPumping = isOn && !faults[`fault_pump${n}`];
        const isByHand = isPumping && attrs[`ch${n}_switch`] === true;
        const rate = Number(attrs[`ch${n}_calibration`] ?? 0) / MINUTE_MS;
        const isTimed = isPumping && attrs.timer_on === true && !faults.fault_clock;
        const scheduled = (start: Millis): number => (isTimed ? schedule.doseBetween(hex, start, now) : 0);
        const pumped = (start: Millis): number => (isByHand ? rate * (now - start) : 0) + scheduled(start);
        const calibration = isPumping && channel === `Ch${n}` ? rate * calibrationMs : 0;

        const held = bottle.read(attrs);
        const wanted = pumped(from) + calibration;
        const given = Math.min(held, wanted);
        if (wanted > 0) dosed += (pumped(Math.max(from, midnight)) + calibration) * (given / wanted);
        const left = held - given;
        isDosing ||= left > 0 && (isByHand || (calibration > 0 && !isCalibrated) || scheduled(now - DOSE_MS) > 0);
        const isRefilled = left < LOW_ML && happens(random, REFILL_MS, elapsedMs);
        const level = bottle.move(isRefilled ? BOTTLE_ML : left);
        readings[`ch${n}_level`] = level;
        readings[`low_ch${n}`] = stepAlarm(attrs[`low_ch${n}`] === true, level, { low: LOW_ML, margin: 10 });
      });
      if (isCalibrated) calibrate("None");
      return {
        ...faults,
        ...readings,
        dosing: isDosing,
        dosed_today: today.move(dosed),
        ...(isCalibrated ? { calibrate: "None" } : {}),
      };
    },
  };
};
