import type { Access, DataType } from "../../codec/layout.js";
import type { Millis } from "../../core/duration.js";
import type { Random } from "../../core/random.js";
import type { Attrs, CreateModel, Model } from "../model.js";
import { approach, createDrift } from "./world/drift.js";
import { type Episode, happens, stepEpisode } from "./world/episode.js";
import { quantise, Sensor } from "./world/sensor.js";
import type { World } from "./world/world.js";

/** What the generic model has to know of a datapoint. Values are in engineering units. */
export interface ModelDatapoint {
  readonly name: string;
  readonly access: Access;
  readonly dataType: DataType;
  /** Labels of an enum, else empty. */
  readonly labels: readonly string[];
  readonly minValue: number;
  readonly maxValue: number;
  readonly ratio: number;
}

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const WANDER_MS = HOUR_MS;
const SWITCHING: Episode = { gapMs: 30 * MINUTE_MS, lengthMs: 15 * MINUTE_MS };
const RELABELLING_MS = 40 * MINUTE_MS;
const ALERT: Episode = { gapMs: 48 * HOUR_MS, lengthMs: 15 * MINUTE_MS };
const FAULT: Episode = { gapMs: 14 * 24 * HOUR_MS, lengthMs: 30 * MINUTE_MS };

/** One datapoint's next value, or nothing to leave it alone. */
type StepDatapoint = (attrs: Attrs, elapsedMs: Millis) => boolean | number | string | undefined;

/**
 * A plausible world for a profile that nobody has modelled: read-only numbers wander slowly around a level of their
 * own, read-only bools and enums change now and then, alerts and faults are rare and recover. Binaries and whatever
 * the app can write stay as they are.
 */
export function createGenericModel(datapoints: readonly ModelDatapoint[]): CreateModel {
  return (world: World): Model => {
    const initial: Record<string, number> = {};
    const steps: [name: string, step: StepDatapoint][] = [];
    for (const datapoint of datapoints) {
      const isNumber = datapoint.dataType.startsWith("uint");
      if (isNumber) initial[datapoint.name] = Math.min(datapoint.maxValue, Math.max(datapoint.minValue, 0));
      if (datapoint.access === "writable" || datapoint.dataType === "binary") continue;
      if (isNumber) {
        const { reading, step } = createWander(world, datapoint);
        initial[datapoint.name] = reading;
        steps.push([datapoint.name, step]);
      } else {
        steps.push([datapoint.name, createChange(world.stream(datapoint.name), datapoint)]);
      }
    }
    return {
      initial,
      step({ attrs, elapsedMs }) {
        const readings: Record<string, boolean | number | string> = {};
        for (const [name, step] of steps) {
          const value = step(attrs, elapsedMs);
          if (value !== undefined) readings[name] = value;
        }
        return readings;
      },
    };
  };
}

function createWander(world: World, datapoint: ModelDatapoint): { reading: number; step: StepDatapoint } {
  const scale = { min: datapoint.minValue, max: datapoint.maxValue, ratio: datapoint.ratio };
  const span = scale.max - scale.min;
  const part = world.under(datapoint.name);
  const level = part.cell("level", scale.min + span * (0.3 + 0.4 * part.random.next()));
  const drift = createDrift(part, { deviation: span / 16, memoryMs: WANDER_MS });
  const sensor = new Sensor(world, datapoint.name, scale, quantise(level.value + drift.value, scale));
  return {
    reading: sensor.reading,
    step: (attrs, elapsedMs) =>
      sensor.move(approach(sensor.read(attrs), level.value + drift.advance(elapsedMs), elapsedMs, WANDER_MS / 4)),
  };
}

function createChange(random: Random, { name, access, dataType, labels }: ModelDatapoint): StepDatapoint {
  if (dataType === "enum") {
    return (_attrs, elapsedMs) =>
      labels.length > 0 && happens(random, RELABELLING_MS, elapsedMs) ? random.pick(labels) : undefined;
  }
  const episode = access === "alert" ? ALERT : access === "fault" ? FAULT : SWITCHING;
  return (attrs, elapsedMs) => stepEpisode(random, attrs[name] === true, episode, elapsedMs);
}
