import type { RawValues } from "../../codec/layout.js";
import type { Millis } from "../../core/duration.js";
import type { Profile } from "../../profile/profile.js";
import { type DisplayValue, type DisplayValues, toDisplay } from "../../profile/scale.js";
import type { Database } from "../store/database.js";

/** The newest value of each datapoint of a device, and when the newest report came. */
export interface Latest {
  readonly updatedAt: Millis;
  readonly attrs: Readonly<DisplayValues>;
}

interface Held {
  updatedAt: Millis;
  /** Value and its time by datapoint name. */
  readonly values: Map<string, { readonly value: DisplayValue; readonly at: Millis }>;
}

/** Devices whose latest values are held in memory; others are read back when asked for. */
const CACHE_LIMIT = 20_000;

/** The last reported values. A late report never hides a newer one; a variable-length one changes only what it names (cloud.md 8.1). */
export class LatestValues {
  readonly #held = new Map<number, Held>();
  readonly #read;
  readonly #write;

  constructor(database: Database) {
    this.#read = database.prepare<[number], { updated_at: Millis; attrs: string }>(
      "SELECT updated_at, attrs FROM latest WHERE device_id = ?",
    );
    this.#write = database.prepare<[number, Millis, string]>(
      "INSERT OR REPLACE INTO latest (device_id, updated_at, attrs) VALUES (?, ?, ?)",
    );
  }

  /** Takes reported values over, each with its time, by datapoint index. */
  merge(deviceId: number, profile: Profile, values: Readonly<RawValues>, times: readonly Millis[]): void {
    const held = this.#load(deviceId);
    for (const datapoint of profile.datapoints) {
      const raw = values[datapoint.index];
      const at = times[datapoint.index];
      if (raw === undefined || at === undefined) continue;
      held.updatedAt = Math.max(held.updatedAt, at);
      const known = held.values.get(datapoint.name);
      if (known === undefined || known.at <= at)
        held.values.set(datapoint.name, { value: toDisplay(datapoint, raw), at });
    }
  }

  /** Writes a device's values to the store. */
  store(deviceId: number): void {
    const held = this.#held.get(deviceId);
    if (held === undefined || held.values.size === 0) return;
    const attrs = Object.fromEntries([...held.values].map(([name, { value, at }]) => [name, [value, at]]));
    this.#write.run(deviceId, held.updatedAt, JSON.stringify(attrs));
  }

  read(deviceId: number): Latest | undefined {
    const held = this.#load(deviceId);
    if (held.values.size === 0) return undefined;
    return {
      updatedAt: held.updatedAt,
      attrs: Object.fromEntries([...held.values].map(([name, { value }]) => [name, value])),
    };
  }

  /** Forgets what it has read of the store. */
  forget(): void {
    this.#held.clear();
  }

  #load(deviceId: number): Held {
    const known = this.#held.get(deviceId);
    if (known !== undefined) return known;
    const row = this.#read.get(deviceId);
    const attrs = row === undefined ? {} : (JSON.parse(row.attrs) as Record<string, [DisplayValue, Millis]>);
    const held: Held = {
      updatedAt: row?.updated_at ?? 0,
      values: new Map(Object.entries(attrs).map(([name, [value, at]]) => [name, { value, at }])),
    };
    if (this.#held.size >= CACHE_LIMIT) this.#held.clear();
    this.#held.set(deviceId, held);
    return held;
  }
}
