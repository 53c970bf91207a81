import { createSeededRandom, type Random } from "../../src/core/random.js";
import { WallCalendar } from "./wall-calendar.js";

/** One report of the past: the value of the datapoint under test, in steps of its ratio. */
export interface Past {
  readonly at: number;
  readonly steps: number;
}

/** A device of the scenario, in the order in which its reports arrived. */
export interface PastDevice {
  readonly product: "smart-meter" | "air-conditioner";
  readonly datapoint: string;
  /** Places behind the point. */
  readonly decimals: number;
  readonly past: readonly Past[];
}

const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;
const EVERY_MS = 30 * MINUTE_MS;

export const FROM = Date.UTC(2024, 10, 1);
export const UNTIL = Date.UTC(2026, 10, 1);
export const ZONE = "Europe/Berlin";

/**
 * Two years of ten devices: half of them meters that count up and are replaced twice, half of them machines whose
 * power goes up and down. With outages of days, lines sent twice, lines that come weeks late and in any order, and
 * reports on the very edges of days and of DST changes.
 */
export function makeTwoYears(seed: string): PastDevice[] {
  return Array.from({ length: 10 }, (_, at) => makeDevice(at, createSeededRandom(`${seed}/${at}`)));
}

function makeDevice(number: number, random: Random): PastDevice {
  const isMeter = number % 2 === 0;
  const instants = pickTimes(random);
  const replacedAt = [random.integer(0, instants.length), random.integer(0, instants.length)];
  let counter = random.integer(0, 50_000);
  const reports = instants.map((at, place): Past => {
    counter = replacedAt.includes(place) ? 0 : counter + random.integer(0, 40);
    return { at, steps: isMeter ? counter : random.integer(0, 4000) };
  });
  return {
    product: isMeter ? "smart-meter" : "air-conditioner",
    datapoint: isMeter ? "positive_energy_total" : "power_consumption",
    decimals: isMeter ? 2 : 0,
    past: disturb(random, reports),
  };
}

/** Every half hour, roughly, but for outages; and on the edges of the days around each DST change. */
function pickTimes(random: Random): number[] {
  const outages = Array.from({ length: 6 }, () => {
    const start = random.integer(FROM, UNTIL - 10 * DAY_MS);
    return { start, end: start + random.integer(DAY_MS, 9 * DAY_MS) };
  });
  const times: number[] = [];
  for (let at = FROM; at < UNTIL; at += EVERY_MS) times.push(at + random.integer(0, EVERY_MS - 1));
  const edges = new WallCalendar(ZONE).changes(FROM, UNTIL).flatMap((at) => [at - 1, at, at + 1]);
  const midnights = Array.from({ length: 700 }, (_, day) => FROM + day * DAY_MS - 60 * MINUTE_MS).filter(
    (at) => at > FROM,
  );
  return [...times, ...edges, ...midnights]
    .filter((at) => !outages.some(({ start, end }) => at >= start && at < end))
    .sort((a, b) => a - b);
}

function disturb(random: Random, reports: readonly Past[]): Past[] {
  const inTime: Past[] = [];
  const late: Past[] = [];
  for (const report of reports) {
    const chance = random.integer(0, 99);
    if (chance < 4) {
      late.splice(random.integer(0, late.length), 0, report);
      continue;
    }
    inTime.push(report);
    if (chance >= 98) inTime.push(report);
  }
  return [...inTime, ...late];
}

/** What all faces should answer for [start, end), by adding up every single report. */
export function addUp({ past, decimals }: PastDevice, start: number, end: number) {
  const values = past.filter(({ at }) => at >= start && at < end).map(({ steps }) => steps);
  const scale = 10 ** decimals;
  const sum = values.reduce((total, value) => total + value, 0);
  return values.length === 0
    ? undefined
    : {
        count: values.length,
        sum: sum / scale,
        avg: sum / values.length / scale,
        min: values.reduce((a, b) => Math.min(a, b)) / scale,
        max: values.reduce((a, b) => Math.max(a, b)) / scale,
      };
}

/** What a counter gained in [start, end): each report against the one before, a fall being a start from zero. */
export function growth({ past, decimals }: PastDevice, start: number, end: number): number {
  const inOrder = past.map((report, order) => ({ ...report, order })).sort((a, b) => a.at - b.at || a.order - b.order);
  let total = 0;
  inOrder.forEach(({ at, steps }, place) => {
    const before = inOrder[place - 1]?.steps;
    if (at < start || at >= end || before === undefined) return;
    total += steps < before ? steps : steps - before;
  });
  return total / 10 ** decimals;
}
