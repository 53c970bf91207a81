import type { Clock } from "../../core/clock.js";
import type { Millis } from "../../core/duration.js";
import { GizlabError } from "../../core/errors.js";
import type { Database } from "../store/database.js";
import { Settings } from "../store/settings.js";
import type { LogTable } from "./log-table.js";
import { BUCKET_MS, bucketOf } from "./rollup.js";
import type { RollupTable } from "./rollup-table.js";

/** How long is kept what devices said; without a limit for ever (architecture.md 5). */
export interface RetentionLimits {
  /** Milliseconds, at least a quarter-hour, that messages and events are kept. */
  readonly logMs?: Millis;
  /** Milliseconds that rollups are kept: no shorter than the log. */
  readonly rollupsMs?: Millis;
}

/** What a purge removed: log rows of some messages each, and rollups. */
export interface Purged {
  readonly logRows: number;
  readonly rollups: number;
}

const LIMITS = "retention";
const DROPPED = "log_dropped_before";

/** Drops what is older than the store's limits say, by the domain clock and in whole quarter-hours. */
export class Retention {
  readonly #clock: Clock;
  readonly #settings: Settings;
  readonly #parts: { readonly log: LogTable; readonly rollups: RollupTable };
  readonly #purgeInTransaction: () => Purged;
  #limits: RetentionLimits = {};
  #logStart: Millis = Number.NEGATIVE_INFINITY;

  constructor(database: Database, clock: Clock, parts: { readonly log: LogTable; readonly rollups: RollupTable }) {
    this.#clock = clock;
    this.#settings = new Settings(database);
    this.#parts = parts;
    this.#purgeInTransaction = database.transaction(() => this.#purge());
    this.reload();
  }

  get limits(): RetentionLimits {
    return this.#limits;
  }

  /** Before this instant the log was dropped: rollups of then are all there is, and must not be computed from the log. */
  get logStart(): Millis {
    return this.#logStart;
  }

  /** Sets and stores the limits. Throws `retention-invalid` for a log under a quarter-hour, and for rollups kept shorter than it. */
  limit(limits: RetentionLimits): void {
    const { logMs = Number.POSITIVE_INFINITY, rollupsMs = Number.POSITIVE_INFINITY } = limits;
    if (!(logMs >= BUCKET_MS && rollupsMs >= logMs)) {
      throw new GizlabError(
        "retention-invalid",
        "the log is kept a quarter-hour at least, rollups as long as it or longer",
        {
          found: `log ${logMs} ms, rollups ${rollupsMs} ms`,
        },
      );
    }
    this.#settings.write(LIMITS, JSON.stringify(limits));
    this.#limits = limits;
  }

  /** Removes what the limits no longer keep. */
  purge(): Purged {
    const purged = this.#purgeInTransaction();
    this.#readLogStart();
    return purged;
  }

  /** Takes over what the store says. */
  reload(): void {
    this.#limits = JSON.parse(this.#settings.read(LIMITS) ?? "{}") as RetentionLimits;
    this.#readLogStart();
  }

  #readLogStart(): void {
    this.#logStart = Number(this.#settings.read(DROPPED) ?? Number.NEGATIVE_INFINITY);
  }

  #purge(): Purged {
    const { logMs, rollupsMs } = this.#limits;
    const now = this.#clock.now();
    let logRows = 0;
    if (logMs !== undefined) {
      // A clock that was put back does not bring the log back.
      const start = Math.max(bucketOf(now - logMs), this.#logStart);
      logRows = this.#parts.log.removeBefore(start);
      this.#settings.write(DROPPED, String(start));
    }
    return {
      logRows,
      rollups: rollupsMs === undefined ? 0 : this.#parts.rollups.removeBefore(bucketOf(now - rollupsMs)),
    };
  }
}
