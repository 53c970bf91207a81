import type { RawValue, RawValues } from "../../codec/layout.js";
import type { Millis } from "../../core/duration.js";
import type { Profile } from "../../profile/profile.js";
import type { Products, ProfileVersion } from "../devices/products.js";
import { EntryWriter } from "./entry-codec.js";
import type { LogEntry } from "./log-entry.js";
import { toReading, unpackReport } from "./report.js";
import { addReading, bucketOf, type Rollup, startRollup } from "./rollup.js";

/** What has come of one device in one quarter-hour since the last fold. */
export interface PendingBucket {
  readonly start: Millis;
  /** The entries, ready to be stored. */
  readonly entries: EntryWriter;
  /** Rollups by the store id of the datapoint. */
  readonly rollups: Map<number, Rollup>;
  /** Those of them that the newest report changed. */
  readonly columns: Columns;
  /** False when some report came behind a newer one; then the bucket has to be computed from the log. */
  isOrdered: boolean;
}

/** Rollups by the datapoint's index in a profile version: reports mostly come of one version, one like the other. */
interface Columns {
  profileId: number;
  readonly rollups: (Rollup | undefined)[];
}

/** The newest values of one device since the last fold, by datapoint index. */
export interface PendingLatest {
  readonly profile: Profile;
  readonly values: (RawValue | undefined)[];
  readonly times: Millis[];
}

/** What has come of one device since the last fold. */
export interface PendingDevice {
  readonly buckets: Map<Millis, PendingBucket>;
  /** One for each profile version that reported. */
  readonly latest: Map<number, PendingLatest>;
}

/** Committed entries on their way into log, rollups and latest values: kept as bytes and sums, not as objects. */
export class Pending {
  readonly #products: Products;
  readonly devices = new Map<number, PendingDevice>();
  count = 0;

  constructor(products: Products) {
    this.#products = products;
  }

  /** Takes an entry over; its stored form stands in `written` from `from` to `to`. */
  add(entry: LogEntry, written: EntryWriter, from: number, to: number): void {
    const device = this.#deviceOf(entry.deviceId);
    const bucket = bucketAt(device, entry.at);
    bucket.entries.copyFrom(written, from, to);
    const version = this.#products.version(entry.profileId);
    if (version === undefined) return;
    const values = unpackReport(version.profile.layout, entry);
    if (values !== undefined) countReport(device, bucket, entry, version, values);
  }

  /** Takes over a report whose wire values are known. */
  addReport(entry: LogEntry, values: Readonly<RawValues>): void {
    const device = this.#deviceOf(entry.deviceId);
    const bucket = bucketAt(device, entry.at);
    bucket.entries.add(entry);
    const version = this.#products.version(entry.profileId);
    if (version !== undefined) countReport(device, bucket, entry, version, values);
  }

  clear(): void {
    this.devices.clear();
    this.count = 0;
  }

  #deviceOf(deviceId: number): PendingDevice {
    this.count += 1;
    let device = this.devices.get(deviceId);
    if (device === undefined) {
      device = { buckets: new Map(), latest: new Map() };
      this.devices.set(deviceId, device);
    }
    return device;
  }
}

function bucketAt(device: PendingDevice, at: Millis): PendingBucket {
  const start = bucketOf(at);
  let bucket = device.buckets.get(start);
  if (bucket === undefined) {
    const columns = { profileId: 0, rollups: [] };
    bucket = { start, entries: new EntryWriter(), rollups: new Map(), columns, isOrdered: true };
    device.buckets.set(start, bucket);
  }
  return bucket;
}

function countReport(
  device: PendingDevice,
  bucket: PendingBucket,
  { at, profileId }: LogEntry,
  { profile, rollupIds }: ProfileVersion,
  values: Readonly<RawValues>,
): void {
  let latest = device.latest.get(profileId);
  if (latest === undefined) {
    latest = { profile, values: [], times: [] };
    device.latest.set(profileId, latest);
  }
  const columns = columnsOf(bucket, profileId);
  for (let index = 0; index < rollupIds.length; index += 1) {
    const value = values[index];
    if (value === undefined) continue;
    if (!(at < (latest.times[index] as number))) {
      latest.values[index] = value;
      latest.times[index] = at;
    }
    const id = rollupIds[index];
    if (id === undefined) continue;
    const reading = typeof value === "number" ? value : toReading(value);
    if (reading === undefined) continue;
    const rollup = columns[index] ?? bucket.rollups.get(id);
    if (rollup === undefined) {
      const started = startRollup(at, reading);
      bucket.rollups.set(id, started);
      columns[index] = started;
      continue;
    }
    columns[index] = rollup;
    if (at < rollup.lastT) bucket.isOrdered = false;
    addReading(rollup, at, reading);
  }
}

function columnsOf({ columns }: PendingBucket, profileId: number): (Rollup | undefined)[] {
  if (columns.profileId !== profileId) {
    columns.profileId = profileId;
    columns.rollups.length = 0;
  }
  return columns.rollups;
}
