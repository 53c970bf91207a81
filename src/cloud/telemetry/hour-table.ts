import type { Millis } from "../../core/duration.js";
import type { Database } from "../store/database.js";
import {
  emptyPage,
  HOUR_MS,
  type HourPage,
  isEmptyPage,
  PAGE_MS,
  pageOf,
  toNumbers,
  visitHours,
  writeHour,
} from "./hour-page.js";
import { addRollup, type Rollup, startRollup } from "./rollup.js";

/** Datapoints of which is known which page they report into; more are asked of the store again. */
const MARK_LIMIT = 200_000;
/** Pages that a fold of live reports computes at most, some 10 ms; whoever reads computes the others. */
const TIDY_LIMIT = 50;

/** Whose hours: store ids of the device and of the datapoint with its scale. */
export interface Series {
  readonly deviceId: number;
  readonly datapointId: number;
}

/** What is wanted of a series; both ends are whole hours. */
export interface HourRange extends Series {
  readonly from: Millis;
  readonly to: Millis;
  /** Without `count`, `sum`, `min` and `max` alone are right. */
  readonly withEnds: boolean;
}

type Quarter = readonly [bucket: Millis, ...numbers: (number | null)[]];
type PageRow = readonly [page: Millis, sums: Uint8Array, ends?: Uint8Array];

/**
 * Rollups by the hour, made of those of quarter-hours and kept for long questions. Writing only marks a page as stale,
 * in the transaction of the write; it is computed when reports have gone on to another page, or when it is asked for.
 */
export class HourTable {
  readonly #statements;
  readonly #keepInTransaction: (series: Series, pages: readonly Required<HourPage>[]) => void;
  /** The page that each series last had reports for; it is marked in the store. */
  readonly #marked = new Map<number, Millis>();
  /** Pages that were left behind. */
  readonly #left = new Map<string, Series & { readonly page: Millis }>();

  constructor(database: Database) {
    const pages = (columns: string) =>
      database
        .prepare<[number, number, Millis, Millis], PageRow>(
          `SELECT page, ${columns} FROM rollup_hours
           WHERE device_id = ? AND datapoint_id = ? AND page >= ? AND page < ? ORDER BY page`,
        )
        .raw();
    this.#statements = {
      quarters: database
        .prepare<[number, number, Millis, Millis], Quarter>(
          `SELECT bucket, count, sum, min, max, first_t, first_v, last_t, last_v, delta, integral FROM rollups
           WHERE device_id = ? AND datapoint_id = ? AND bucket >= ? AND bucket < ? ORDER BY bucket`,
        )
        .raw(),
      sums: pages("sums"),
      pages: pages("sums, ends"),
      stale: database
        .prepare<[number, number, Millis, Millis], Millis>(
          `SELECT page FROM stale_hours
           WHERE device_id = ? AND datapoint_id = ? AND page >= ? AND page < ? ORDER BY page`,
        )
        .pluck(),
      mark: database.prepare<[number, number, Millis]>("INSERT OR IGNORE INTO stale_hours VALUES (?, ?, ?)"),
      markKept: database.prepare<[number, number, Millis]>(
        `INSERT OR IGNORE INTO stale_hours
         SELECT device_id, datapoint_id, page FROM rollup_hours WHERE device_id = ? AND datapoint_id = ? AND page >= ?`,
      ),
      put: database.prepare<[number, number, Millis, Uint8Array, Uint8Array]>(
        "INSERT OR REPLACE INTO rollup_hours (device_id, datapoint_id, page, sums, ends) VALUES (?, ?, ?, ?, ?)",
      ),
      remove: database.prepare<[number, number, Millis]>(
        "DELETE FROM rollup_hours WHERE device_id = ? AND datapoint_id = ? AND page = ?",
      ),
      clean: database.prepare<[number, number, Millis]>(
        "DELETE FROM stale_hours WHERE device_id = ? AND datapoint_id = ? AND page = ?",
      ),
      removeBefore: database.prepare<[number, number, Millis]>(
        "DELETE FROM rollup_hours WHERE device_id = ? AND datapoint_id = ? AND page < ?",
      ),
    };
    this.#keepInTransaction = database.transaction((series: Series, pages: readonly Required<HourPage>[]) => {
      for (const page of pages) this.#store(series, page);
    });
  }

  /** Says, in the transaction that changes it, that a quarter-hour has another rollup. */
  mark(deviceId: number, datapointId: number, bucket: Millis): void {
    const page = pageOf(bucket);
    const id = idOf(deviceId, datapointId);
    const known = this.#marked.get(id);
    if (known === page) return;
    this.#statements.mark.run(deviceId, datapointId, page);
    if (known !== undefined && this.#left.size < MARK_LIMIT) {
      this.#left.set(`${id} ${known}`, { deviceId, datapointId, page: known });
    }
    if (this.#marked.size >= MARK_LIMIT) this.#marked.clear();
    this.#marked.set(id, page);
  }

  /** Computes pages that reports have left behind, in the transaction that is open. */
  tidy(limit: number = TIDY_LIMIT): void {
    let rest = limit;
    for (const [key, { page, ...series }] of this.#left) {
      if (rest === 0) return;
      this.#left.delete(key);
      if (this.#marked.get(idOf(series.deviceId, series.datapointId)) === page) continue;
      this.#store(series, this.#compute(series, page));
      rest -= 1;
    }
  }

  /** Forgets which pages are marked: the store may no longer say so. */
  forget(): void {
    this.#marked.clear();
    this.#left.clear();
  }

  /** Calls `visit` with each hour in which something was read, in order; the rollup is the next one's afterwards. */
  each(range: HourRange, visit: (hour: Millis, rollup: Readonly<Rollup>) => void): void {
    const rollup = startRollup(0, 0);
    for (const page of this.#read(range)) visitHours(page, range.from, range.to, rollup, visit);
  }

  /** Forgets the hours of a series before a quarter-hour, whose rollups are gone. */
  removeBefore({ deviceId, datapointId }: Series, bucket: Millis): void {
    this.forget();
    this.#statements.removeBefore.run(deviceId, datapointId, pageOf(bucket));
    this.#statements.mark.run(deviceId, datapointId, pageOf(bucket));
  }

  /** Marks all hours of a series from a quarter-hour on. */
  markSince({ deviceId, datapointId }: Series, bucket: Millis): void {
    this.#statements.markKept.run(deviceId, datapointId, pageOf(bucket));
  }

  /** The pages of a range: as they are kept, or computed where they are stale. */
  #read({ deviceId, datapointId, from, to, withEnds }: HourRange): HourPage[] {
    const where = [deviceId, datapointId, pageOf(from), to] as const;
    const stale = this.#statements.stale.all(...where);
    const kept = (withEnds ? this.#statements.pages : this.#statements.sums).all(...where).map(readPage);
    if (stale.length === 0) return kept;
    const computed = stale.map((page) => this.#compute({ deviceId, datapointId }, page));
    // Into the newest one reports may still come: it would be stale again at once.
    if (computed.length > 1) this.#keepInTransaction({ deviceId, datapointId }, computed.slice(0, -1));
    return [...kept.filter(({ page }) => !stale.includes(page)), ...computed].sort((a, b) => a.page - b.page);
  }

  #compute({ deviceId, datapointId }: Series, start: Millis): Required<HourPage> {
    const page = emptyPage(start);
    let hour: Millis | undefined;
    const rollup = startRollup(0, 0);
    const quarter = startRollup(0, 0);
    for (const row of this.#statements.quarters.all(deviceId, datapointId, start, start + PAGE_MS)) {
      const next = Math.floor(row[0] / HOUR_MS) * HOUR_MS;
      if (next === hour) {
        fillRollup(quarter, row);
        addRollup(rollup, quarter);
        continue;
      }
      if (hour !== undefined) writeHour(page, hour, rollup);
      hour = next;
      fillRollup(rollup, row);
    }
    if (hour !== undefined) writeHour(page, hour, rollup);
    return page;
  }

  #store({ deviceId, datapointId }: Series, hours: Required<HourPage>): void {
    const { page, sums, ends } = hours;
    const id = idOf(deviceId, datapointId);
    if (this.#marked.get(id) === page) this.#marked.delete(id);
    this.#statements.clean.run(deviceId, datapointId, page);
    if (isEmptyPage(hours)) this.#statements.remove.run(deviceId, datapointId, page);
    else
      this.#statements.put.run(deviceId, datapointId, page, new Uint8Array(sums.buffer), new Uint8Array(ends.buffer));
  }
}

function idOf(deviceId: number, datapointId: number): number {
  return deviceId * 2 ** 21 + datapointId;
}

function readPage([page, sums, ends]: PageRow): HourPage {
  return { page, sums: toNumbers(sums), ...(ends === undefined ? {} : { ends: toNumbers(ends) }) };
}

function fillRollup(rollup: Rollup, row: Quarter): void {
  rollup.count = row[1] as number;
  rollup.sum = row[2] as number;
  rollup.min = row[3] as number;
  rollup.max = row[4] as number;
  rollup.firstT = row[5] as number;
  rollup.firstV = row[6] as number;
  rollup.lastT = row[7] as number;
  rollup.lastV = row[8] as number;
  rollup.delta = row[9] as number;
  rollup.integral = row[10] ?? null;
}
