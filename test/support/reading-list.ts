import { LOG_KIND } from "../../src/cloud/telemetry/log-kind.js";
import { encodeBusinessFrame, M2M } from "../../src/codec/m2m.js";
import { packP0 } from "../../src/codec/p0.js";
import type { Random } from "../../src/core/random.js";
import { wireValues } from "../../src/profile/scale.js";
import { printProfile } from "./profile-document.js";
import type { ReportStore } from "./report-store.js";
import type { Unit, WallCalendar } from "./wall-calendar.js";

/** What the brute force knows of a datapoint: y = (ratio * x + addition) / 10 ** decimals, all of them integers. */
interface Scale {
  readonly ratio: number;
  readonly addition: number;
  readonly decimals: number;
  readonly max: number;
  readonly type: string;
}

/** Datapoints of every scale that sums could go wrong with. */
export const SCALES: Readonly<Record<string, Scale>> = {
  on: { ratio: 1, addition: 0, decimals: 0, max: 1, type: "bool" },
  speed: { ratio: 1, addition: -5, decimals: 0, max: 10, type: "uint8" },
  fall: { ratio: -5, addition: 105, decimals: 1, max: 200, type: "uint8" },
  temperature: { ratio: 1, addition: -550, decimals: 1, max: 1400, type: "uint16" },
  energy: { ratio: 1, addition: 0, decimals: 3, max: 4_000_000_000, type: "uint32" },
};
export const NAMES: readonly string[] = Object.keys(SCALES);

/** A product with those datapoints, and an enum and a binary that nobody can add up. */
export const SCALES_PROFILE = printProfile([
  ...Object.entries(SCALES).map(([name, scale]) => ({
    name,
    type: "status_readonly",
    data_type: scale.type,
    ...(scale.type === "bool"
      ? {}
      : {
          uint_spec: {
            min: 0,
            max: scale.max,
            ratio: Number(`${scale.ratio}e-${scale.decimals}`),
            addition: Number(`${scale.addition}e-${scale.decimals}`),
          },
        }),
  })),
  { name: "phase", type: "status_readonly", data_type: "enum", enum: ["a", "b", "c"] },
  { name: "blob", type: "status_readonly", data_type: "binary", position: { byte_offset: 9, len: 3, unit: "byte" } },
]);

/** One report: integers of 10 ** -decimals by datapoint. */
export interface Reading {
  readonly at: number;
  readonly values: Readonly<Record<string, number>>;
  /** A whole frame from the device, or an import of some datapoints. */
  readonly isWhole: boolean;
}

/** Reports between two instants in random order, some at the same instant, some at ends of quarter-hours. */
export function makeReadings(random: Random, count: number, from: number, to: number): Reading[] {
  const readings: Reading[] = [];
  while (readings.length < count) {
    const quarter = Math.floor(random.integer(from, to) / 900_000) * 900_000;
    const twin = readings.length === 0 ? quarter : random.pick(readings).at;
    const at = random.pick([random.integer(from, to), random.integer(from, to), twin, quarter, quarter + 899_999]);
    const isWhole = random.integer(0, 2) === 0;
    const names = NAMES.filter(() => isWhole || random.integer(0, 1) === 0);
    readings.push({ at, isWhole, values: Object.fromEntries(names.map((name) => [name, pickValue(random, name)])) });
  }
  return readings;
}

function pickValue(random: Random, name: string): number {
  const { ratio, addition, max } = SCALES[name] as Scale;
  return ratio * random.integer(0, max) + addition;
}

function toNumber(name: string, value: number | bigint): number {
  return Number(`${value}e-${SCALES[name]?.decimals}`);
}

/** A report's values as an app would name them. */
export function attrsOf(values: Reading["values"]): Record<string, number | boolean> {
  return Object.fromEntries(
    Object.entries(values).map(([name, value]) => [name, name === "on" ? value === 1 : toNumber(name, value)]),
  );
}

/** Hands a report to a store as a device or an import would. */
export function storeReading({ telemetry, device, product }: ReportStore, { at, values, isWhole }: Reading): void {
  const attrs = attrsOf(values);
  if (!isWhole) {
    telemetry.importReport(device, product, at, attrs);
    return;
  }
  const { layout } = product.profile;
  const p0 = packP0(layout, { kind: "report", values: wireValues(product.profile, attrs) });
  const payload = encodeBusinessFrame({ cmd: M2M.report, p0 });
  telemetry.append({ deviceId: device.id, at, kind: LOG_KIND.dev2app, profileId: product.profileId, payload });
}

export type Aggregate = "sum" | "avg" | "min" | "max";
/** Buckets in time order: the wall calendar's key, and values by name. */
export type Expected = [key: string, values: Record<string, number>][];

/** The aggregation as a person would do it: list, calendar, exact integers. */
export function aggregateByHand(
  readings: readonly (Reading & { readonly key: string })[],
  names: readonly string[],
  aggregate: Aggregate,
  start: number,
  end: number,
): Expected {
  const groups = new Map<string, Map<string, number[]>>();
  for (const { at, key, values } of readings) {
    if (at < start || at >= end) continue;
    for (const name of names) {
      const value = values[name];
      if (value === undefined) continue;
      const group = groups.get(key) ?? new Map<string, number[]>();
      groups.set(key, group.set(name, [...(group.get(name) ?? []), value]));
    }
  }
  return [...groups].map(([key, group]) => [
    key,
    Object.fromEntries([...group].map(([name, values]) => [name, finish(name, aggregate, values)])),
  ]);
}

function finish(name: string, aggregate: Aggregate, values: readonly number[]): number {
  const sum = toNumber(
    name,
    values.reduce((total, value) => total + BigInt(value), 0n),
  );
  if (aggregate === "sum") return sum;
  if (aggregate === "avg") return sum / values.length;
  return toNumber(name, aggregate === "min" ? Math.min(...values) : Math.max(...values));
}

/** The readings in time order with the key of their bucket. */
export function keyReadings(
  wall: WallCalendar,
  unit: Unit,
  readings: readonly Reading[],
): (Reading & { readonly key: string })[] {
  return [...readings]
    .sort((a, b) => a.at - b.at)
    .map((reading) => ({ ...reading, key: wall.keyAt(unit, reading.at) }));
}
