import type { Millis } from "../../core/duration.js";
import type { Database } from "../store/database.js";
import { HourTable } from "./hour-table.js";
import { mergeLateRollup, mergeRollups, type Rollup } from "./rollup.js";

/** A stored rollup and its quarter-hour. */
export type RollupRow = Readonly<Rollup> & { readonly bucket: Millis };

const SELECT =
  "SELECT bucket, count, sum, min, max, first_t AS firstT, first_v AS firstV, last_t AS lastT, last_v AS lastV, delta, integral FROM rollups";
const PUT = `INSERT OR REPLACE INTO rollups
  (device_id, datapoint_id, bucket, count, sum, min, max, first_t, first_v, last_t, last_v, delta, integral)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`;

/** The stored rollups. */
export class RollupTable {
  /** The same by the hour. */
  readonly hours: HourTable;
  readonly #statements;

  constructor(database: Database) {
    this.hours = new HourTable(database);
    this.#statements = {
      one: database.prepare<[number, number, Millis], RollupRow>(
        `${SELECT} WHERE device_id = ? AND datapoint_id = ? AND bucket = ?`,
      ),
      range: database.prepare<[number, number, Millis, Millis], RollupRow>(
        `${SELECT} WHERE device_id = ? AND datapoint_id = ? AND bucket >= ? AND bucket < ? ORDER BY bucket`,
      ),
      before: database.prepare<[number, number, Millis], RollupRow>(
        `${SELECT} WHERE device_id = ? AND datapoint_id = ? AND bucket < ? ORDER BY bucket DESC LIMIT 1`,
      ),
      next: database
        .prepare<[number, number, Millis], number>(
          "SELECT bucket FROM rollups WHERE device_id = ? AND datapoint_id = ? AND bucket >= ? ORDER BY bucket LIMIT 1",
        )
        .pluck(),
      put: database.prepare(PUT),
      series: database.prepare<[number, number], { device_id: number; datapoint_id: number }>(
        `SELECT device_id, datapoint_id FROM rollups WHERE (device_id, datapoint_id) > (?, ?)
         ORDER BY device_id, datapoint_id LIMIT 1`,
      ),
      removeSince: database.prepare<[number, number, Millis]>(
        "DELETE FROM rollups WHERE device_id = ? AND datapoint_id = ? AND bucket >= ?",
      ),
      removeBefore: database.prepare<[number, number, Millis]>(
        "DELETE FROM rollups WHERE device_id = ? AND datapoint_id = ? AND bucket < ?",
      ),
    };
  }

  /** Merges rollups of newer reports into a bucket. False, and nothing written, when some report is older than what is stored. */
  merge(deviceId: number, bucket: Millis, rollups: ReadonlyMap<number, Rollup>): boolean {
    const merged: [number, Rollup][] = [];
    for (const [datapointId, rollup] of rollups) {
      const row = this.#statements.one.get(deviceId, datapointId, bucket);
      if (row !== undefined && row.lastT > rollup.firstT) return false;
      merged.push([datapointId, row === undefined ? rollup : mergeRollups(row, rollup)]);
    }
    for (const [datapointId, rollup] of merged) this.#put(deviceId, datapointId, bucket, rollup);
    return true;
  }

  /** Merges rollups of reports of any time into a bucket whose log is dropped (`mergeLateRollup`). */
  mergeLate(deviceId: number, bucket: Millis, rollups: ReadonlyMap<number, Rollup>): void {
    for (const [datapointId, rollup] of rollups) {
      const row = this.#statements.one.get(deviceId, datapointId, bucket);
      this.#put(deviceId, datapointId, bucket, row === undefined ? rollup : mergeLateRollup(row, rollup));
    }
  }

  /** Overwrites a bucket's rollups. */
  replace(deviceId: number, bucket: Millis, rollups: ReadonlyMap<number, Rollup>): void {
    for (const [datapointId, rollup] of rollups) this.#put(deviceId, datapointId, bucket, rollup);
  }

  /** The stored buckets in [from, to), in order. */
  range(deviceId: number, datapointId: number, from: Millis, to: Millis): RollupRow[] {
    return this.#statements.range.all(deviceId, datapointId, from, to);
  }

  /** The first stored bucket from one on. */
  next(deviceId: number, datapointId: number, bucket: Millis): Millis | undefined {
    return this.#statements.next.get(deviceId, datapointId, bucket);
  }

  /** The newest stored bucket before one. */
  before(deviceId: number, datapointId: number, bucket: Millis): RollupRow | undefined {
    return this.#statements.before.get(deviceId, datapointId, bucket);
  }

  /** Removes a device's buckets from one on. */
  removeSince(deviceId: number, bucket: Millis): void {
    for (const [device, datapointId] of this.#series(deviceId)) {
      if (device !== deviceId) return;
      this.hours.markSince({ deviceId, datapointId }, bucket);
      this.#statements.removeSince.run(deviceId, datapointId, bucket);
    }
  }

  /** Removes every device's buckets before one; how many rows went. */
  removeBefore(bucket: Millis): number {
    let count = 0;
    for (const [deviceId, datapointId] of this.#series(0)) {
      const { changes } = this.#statements.removeBefore.run(deviceId, datapointId, bucket);
      if (changes > 0) this.hours.removeBefore({ deviceId, datapointId }, bucket);
      count += changes;
    }
    return count;
  }

  /** Which datapoints of which devices have rollups, from a device on; each found by one look into the key. */
  *#series(from: number): Generator<[deviceId: number, datapointId: number]> {
    let next = this.#statements.series.get(from, -1);
    while (next !== undefined) {
      const { device_id: deviceId, datapoint_id: datapointId } = next;
      yield [deviceId, datapointId];
      next = this.#statements.series.get(deviceId, datapointId);
    }
  }

  #put(deviceId: number, datapointId: number, bucket: Millis, rollup: Rollup): void {
    const { count, sum, min, max, firstT, firstV, lastT, lastV, delta, integral } = rollup;
    this.hours.mark(deviceId, datapointId, bucket);
    this.#statements.put.run(
      deviceId,
      datapointId,
      bucket,
      count,
      sum,
      min,
      max,
      firstT,
      firstV,
      lastT,
      lastV,
      delta,
      integral,
    );
  }
}
