import { formatCount } from "../../core/count-text.js";
import type { Millis } from "../../core/duration.js";
import { GizlabError } from "../../core/errors.js";

/** A width of buckets: whole months, or an elapsed time; one of the two is 0. */
export interface Interval {
  readonly months: number;
  readonly ms: Millis;
}

/** What a number of some unit adds; a fraction of a month is days of which it has 30, as in PostgreSQL. */
interface Unit {
  readonly kind: "months" | "days" | "micros";
  readonly size: number;
  /** Fractions of it go down to days, not to months alone. */
  readonly isMonth?: boolean;
}

const DAY_US = 86_400_000_000;
const LONGEST_TEXT = 100;
/** A century, above which buckets have no use. */
const MOST_MONTHS = 1200;
const MOST_MS = 36_525 * 86_400_000;

const UNITS: readonly (readonly [names: string, unit: Unit])[] = [
  ["us usec usecs usecond useconds microsecond microseconds", { kind: "micros", size: 1 }],
  ["ms msec msecs msecond mseconds millisecond milliseconds", { kind: "micros", size: 1000 }],
  ["s sec secs second seconds", { kind: "micros", size: 1e6 }],
  ["m min mins minute minutes", { kind: "micros", size: 60e6 }],
  ["h hr hrs hour hours", { kind: "micros", size: 3600e6 }],
  ["d day days", { kind: "days", size: 1 }],
  ["w week weeks", { kind: "days", size: 7 }],
  ["mon mons month months", { kind: "months", size: 1, isMonth: true }],
  ["y yr yrs year years", { kind: "months", size: 12 }],
  ["dec decs decade decades", { kind: "months", size: 120 }],
  ["c cent century centurys centuries", { kind: "months", size: 1200 }],
  ["mil mils millennium millenniums millennia", { kind: "months", size: 12_000 }],
];
const UNIT_OF_NAME: ReadonlyMap<string, Unit> = new Map(
  UNITS.flatMap(([names, unit]) => names.split(" ").map((name) => [name, unit] as const)),
);
const unitOf = (name: string): Unit => UNIT_OF_NAME.get(name) as Unit;

/** The units of the parts of an ISO 8601 duration, in their order. */
const ISO_UNITS = ["y", "mon", "w", "d", "h", "m", "s"].map(unitOf);
const ISO =
  /^p(?:([\d.]+)y)?(?:([\d.]+)m)?(?:([\d.]+)w)?(?:([\d.]+)d)?(?:t(?:([\d.]+)h)?(?:([\d.]+)m)?(?:([\d.]+)s)?)?$/;
const NUMBER = /^(?:\d{1,10}(?:\.\d*)?|\.\d+)$/;
/** `01:30:00`, `1-2`, or a number and a word; each with what parts it from the next. */
const FIELD =
  /\+?(?:(\d+):(\d\d?)(?::(\d\d?(?:\.\d*)?))?|(\d+)-(\d\d?)|([\d.]+)\s*(?:([a-z]+)(?:\(s\))?)?)(?:[\s,]+|$|(?=\d))/y;

/**
 * Reads a width as PostgreSQL reads an interval: `15 minutes`, `1h30m`, `2 day(s)`, `PT15M`, `01:30:00`, `1-2`; a
 * bare number is seconds (aggregation-apis.md 2.3). Refuses what is zero, negative, no whole number of milliseconds,
 * more than a century, or months beside anything below a month. Throws `interval-invalid`.
 */
export function parseInterval(text: string): Interval {
  const refuse = (why: string): GizlabError =>
    new GizlabError("interval-invalid", `${JSON.stringify(text.slice(0, LONGEST_TEXT))} ${why}`, {
      hint: "write a number and a unit: 15 minutes, 1 hour, 2 days, 2 weeks, 3 months, 5 years",
    });
  const plain = text.trim().toLowerCase();
  const parts = text.length > LONGEST_TEXT ? undefined : (readIso(plain) ?? readFields(plain));
  if (parts === undefined) {
    throw refuse(/-|\bago\b/.test(plain) ? "is no positive time interval" : "is no time interval");
  }
  let [months, days, micros] = [0, 0, 0];
  for (const [amount, unit] of parts) {
    if (!NUMBER.test(amount)) throw refuse("has a number that is none, or is too large");
    const whole = Math.trunc(Number(amount));
    const rest = Number(amount) - whole;
    if (unit.kind === "micros") micros += Math.round(Number(amount) * unit.size);
    else if (unit.kind === "months" && unit.isMonth !== true)
      months += whole * unit.size + Math.round(rest * unit.size);
    else {
      if (unit.kind === "months") months += whole;
      else days += whole * unit.size;
      const restDays = rest * (unit.kind === "months" ? 30 : unit.size);
      micros += Math.round(restDays * DAY_US);
    }
  }
  const total = days * DAY_US + micros;
  if (months > 0 && total > 0) throw refuse("has months beside days or a time, which cannot be aligned");
  if (months === 0 && total === 0) throw refuse("is not above zero");
  if (months > MOST_MONTHS || total / 1000 > MOST_MS) throw refuse("is more than 100 years");
  if (total % 1000 !== 0) throw refuse("is no whole number of milliseconds");
  return { months, ms: total / 1000 };
}

/** The same text for the same width, however it was written. */
export function formatInterval({ months, ms }: Interval): string {
  return months > 0 ? formatCount(months, "month") : `${ms} ms`;
}

type Part = readonly [amount: string, unit: Unit];

function readIso(text: string): readonly Part[] | undefined {
  const parts = ISO.exec(text)
    ?.slice(1)
    .flatMap((amount, place): Part[] => (amount === undefined ? [] : [[amount, ISO_UNITS[place] as Unit]]));
  return parts === undefined || parts.length === 0 ? undefined : parts;
}

/** The fields one behind the other; undefined when one cannot be read, or a unit comes twice. */
function readFields(text: string): readonly Part[] | undefined {
  const plain = text.replace(/^@\s*/, "");
  const parts: Part[] = [];
  const add = (amount: string, name: string): boolean => {
    const unit = UNIT_OF_NAME.get(name);
    if (unit === undefined || parts.some(([, other]) => other === unit)) return false;
    parts.push([amount, unit]);
    return true;
  };
  FIELD.lastIndex = 0;
  while (FIELD.lastIndex < plain.length) {
    const [field, hours, minutes, seconds = "0", years, months, amount = "", name] = FIELD.exec(plain) ?? [];
    if (field === undefined) return undefined;
    if (hours !== undefined && minutes !== undefined) {
      if (Number(minutes) > 59 || Number(seconds) >= 60) return undefined;
      if (!add(hours, "h") || !add(minutes, "m") || !add(seconds, "s")) return undefined;
    } else if (years !== undefined && months !== undefined) {
      if (Number(months) > 11 || !add(years, "y") || !add(months, "mon")) return undefined;
    } else if (name === undefined && FIELD.lastIndex < plain.length) return undefined;
    else if (!add(amount, name ?? "s")) return undefined;
  }
  return parts.length === 0 ? undefined : parts;
}
