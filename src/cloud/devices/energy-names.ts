import type { Datapoint, Profile } from "../../profile/profile.js";
import {
  ENERGY_METRICS,
  type EnergyMapping,
  type EnergyMetric,
  type EnergyPart,
  isMeasured,
  type MetricSource,
} from "./energy-metrics.js";

/** What a word in a datapoint's name says. */
interface Meaning {
  readonly quantity?: "energy" | "gas" | "power" | "voltage" | "current";
  readonly isNegative?: boolean;
  readonly part?: EnergyPart;
  /** The unit's size in that of the metric. */
  readonly scale?: number;
}

const MEANINGS: readonly (readonly [words: string, meaning: Meaning])[] = [
  ["energy electricity", { quantity: "energy" }],
  ["kwh", { quantity: "energy", scale: 1 }],
  ["wh", { quantity: "energy", scale: 0.001 }],
  ["gas", { quantity: "gas" }],
  ["m3", { scale: 1 }],
  ["litre litres liter liters", { scale: 0.001 }],
  ["power watt watts", { quantity: "power" }],
  ["w", { scale: 1 }],
  ["kw", { scale: 1000 }],
  ["voltage volt volts", { quantity: "voltage" }],
  ["v", { scale: 1 }],
  ["mv", { scale: 0.001 }],
  ["current ampere amperes amps", { quantity: "current" }],
  ["ma", { scale: 0.001 }],
  ["positive forward import imported in consumed consumption used usage drawn", { isNegative: false }],
  ["negative reverse export exported out returned injected injection fed feedin", { isNegative: true }],
  ["total sum", { part: "total" }],
  ["t1 tier1 tariff1 rate1", { part: "t1" }],
  ["t2 tier2 tariff2 rate2", { part: "t2" }],
  ["t3 tier3 tariff3 rate3", { part: "t3" }],
  ["t4 tier4 tariff4 rate4", { part: "t4" }],
  ["l1 phase1", { part: "l1" }],
  ["l2 phase2", { part: "l2" }],
  ["l3 phase3", { part: "l3" }],
  ["active instantaneous cumulative accumulated register reading meter volume value", {}],
];
const MEANING_OF_WORD: ReadonlyMap<string, Meaning> = new Map(
  MEANINGS.flatMap(([words, meaning]) => words.split(" ").map((word) => [word, meaning] as const)),
);
/** Units whose capitals begin no word. */
const MIXED_CASE = /kWh|(?:kW|mV|mA)(?![a-z])/g;
/** OBIS codes of energy: `1_8_0` is what was drawn, `2_8_1` what was fed in by the first tariff. */
const OBIS = /(?:^|_)([12])_8_([0-4])$/;

/**
 * Finds a product's energy by the names of its datapoints: `positive_energy_t1`, `exportedEnergy`, `gas_m3`, `Power`,
 * `ep_1_8_0`. A name counts only when every word of it is understood; without a direction energy is drawn.
 */
export function matchEnergy(profile: Profile): EnergyMapping {
  const mapping: Partial<Record<EnergyMetric, MetricSource>> = {};
  for (const datapoint of profile.datapoints.filter(isMeasured)) {
    const match = matchName(datapoint);
    if (match === undefined) continue;
    const { metric, part, scale } = match;
    const known = mapping[metric] ?? { unit: ENERGY_METRICS[metric].unit, scale };
    // The first of two that mean the same counts, and one scale holds for a whole metric.
    if (known[part] === undefined && known.scale === scale) mapping[metric] = { ...known, [part]: datapoint.name };
  }
  return mapping;
}

function matchName({ name }: Datapoint): { metric: EnergyMetric; part: EnergyPart; scale: number } | undefined {
  const plain = name
    .replace(MIXED_CASE, (unit) => `_${unit.toLowerCase()}_`)
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase();
  const obis = OBIS.exec(plain);
  if (obis !== null) {
    const part = obis[2] === "0" ? "total" : (`t${obis[2]}` as EnergyPart);
    return { metric: obis[1] === "1" ? "positiveActiveEnergy" : "negativeActiveEnergy", part, scale: 1 };
  }
  const words = plain.split(/[^a-z0-9]+/).filter((word) => word !== "");
  const meanings = words.map((word) => MEANING_OF_WORD.get(word));
  if (meanings.includes(undefined)) return undefined;
  const { quantity, isNegative = false, part, scale = 1 } = Object.assign({}, ...meanings) as Meaning;
  const metric = metricOf(quantity, isNegative);
  if (metric === undefined) return undefined;
  const parts: readonly EnergyPart[] = ENERGY_METRICS[metric].parts;
  const whole = parts.includes("value") ? "value" : "total";
  const place = part === undefined || part === "total" ? whole : part;
  return parts.includes(place) ? { metric, part: place, scale } : undefined;
}

function metricOf(quantity: Meaning["quantity"], isNegative: boolean): EnergyMetric | undefined {
  switch (quantity) {
    case "energy":
      return isNegative ? "negativeActiveEnergy" : "positiveActiveEnergy";
    case "gas":
      return isNegative ? "negativeGasVolume" : "positiveGasVolume";
    case "power":
      return isNegative ? "negativeActiveInstantaneousPower" : "positiveActiveInstantaneousPower";
    case "voltage":
      return isNegative ? undefined : "instantaneousVoltage";
    case "current":
      return isNegative ? undefined : "instantaneousCurrent";
    case undefined:
      return undefined;
  }
}
