import type { Millis } from "../../core/duration.js";
import type { Database } from "../store/database.js";
import { Settings } from "../store/settings.js";
import { readEntries } from "./entry-codec.js";
import type { LogEntry } from "./log-entry.js";
import { LOG_KIND } from "./log-kind.js";
import { bucketOf } from "./rollup.js";

export interface LogQuery {
  readonly deviceId: number;
  /** `cmd` is the traffic, `online` the comings and goings (rest.md 4.6). */
  readonly type: "cmd" | "online";
  /** Not included. */
  readonly after: Millis;
  /** Included. */
  readonly until: Millis;
  readonly skip: number;
  readonly limit: number;
  readonly order: "asc" | "desc";
}

const KINDS: Readonly<Record<LogQuery["type"], readonly number[]>> = {
  cmd: [LOG_KIND.dev2app, LOG_KIND.app2dev],
  online: [LOG_KIND.devOnline, LOG_KIND.devReOnline, LOG_KIND.devOffline],
};

/** Rows that are decoded at a time: a row may have hundreds of entries. */
const CHUNK_ROWS = 16;

/** Rows that one opening of the store may add. */
const RUN_RANGE = 2 ** 32;

interface LogRow {
  readonly bucket: Millis;
  readonly entries: Uint8Array;
}

/** Every message and event of every device: rows of some entries each, all of one device and quarter-hour. */
export class LogTable {
  readonly #statements;
  #seq: number;

  constructor(database: Database) {
    this.#statements = {
      add: database.prepare<[number, Millis, number, Uint8Array]>(
        "INSERT INTO log (device_id, bucket, seq, entries) VALUES (?, ?, ?, ?)",
      ),
      range: database.prepare<[number, Millis, Millis], LogRow>(
        "SELECT bucket, entries FROM log WHERE device_id = ? AND bucket >= ? AND bucket <= ? ORDER BY bucket, seq",
      ),
      forward: database.prepare<[number, Millis, Millis, number], LogRow>(
        "SELECT bucket, entries FROM log WHERE device_id = ? AND bucket >= ? AND bucket <= ? ORDER BY bucket, seq LIMIT ?",
      ),
      backward: database.prepare<[number, Millis, Millis, number], LogRow>(
        "SELECT bucket, entries FROM log WHERE device_id = ? AND bucket >= ? AND bucket <= ? ORDER BY bucket DESC, seq DESC LIMIT ?",
      ),
      has: database
        .prepare<[number, Millis], number>("SELECT 1 FROM log WHERE device_id = ? AND bucket = ? LIMIT 1")
        .pluck(),
      nextDevice: database
        .prepare<[number], number>("SELECT device_id FROM log WHERE device_id > ? ORDER BY device_id LIMIT 1")
        .pluck(),
      removeBefore: database.prepare<[number, Millis]>("DELETE FROM log WHERE device_id = ? AND bucket < ?"),
      last: database.prepare<[], { seq: number | null }>("SELECT max(seq) AS seq FROM log"),
      next: database.prepare<[number, Millis], { bucket: Millis }>(
        "SELECT bucket FROM log WHERE device_id = ? AND bucket >= ? ORDER BY bucket LIMIT 1",
      ),
      buckets: database.prepare<[number], { bucket: Millis }>(
        "SELECT DISTINCT bucket FROM log WHERE device_id = ? ORDER BY bucket",
      ),
    };
    // Rows of a later opening come behind those of all earlier ones.
    const settings = new Settings(database);
    const run = Number(settings.read("log-run") ?? 0) + 1;
    settings.write("log-run", String(run));
    this.#seq = run * RUN_RANGE;
  }

  /** Goes on behind the rows that the store holds now, which another opening may have written. */
  reload(): void {
    this.#seq = Math.max(this.#seq, this.#statements.last.get()?.seq ?? 0);
  }

  /** Adds entries of one quarter-hour, as an `EntryWriter` wrote them. */
  add(deviceId: number, bucket: Millis, entries: Uint8Array): void {
    this.#seq += 1;
    this.#statements.add.run(deviceId, bucket, this.#seq, entries);
  }

  /** Whether a device has entries in a quarter-hour. */
  has(deviceId: number, bucket: Millis): boolean {
    return this.#statements.has.get(deviceId, bucket) !== undefined;
  }

  /** The entries of one quarter-hour in time order, arrival order on equal times. */
  bucket(deviceId: number, bucket: Millis): LogEntry[] {
    return this.#read(deviceId, bucket, bucket);
  }

  /** The quarter-hours in which a device has entries. */
  buckets(deviceId: number): Millis[] {
    return this.#statements.buckets.all(deviceId).map(({ bucket }) => bucket);
  }

  /** The first quarter-hour that begins at or after `from` and in which a device has entries. */
  nextBucket(deviceId: number, from: Millis): Millis | undefined {
    return this.#statements.next.get(deviceId, from)?.bucket;
  }

  /**
   * What a device said in [from, to), read a few rows at a time: oldest first and arrival order on equal times, or
   * just the other way round.
   */
  *range(deviceId: number, from: Millis, to: Millis, order: "asc" | "desc" = "asc"): Generator<LogEntry> {
    const isForward = order === "asc";
    const statement = isForward ? this.#statements.forward : this.#statements.backward;
    let [low, high] = [bucketOf(from), bucketOf(Math.ceil(to) - 1)];
    let limit = CHUNK_ROWS;
    while (low <= high) {
      const rows = statement.all(deviceId, low, high, limit);
      const isLast = rows.length < limit;
      // The last quarter-hour of a full chunk may have more rows behind it: the next chunk begins with it.
      const cut = isLast ? undefined : (rows.at(-1) as LogRow).bucket;
      const whole = cut === undefined ? rows : rows.filter(({ bucket }) => bucket !== cut);
      if (!isForward) whole.reverse();
      const entries = whole.flatMap((row) => readEntries(row.entries)).sort((a, b) => a.at - b.at);
      if (!isForward) entries.reverse();
      for (const entry of entries) if (entry.at >= from && entry.at < to) yield entry;
      if (cut === undefined) return;
      limit = whole.length === 0 ? limit * 2 : CHUNK_ROWS;
      if (isForward) low = cut;
      else high = cut;
    }
  }

  /** Removes what every device said in the quarter-hours before one; how many rows went. */
  removeBefore(bucket: Millis): number {
    const { nextDevice, removeBefore } = this.#statements;
    let count = 0;
    for (let id = nextDevice.get(0); id !== undefined; id = nextDevice.get(id)) {
      count += removeBefore.run(id, bucket).changes;
    }
    return count;
  }

  /** One page, and how many entries there are in all. */
  page(query: LogQuery): { total: number; entries: LogEntry[] } {
    const { deviceId, after, until } = query;
    const matching: LogEntry[] = [];
    // Row by row, and imported reports, of which there may be millions, are passed over unread.
    for (const row of this.#statements.range.iterate(deviceId, bucketOf(after), bucketOf(until))) {
      for (const entry of readEntries(row.entries, KINDS[query.type])) {
        if (entry.at > after && entry.at <= until) matching.push(entry);
      }
    }
    matching.sort((a, b) => a.at - b.at);
    if (query.order === "desc") matching.reverse();
    return { total: matching.length, entries: matching.slice(query.skip, query.skip + query.limit) };
  }

  #read(deviceId: number, from: Millis, to: Millis): LogEntry[] {
    const entries = this.#statements.range.all(deviceId, from, to).flatMap((row) => readEntries(row.entries));
    return entries.sort((a, b) => a.at - b.at);
  }
}
