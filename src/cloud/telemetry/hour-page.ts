import type { Millis } from "../../core/duration.js";
import { BUCKET_MS, type Rollup } from "./rollup.js";

export const HOUR_MS = 4 * BUCKET_MS;
const PAGE_HOURS = 96;
/** Hours are kept in pages of four days of UTC, so that a year is some ninety rows. */
export const PAGE_MS = PAGE_HOURS * HOUR_MS;
/** count, sum, min, max; count 0 means that nothing was read in the hour. */
const SUMS = 4;
/** first and last reading with their times, delta, integral. */
const ENDS = 6;

/** The hours of one page as they are stored: `ends` are left out where only sums are asked for. */
export interface HourPage {
  readonly page: Millis;
  readonly sums: Float64Array;
  readonly ends?: Float64Array;
}

/** The start of the page that holds `at`. */
export function pageOf(at: Millis): Millis {
  return Math.floor(at / PAGE_MS) * PAGE_MS;
}

/** A page in which nothing was read. */
export function emptyPage(page: Millis): Required<HourPage> {
  return { page, sums: new Float64Array(PAGE_HOURS * SUMS), ends: new Float64Array(PAGE_HOURS * ENDS) };
}

export function isEmptyPage({ sums }: HourPage): boolean {
  for (let at = 0; at < sums.length; at += SUMS) if (sums[at] !== 0) return false;
  return true;
}

/** Numbers as they are stored, read where they lie if they lie well. */
export function toNumbers(bytes: Uint8Array): Float64Array {
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : Uint8Array.from(bytes);
  return new Float64Array(aligned.buffer, aligned.byteOffset, aligned.byteLength / 8);
}

export function writeHour({ page, sums, ends }: Required<HourPage>, hour: Millis, rollup: Readonly<Rollup>): void {
  const index = (hour - page) / HOUR_MS;
  const { count, sum, min, max, firstT, firstV, lastT, lastV, delta, integral } = rollup;
  sums.set([count, sum, min, max], index * SUMS);
  ends.set([firstT, firstV, lastT, lastV, delta, integral ?? Number.NaN], index * ENDS);
}

/** Calls `visit` with every hour of [from, to) in which something was read; `rollup` is filled anew for each. */
export function visitHours(
  { page, sums, ends }: HourPage,
  from: Millis,
  to: Millis,
  rollup: Rollup,
  visit: (hour: Millis, rollup: Readonly<Rollup>) => void,
): void {
  const last = Math.min(PAGE_HOURS, (to - page) / HOUR_MS);
  for (let index = Math.max(0, (from - page) / HOUR_MS); index < last; index += 1) {
    const at = index * SUMS;
    rollup.count = sums[at] as number;
    if (rollup.count === 0) continue;
    const hour = page + index * HOUR_MS;
    rollup.sum = sums[at + 1] as number;
    rollup.min = sums[at + 2] as number;
    rollup.max = sums[at + 3] as number;
    if (ends === undefined) {
      rollup.firstT = hour;
      rollup.lastT = hour;
    } else {
      readEnds(ends, index * ENDS, rollup);
    }
    visit(hour, rollup);
  }
}

function readEnds(ends: Float64Array, at: number, rollup: Rollup): void {
  rollup.firstT = ends[at] as number;
  rollup.firstV = ends[at + 1] as number;
  rollup.lastT = ends[at + 2] as number;
  rollup.lastV = ends[at + 3] as number;
  rollup.delta = ends[at + 4] as number;
  const integral = ends[at + 5] as number;
  rollup.integral = Number.isNaN(integral) ? null : integral;
}
