import { toNumber } from "../../core/numbers/whole.js";
import type { Datapoint, Profile } from "../../profile/profile.js";

/** The parts of a metric that a datapoint can be: tiers (tariffs), phases, the whole. */
export const ENERGY_PARTS = ["t1", "t2", "t3", "t4", "l1", "l2", "l3", "total", "value"] as const;
export type EnergyPart = (typeof ENERGY_PARTS)[number];

/** What a metric is made of. */
interface MetricForm {
  readonly parts: readonly EnergyPart[];
  /** The part without which there is no metric. */
  readonly needs?: EnergyPart;
  /** Where the needed part is no datapoint, it is the sum of these. */
  readonly sums?: readonly EnergyPart[];
  readonly unit: string;
}

const TIERS = ["t1", "t2", "t3", "t4"] as const;
const TIERED: MetricForm = { parts: [...TIERS, "total"], needs: "total", sums: TIERS, unit: "kWh" };
const VOLUME: MetricForm = { parts: ["value"], needs: "value", unit: "m3" };
const phased = (unit: string): MetricForm => ({ parts: ["l1", "l2", "l3", "total"], unit });

/** The metrics of DER Connect that a meter can have, each in the order in which it is answered (aggregation-apis.md 2.5). */
export const ENERGY_METRICS = {
  instantaneousCurrent: phased("A"),
  instantaneousVoltage: phased("V"),
  negativeActiveEnergy: TIERED,
  negativeActiveInstantaneousPower: phased("W"),
  negativeGasVolume: VOLUME,
  positiveActiveEnergy: TIERED,
  positiveActiveInstantaneousPower: phased("W"),
  positiveGasVolume: VOLUME,
} as const satisfies Record<string, MetricForm>;
export type EnergyMetric = keyof typeof ENERGY_METRICS;

/** Those that an aggregation has; a reading has all. */
export const AGGREGATED_METRICS = [
  "negativeActiveEnergy",
  "negativeGasVolume",
  "positiveActiveEnergy",
  "positiveGasVolume",
] as const satisfies readonly EnergyMetric[];

/** Which datapoints a metric is read from, by their names; their values times `scale` are in `unit`. */
export interface MetricSource extends Readonly<Partial<Record<EnergyPart, string>>> {
  readonly unit: string;
  readonly scale: number;
}

/** Where a product has its energy. */
export type EnergyMapping = Readonly<Partial<Record<EnergyMetric, MetricSource>>>;

/** What a metric measures, in its unit: of a tariff, of a phase, of all. */
type Measurement = Readonly<Partial<Record<EnergyPart, number>> & { unit: string }>;
type Tiered = Pick<Measurement, "t1" | "t2" | "t3" | "t4" | "unit"> & { readonly total: number };
type Phased = Pick<Measurement, "l1" | "l2" | "l3" | "total" | "unit">;
type Volume = Pick<Measurement, "unit"> & { readonly value: number };

/** Metrics by name; those of which nothing is known are absent. */
export interface Measurements {
  readonly instantaneousCurrent?: Phased;
  readonly instantaneousVoltage?: Phased;
  readonly negativeActiveEnergy?: Tiered;
  readonly negativeActiveInstantaneousPower?: Phased;
  readonly negativeGasVolume?: Volume;
  readonly positiveActiveEnergy?: Tiered;
  readonly positiveActiveInstantaneousPower?: Phased;
  readonly positiveGasVolume?: Volume;
}

/** True for a datapoint that can be a register or a measured value: neither bool, enum nor binary. */
export function isMeasured(datapoint: Datapoint): boolean {
  return datapoint.dataType.startsWith("uint");
}

/** The datapoints of a profile that a mapping reads some metrics from; those that the profile has not are passed over. */
export function mappedDatapoints(
  profile: Profile,
  mapping: EnergyMapping,
  metrics: readonly EnergyMetric[],
): Datapoint[] {
  const names = new Set<string | undefined>(
    metrics.flatMap((metric) => ENERGY_METRICS[metric].parts.map((part) => mapping[metric]?.[part])),
  );
  return profile.datapoints.filter((datapoint) => names.has(datapoint.name) && isMeasured(datapoint));
}

/**
 * Puts values of datapoints together as metrics. Without a datapoint of its own a total is the sum of all tiers; one
 * that lacks a tier is none, unless `isGrowth`: a tier that says nothing has gained nothing.
 */
export function measure(
  mapping: EnergyMapping,
  metrics: readonly EnergyMetric[],
  values: Readonly<Record<string, unknown>>,
  { isGrowth = false }: { readonly isGrowth?: boolean } = {},
): Measurements {
  const measured: Partial<Record<EnergyMetric, Measurement>> = {};
  for (const metric of metrics) {
    const source = mapping[metric];
    const found = source === undefined ? undefined : measureOne(ENERGY_METRICS[metric], source, values, isGrowth);
    if (found !== undefined) measured[metric] = found;
  }
  // What a metric needs is there, or the metric is not.
  return measured as Measurements;
}

function measureOne(
  { parts, needs, sums = [] }: MetricForm,
  source: MetricSource,
  values: Readonly<Record<string, unknown>>,
  isGrowth: boolean,
): Measurement | undefined {
  const found: Partial<Record<EnergyPart, number>> = {};
  for (const part of parts) {
    const name = source[part];
    const value = name !== undefined && Object.hasOwn(values, name) ? values[name] : undefined;
    const number = toNumber(value);
    if (number !== null) found[part] = scaleTo(number, source.scale);
  }
  const addends = sums.filter((part) => source[part] !== undefined);
  const isWhole = isGrowth ? addends.some((part) => part in found) : addends.every((part) => part in found);
  if (needs !== undefined && source[needs] === undefined && addends.length > 0 && isWhole) {
    found[needs] = trimNoise(addends.reduce((sum, part) => sum + (found[part] ?? 0), 0));
  }
  if (needs === undefined ? Object.keys(found).length === 0 : !(needs in found)) return undefined;
  return { ...found, unit: source.unit };
}

function scaleTo(value: number, scale: number): number {
  return scale === 1 ? value : trimNoise(value * scale);
}

/** Takes away what binary fractions add behind the fifteenth digit. */
function trimNoise(value: number): number {
  return Number(value.toPrecision(15));
}
