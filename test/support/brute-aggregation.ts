import { type Unit, WallCalendar } from "./wall-calendar.js";

export type Aggregator = "sum" | "avg" | "max" | "min";
export const AGGREGATORS: readonly Aggregator[] = ["sum", "avg", "max", "min"];

/** What a device said at some time, in engineering units; datapoints it did not name are absent. */
export interface PlainReport {
  readonly at: number;
  readonly values: Readonly<Record<string, number>>;
}

export interface BruteQuery {
  /** Included, both. */
  readonly start: number;
  readonly end: number;
  readonly attrs: readonly string[];
  readonly aggregator: Aggregator;
  readonly unit: Unit;
}

export interface BruteBucket {
  readonly datetime: string;
  readonly attrs: Readonly<Record<string, number>>;
}

const DAY_MS = 86_400_000;
const NOON_MS = DAY_MS / 2;
const UTC = new WallCalendar("UTC");

/** `agg_data` by going through every report for every question: slow, and with nothing of the code under test. */
export class BruteAggregation {
  readonly #wall: WallCalendar;
  readonly #decimals: number;
  readonly #buckets = new Map<string, { key: string; label: string }>();

  /** @param decimals places behind the point that the datapoints have */
  constructor(zone: string, decimals = 0) {
    this.#wall = new WallCalendar(zone);
    this.#decimals = decimals;
  }

  /** The `data` of an answer without uid and product_key. */
  answer(reports: readonly PlainReport[], { start, end, attrs, aggregator, unit }: BruteQuery): BruteBucket[] {
    const inside = reports.filter(({ at }) => at >= start && at <= end).sort((a, b) => a.at - b.at);
    const buckets = new Map<string, { label: string; readings: Map<string, number[]> }>();
    for (const { at, values } of inside) {
      for (const name of attrs) {
        const value = values[name];
        if (value === undefined) continue;
        const { key, label } = this.#bucketAt(unit, at);
        const bucket = buckets.get(key) ?? { label, readings: new Map<string, number[]>() };
        buckets.set(key, bucket);
        bucket.readings.set(name, [...(bucket.readings.get(name) ?? []), value]);
      }
    }
    return [...buckets.values()].map(({ label, readings }) => ({
      datetime: label,
      attrs: Object.fromEntries([...readings].map(([name, values]) => [name, this.#combine(aggregator, values)])),
    }));
  }

  #combine(aggregator: Aggregator, values: readonly number[]): number {
    if (aggregator === "max") return values.reduce((a, b) => Math.max(a, b));
    if (aggregator === "min") return values.reduce((a, b) => Math.min(a, b));
    // Whole numbers add up exactly.
    const scale = 10 ** this.#decimals;
    const sum = values.reduce((total, value) => total + Math.round(value * scale), 0) / scale;
    return aggregator === "sum" ? sum : sum / values.length;
  }

  #bucketAt(unit: Unit, at: number): { key: string; label: string } {
    const id = `${unit}${at}`;
    const known = this.#buckets.get(id);
    if (known !== undefined) return known;
    const bucket = { key: this.#wall.keyAt(unit, at), label: this.#labelAt(unit, at) };
    this.#buckets.set(id, bucket);
    return bucket;
  }

  /** A week is called by its Monday, which may lie in the year before. */
  #labelAt(unit: Unit, at: number): string {
    if (unit !== "WEEKS") return this.#wall.labelAt(unit, at);
    let monday = Math.floor(this.#wall.localAt(at) / DAY_MS) * DAY_MS + NOON_MS;
    while (new Date(monday).getUTCDay() !== 1) monday -= DAY_MS;
    return UTC.labelAt("WEEKS", monday);
  }
}
