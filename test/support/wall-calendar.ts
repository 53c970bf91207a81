import type { Random } from "../../src/core/random.js";

/** The zones that calendars are tested in: whole, half and quarter hours of offset, DST of 60 and of 30 minutes. */
export const ZONES = [
  "UTC",
  "Europe/Berlin",
  "Asia/Shanghai",
  "Asia/Kolkata",
  "America/New_York",
  "Australia/Lord_Howe",
  "America/St_Johns",
] as const;

export type Unit = "HOURS" | "DAYS" | "WEEKS" | "MONTHS";
export const UNITS: readonly Unit[] = ["HOURS", "DAYS", "WEEKS", "MONTHS"];

const DAY_MS = 86_400_000;
const [MONDAY, THURSDAY] = [1, 4];

/** What clocks on the wall show, as the platform's own Intl has it: slow, and with nothing of the code under test. */
export class WallCalendar {
  readonly #format: Intl.DateTimeFormat;

  constructor(zone: string) {
    const two = "2-digit";
    this.#format = new Intl.DateTimeFormat("en-US", {
      timeZone: zone,
      hourCycle: "h23",
      year: "numeric",
      month: two,
      day: two,
      hour: two,
      minute: two,
      second: two,
    });
  }

  /** The wall clock as if it were UTC. */
  localAt(at: number): number {
    const [month = 0, day = 0, year = 0, hour = 0, minute = 0, second = 0] = (
      this.#format.format(at).match(/\d+/g) ?? []
    ).map(Number);
    return Date.UTC(year, month - 1, day, hour, minute, second) + (((at % 1000) + 1000) % 1000);
  }

  offsetAt(at: number): number {
    return this.localAt(at) - at;
  }

  /** Equal for two instants of one bucket, and for no others. Hours that a change repeats differ by their offset. */
  keyAt(unit: Unit, at: number): string {
    if (unit === "HOURS") return `${this.labelAt(unit, at)}${this.offsetAt(at)}`;
    return unit === "WEEKS" ? this.isoWeekAt(at) : this.labelAt(unit, at);
  }

  /** The bucket's label (rest.md 3.2), weeks by counting the Mondays of the year that have begun. */
  labelAt(unit: Unit, at: number): string {
    const local = this.localAt(at);
    const [date = "", time = ""] = new Date(local).toISOString().split("T");
    const day = date.replaceAll("-", "");
    if (unit === "HOURS") return `${day}${time.slice(0, 2)}`;
    if (unit === "DAYS") return day;
    if (unit === "MONTHS") return day.slice(0, 6);
    return `${day.slice(0, 4)}${twoDigits(countDays(MONDAY, local))}`;
  }

  /** The ISO week: that of the Thursday in the same Monday-to-Sunday week. */
  isoWeekAt(at: number): string {
    let day = this.localAt(at);
    while (new Date(day).getUTCDay() !== MONDAY) day -= DAY_MS;
    day += 3 * DAY_MS;
    return `${new Date(day).getUTCFullYear()}${twoDigits(countDays(THURSDAY, day))}`;
  }

  /** The first instants of new offsets in [from, to). */
  changes(from: number, to: number): number[] {
    const found: number[] = [];
    for (let day = from; day < to; day += DAY_MS) {
      let [low, high] = [day, day + DAY_MS];
      const before = this.offsetAt(low);
      if (this.offsetAt(high) === before) continue;
      while (high - low > 1) {
        const middle = Math.floor((low + high) / 2);
        if (this.offsetAt(middle) === before) low = middle;
        else high = middle;
      }
      found.push(high);
    }
    return found;
  }
}

/** Seeded instants of 2012 to 2037, every other one within a day and a half of a change of the zone's offset. */
export function pickInstants(random: Random, wall: WallCalendar, count: number): number[] {
  const [from, to] = [Date.UTC(2012, 0, 1), Date.UTC(2038, 0, 1)];
  const near = wall.changes(from, to);
  return Array.from({ length: count }, (_, at) =>
    at % 2 === 0 && near.length > 0
      ? random.pick(near) + random.integer(-1.5 * DAY_MS, 1.5 * DAY_MS)
      : random.integer(from, to - 1),
  );
}

/** How many such weekdays the year has had by the end of the local day. */
function countDays(weekday: number, local: number): number {
  const year = new Date(local).getUTCFullYear();
  let count = 0;
  for (let day = Date.UTC(year, 0, 1); day <= local; day += DAY_MS)
    if (new Date(day).getUTCDay() === weekday) count += 1;
  return count;
}

function twoDigits(value: number): string {
  return String(value).padStart(2, "0");
}
