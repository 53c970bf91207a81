import { createRequire } from "node:module";
import type { IANAZone } from "luxon";
import type { Millis } from "../../core/duration.js";
import { GizlabError } from "../../core/errors.js";

/** Loaded with the first zone that has rules: most labs stay in UTC. */
const loadLuxon = (): typeof import("luxon") => createRequire(import.meta.url)("luxon") as typeof import("luxon");

const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
/** Days of cached offsets; two centuries' worth of a day each would be no harm. */
const CACHE_LIMIT = 20_000;

interface Stretch {
  readonly until: Millis;
  readonly offset: Millis;
}

/** A time zone: local time minus UTC at any instant, cached day by day. */
export class Zone {
  readonly name: string;
  /** Undefined for UTC, which has no rules. */
  readonly #zone: IANAZone | undefined;
  readonly #days = new Map<number, readonly Stretch[]>();
  /** Where the last question lay: the next one mostly lies there too. */
  #recent: Stretch = { until: Number.NEGATIVE_INFINITY, offset: 0 };
  #recentFrom: Millis = Number.POSITIVE_INFINITY;

  /** @param name an IANA name such as `Europe/Berlin`, or `UTC`. Throws `zone-unknown`. */
  constructor(name: string) {
    this.#zone = name === "UTC" ? undefined : loadLuxon().IANAZone.create(name);
    if (this.#zone?.isValid === false) {
      throw new GizlabError("zone-unknown", `"${name}" is no time zone`, {
        hint: "write an IANA name: UTC, Europe/Berlin, Asia/Shanghai",
      });
    }
    this.name = name;
  }

  /** Milliseconds to add to UTC for local time. */
  offsetAt(at: Millis): Millis {
    if (at >= this.#recentFrom && at < this.#recent.until) return this.#recent.offset;
    const day = Math.floor(at / DAY_MS);
    const stretches = this.#stretchesOf(day);
    const index = stretches.findIndex(({ until }) => at < until);
    this.#recent = stretches[index] as Stretch;
    this.#recentFrom = stretches[index - 1]?.until ?? day * DAY_MS;
    return this.#recent.offset;
  }

  /** The last change of the offset at or before `at`; minus infinity when that day and the one before had none. */
  changeBefore(at: Millis): Millis {
    const day = Math.floor(at / DAY_MS);
    const stretches = [...this.#stretchesOf(day - 1), ...this.#stretchesOf(day)];
    const change = stretches.findLast(({ until }, index) => until <= at && isChange(stretches, index));
    return change?.until ?? Number.NEGATIVE_INFINITY;
  }

  /** The next change of the offset after `at`; infinity when that day and the one after have none. */
  changeAfter(at: Millis): Millis {
    const day = Math.floor(at / DAY_MS);
    const stretches = [...this.#stretchesOf(day), ...this.#stretchesOf(day + 1)];
    const change = stretches.find(({ until }, index) => until > at && isChange(stretches, index));
    return change?.until ?? Number.POSITIVE_INFINITY;
  }

  /** The local wall clock at an instant, as if it were UTC. */
  toLocal(at: Millis): Millis {
    return at + this.offsetAt(at);
  }

  /** The first instant that shows `local`; one that a DST change skips is read with the offset before it. */
  toInstant(local: Millis): Millis {
    const before = local - this.offsetAt(local - DAY_MS);
    if (before + this.offsetAt(before) === local) return before;
    const after = local - this.offsetAt(local + DAY_MS);
    return after + this.offsetAt(after) === local ? after : before;
  }

  /** An instant as the zone's clocks show it: `2026-10-25T02:00:00+01:00`, milliseconds only where there are some. */
  format(at: Millis): string {
    const text = new Date(this.toLocal(at)).toISOString().replace(".000Z", "").replace("Z", "");
    const minutes = this.offsetAt(at) / MINUTE_MS;
    const pad = (value: number): string => String(value).padStart(2, "0");
    const size = Math.abs(minutes);
    return `${text}${minutes === 0 ? "Z" : `${minutes < 0 ? "-" : "+"}${pad(Math.floor(size / 60))}:${pad(Math.floor(size % 60))}`}`;
  }

  #stretchesOf(day: number): readonly Stretch[] {
    let stretches = this.#days.get(day);
    if (stretches === undefined) {
      stretches = this.#measureDay(day * DAY_MS);
      if (this.#days.size >= CACHE_LIMIT) this.#days.clear();
      this.#days.set(day, stretches);
    }
    return stretches;
  }

  /** One stretch for most days; two when the offset changes, the change found to the minute. */
  #measureDay(start: Millis): readonly Stretch[] {
    const end = start + DAY_MS;
    const first = this.#measure(start);
    const last = this.#measure(end - 1);
    if (first === last) return [{ until: end, offset: first }];
    let low = start;
    let high = end;
    while (high - low > MINUTE_MS) {
      const middle = low + Math.floor((high - low) / 2 / MINUTE_MS) * MINUTE_MS;
      if (this.#measure(middle) === first) low = middle;
      else high = middle;
    }
    return [
      { until: high, offset: first },
      { until: end, offset: last },
    ];
  }

  #measure(at: Millis): Millis {
    return this.#zone === undefined ? 0 : this.#zone.offset(at) * MINUTE_MS;
  }
}

/** True when the offset changes where a stretch ends. */
function isChange(stretches: readonly Stretch[], index: number): boolean {
  const next = stretches[index + 1];
  return next !== undefined && next.offset !== stretches[index]?.offset;
}
