import { bucketStart, type LinqZone, midnight } from "../../cloud/linq/time.js";
import type { Millis } from "../../core/duration.js";
import { EARLIEST_MS, LATEST_MS } from "../../core/instant.js";
import { DevoError } from "./devo-error.js";

const SECOND_MS = 1000;
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const UNIT_MS: Readonly<Record<string, Millis>> = {
  s: SECOND_MS,
  m: 60 * SECOND_MS,
  h: HOUR_MS,
  d: DAY_MS,
  w: 7 * DAY_MS,
};
/** Of expressions such as `now()-2*day()`. */
const AMOUNT_MS: Readonly<Record<string, Millis>> = {
  second: SECOND_MS,
  minute: 60 * SECOND_MS,
  hour: HOUR_MS,
  day: DAY_MS,
  week: 7 * DAY_MS,
  month: 30 * DAY_MS,
};
const TOKENS =
  /\s*(now\(\)|today\(\)|midnight\(\)|yesterday\(\)|tomorrow\(\)|(\d{1,9})\s*\*\s*(second|minute|hour|day|week|month)\(\)|(second|minute|hour|day|week|month)\(\)|(\d{1,9})([smhdw])\b|[()+\-@])/y;

export interface RangeRequest {
  readonly from?: string | number | null | undefined;
  readonly to?: string | number | null | undefined;
  readonly timeUnit?: "SECONDS" | "MILLISECONDS" | null | undefined;
}

/**
 * The time of a query, half-open (aggregation-apis.md 1.7). Answers 400 with Devo's 405 for a missing from, 406 and 407
 * for what is no date, 408 for from after to; a query without to would never end, and is refused.
 */
export function readSearchRange(request: RangeRequest, now: Millis, zone: LinqZone): { start: Millis; end: Millis } {
  const { from, to, timeUnit } = request;
  const unitMs = timeUnit === "MILLISECONDS" ? 1 : SECOND_MS;
  if (from === undefined || from === null || from === "") throw badDate("405 : Date from is missing");
  const start = readDate(from, { now, zone, unitMs }) ?? readOldFrom(from, now, zone);
  if (start === undefined) throw badDate("406 : Date from not valid format");
  if (to === undefined || to === null || to === "") {
    throw badDate("to is missing: a query without an end is not served here, give one such as now()");
  }
  const end = readDate(to, { now, zone, unitMs }) ?? readOldTo(to, start, now, zone);
  if (end === undefined) throw badDate("407 : Date to not valid format");
  if (start > end) throw badDate("408 : Date from is after date to");
  return { start, end };
}

interface DateContext {
  readonly now: Millis;
  readonly zone: LinqZone;
  readonly unitMs: Millis;
}

/** A number since 1970, or an expression such as `(now() - 1d) @ 1d`. */
function readDate(value: string | number, context: DateContext): Millis | undefined {
  const isNumber = typeof value === "number" || /^-?\d{1,16}$/.test(value);
  const at = isNumber ? Math.round(Number(value) * context.unitMs) : new DateExpression(String(value), context).read();
  return at !== undefined && at >= EARLIEST_MS && at <= LATEST_MS ? at : undefined;
}

/** Deprecated words for the beginning: back from now, or from midnight with an `a`. */
function readOldFrom(value: string | number, now: Millis, zone: LinqZone): Millis | undefined {
  const [, amount, isWhole, unit] = /^(\d{1,6})(a?)([dh])$/i.exec(String(value)) ?? [];
  if (amount === undefined) return readOldWord(String(value), now, now, zone);
  if (isWhole === "") return now - Number(amount) * (UNIT_MS[unit?.toLowerCase() ?? ""] ?? 0);
  return unit?.toLowerCase() === "d"
    ? midnight(now, zone, -Number(amount))
    : midnight(now, zone) - Number(amount) * HOUR_MS;
}

/** Deprecated words for the end: on from the beginning. */
function readOldTo(value: string | number, start: Millis, now: Millis, zone: LinqZone): Millis | undefined {
  const [, amount, isWhole, unit] = /^(\d{1,6})(a?)([dh])$/i.exec(String(value)) ?? [];
  if (amount === undefined) return readOldWord(String(value), start, now, zone);
  if (isWhole === "") return start + Number(amount) * (UNIT_MS[unit?.toLowerCase() ?? ""] ?? 0);
  return unit?.toLowerCase() === "d"
    ? midnight(start, zone, Number(amount))
    : midnight(start, zone) + Number(amount) * HOUR_MS;
}

/** `endday` and `endmonth` are the last second of the day and month of `base`. */
function readOldWord(word: string, base: Millis, now: Millis, zone: LinqZone): Millis | undefined {
  if (word === "now") return now;
  if (word === "today") return midnight(now, zone);
  if (word === "endday") return midnight(base, zone, 1) - SECOND_MS;
  if (word !== "endmonth") return undefined;
  const local = new Date(zone.toLocal(base));
  return zone.toInstant(Date.UTC(local.getUTCFullYear(), local.getUTCMonth() + 1, 1)) - SECOND_MS;
}

/** Reads `now() - 1h`, `today() - 2*day()`, `(now() - 1d) @ 1d`; undefined for anything else. */
class DateExpression {
  readonly #text: string;
  readonly #context: DateContext;
  #offset = 0;

  constructor(text: string, context: DateContext) {
    this.#text = text.trim();
    this.#context = context;
  }

  read(): Millis | undefined {
    const at = this.#readSum(0);
    return this.#offset === this.#text.length ? at : undefined;
  }

  #readSum(depth: number): Millis | undefined {
    let at = this.#readInstant(depth);
    while (at !== undefined) {
      const before = this.#offset;
      const sign = this.#next();
      if (sign !== "+" && sign !== "-" && sign !== "@") {
        this.#offset = before;
        return at;
      }
      const span = spanOf(this.#next());
      if (span === undefined || (sign === "@" && span === 0)) return undefined;
      at = sign === "@" ? bucketStart(at, span, this.#context.zone) : sign === "+" ? at + span : at - span;
    }
    return at;
  }

  #readInstant(depth: number): Millis | undefined {
    const { now, zone } = this.#context;
    switch (this.#next()) {
      case "now()":
        return now;
      case "today()":
      case "midnight()":
        return midnight(now, zone);
      case "yesterday()":
        return midnight(now, zone, -1);
      case "tomorrow()":
        return midnight(now, zone, 1);
      case "(": {
        const at = depth < 8 ? this.#readSum(depth + 1) : undefined;
        return this.#next() === ")" ? at : undefined;
      }
      default:
        return undefined;
    }
  }

  #next(): string | undefined {
    TOKENS.lastIndex = this.#offset;
    const token = TOKENS.exec(this.#text)?.[1];
    if (token !== undefined) this.#offset = TOKENS.lastIndex;
    return token;
  }
}

/** `5m`, `2*day()`, `day()`. */
function spanOf(token: string | undefined): Millis | undefined {
  const [, amount = "1", name, count, unit = ""] =
    /^(?:(?:(\d+)\s*\*\s*)?([a-z]+)\(\)|(\d+)([smhdw]))$/.exec(token ?? "") ?? [];
  if (count !== undefined) return Number(count) * (UNIT_MS[unit] ?? 0);
  return name !== undefined && Object.hasOwn(AMOUNT_MS, name) ? Number(amount) * (AMOUNT_MS[name] ?? 0) : undefined;
}

function badDate(detail: string): DevoError {
  return new DevoError(400, 400, detail, "Bad parameters");
}
