import type { Millis } from "../../core/duration.js";
import type { Database } from "../store/database.js";
import { mergeRollups, type Rollup } from "./rollup.js";

export interface RollupRow {
  readonly bucket: Millis;
  readonly count: number;
  readonly sum: number;
  readonly min: number;
  readonly max: number;
  readonly first_t: Millis;
  readonly first_v: number;
  readonly last_t: Millis;
  readonly last_v: number;
  readonly delta: number;
}

const COLUMNS = "bucket, count, sum, min, max, first_t, first_v, last_t, last_v, delta";

/** The stored rollups. */
export class RollupTable {
  readonly #statements;

  constructor(database: Database) {
    this.#statements = {
      one: database.prepare<[number, number, Millis], RollupRow>(
        `SELECT ${COLUMNS} FROM rollups WHERE device_id = ? AND datapoint_id = ? AND bucket = ?`,
      ),
      range: database.prepare<[number, number, Millis, Millis], RollupRow>(
        `SELECT ${COLUMNS} FROM rollups WHERE device_id = ? AND datapoint_id = ? AND bucket >= ? AND bucket < ? ORDER BY bucket`,
      ),
      put: database.prepare(
        `INSERT OR REPLACE INTO rollups (device_id, datapoint_id, ${COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
      ),
      removeDevice: database.prepare<[number]>("DELETE FROM rollups WHERE device_id = ?"),
    };
  }

  /** Merges rollups of newer reports into a bucket. False, and nothing written, when some report is older than what is stored. */
  merge(deviceId: number, bucket: Millis, rollups: ReadonlyMap<number, Rollup>): boolean {
    const merged: [number, Rollup][] = [];
    for (const [datapointId, rollup] of rollups) {
      const row = this.#statements.one.get(deviceId, datapointId, bucket);
      if (row !== undefined && row.last_t > rollup.firstT) return false;
      merged.push([datapointId, row === undefined ? rollup : mergeRollups(fromRow(row), rollup)]);
    }
    for (const [datapointId, rollup] of merged) this.#put(deviceId, datapointId, bucket, rollup);
    return true;
  }

  /** Overwrites a bucket's rollups. */
  replace(deviceId: number, bucket: Millis, rollups: ReadonlyMap<number, Rollup>): void {
    for (const [datapointId, rollup] of rollups) this.#put(deviceId, datapointId, bucket, rollup);
  }

  /** The stored buckets in [from, to), in order. */
  range(deviceId: number, datapointId: number, from: Millis, to: Millis): RollupRow[] {
    return this.#statements.range.all(deviceId, datapointId, from, to);
  }

  removeDevice(deviceId: number): void {
    this.#statements.removeDevice.run(deviceId);
  }

  #put(deviceId: number, datapointId: number, bucket: Millis, rollup: Rollup): void {
    const { count, sum, min, max, firstT, firstV, lastT, lastV, delta } = rollup;
    this.#statements.put.run(deviceId, datapointId, bucket, count, sum, min, max, firstT, firstV, lastT, lastV, delta);
  }
}

function fromRow(row: RollupRow): Rollup {
  return {
    count: row.count,
    sum: row.sum,
    min: row.min,
    max: row.max,
    firstT: row.first_t,
    firstV: row.first_v,
    lastT: row.last_t,
    lastV: row.last_v,
    delta: row.delta,
  };
}
