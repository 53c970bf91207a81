import { GizlabError } from "../../core/errors.js";
import { findDatapoint } from "../../profile/profile.js";
import type { Settings } from "../store/settings.js";
import {
  ENERGY_METRICS,
  ENERGY_PARTS,
  type EnergyMapping,
  type EnergyMetric,
  isMeasured,
  type MetricSource,
} from "./energy-metrics.js";
import { matchEnergy } from "./energy-names.js";
import type { Product } from "./products.js";

/** A mapping as somebody writes it: the unit is the metric's and the scale 1 where they are left out. */
export type GivenMapping = Readonly<Partial<Record<EnergyMetric, Partial<MetricSource>>>>;

/** Which datapoints of each product are energy: as set, else as their names say (aggregation-apis.md 2.5). */
export class EnergyMappings {
  readonly #settings: Settings;

  constructor(settings: Settings) {
    this.#settings = settings;
  }

  find(product: Product): EnergyMapping {
    const stored = this.#settings.read(settingOf(product));
    return stored === undefined ? matchEnergy(product.profile) : (JSON.parse(stored) as EnergyMapping);
  }

  /** Sets a product's whole mapping; a metric that it does not name is not measured. Throws `energy-mapping`. */
  set(product: Product, given: GivenMapping): EnergyMapping {
    const mapping = Object.fromEntries(
      Object.entries(given).map(([metric, source]) => [
        metric,
        completeSource(product, metric as EnergyMetric, source),
      ]),
    );
    this.#settings.write(settingOf(product), JSON.stringify(mapping));
    return mapping;
  }

  /** Lets the names of the datapoints decide again. */
  clear(product: Product): EnergyMapping {
    this.#settings.remove(settingOf(product));
    return this.find(product);
  }
}

function settingOf({ productKey }: Product): string {
  return `energy/${productKey}`;
}

function completeSource({ profile }: Product, metric: EnergyMetric, source: Partial<MetricSource>): MetricSource {
  const { parts, unit } = ENERGY_METRICS[metric];
  const named = ENERGY_PARTS.filter((part) => source[part] !== undefined);
  const odd = named.find((part) => !(parts as readonly string[]).includes(part));
  if (odd !== undefined || named.length === 0) {
    throw new GizlabError("energy-mapping", `${metric} is mapped by ${parts.join(", ")}`, { at: { path: metric } });
  }
  for (const part of named) {
    const datapoint = findDatapoint(profile, source[part] ?? "");
    if (datapoint !== undefined && isMeasured(datapoint)) continue;
    throw new GizlabError("energy-mapping", `${metric}.${part} names no numeric datapoint of ${profile.name}`, {
      found: source[part] ?? "",
      hint: `numeric: ${profile.datapoints
        .filter(isMeasured)
        .map(({ name }) => name)
        .join(", ")}`,
      at: { path: `${metric}.${part}` },
    });
  }
  return { ...source, unit: source.unit ?? unit, scale: source.scale ?? 1 };
}
