/** What the meters of the aggregation benchmarks report: one a minute over two years, ending now. */
const MINUTE_MS = 60_000;
const MINUTES = 2 * 365 * 24 * 60;

/** Ten devices by default; fewer while developing. */
export const METERS = Number(process.env.GIZLAB_BENCH_DEVICES ?? 10);
export const REPORTS = METERS * MINUTES;
export const COLUMNS = [
  "power",
  "voltage",
  "positive_energy_total",
  "positive_energy_t1",
  "positive_energy_t2",
  "positive_energy_t3",
  "positive_energy_t4",
  "negative_energy_total",
  "gas_volume",
] as const;

export interface MeterReading {
  readonly meter: number;
  readonly at: number;
  readonly attrs: Readonly<Record<(typeof COLUMNS)[number], number>>;
}

/** When the first report comes, if the last one comes in the minute of `now`. */
export function beginOf(now: number): number {
  return (Math.floor(now / MINUTE_MS) - MINUTES + 1) * MINUTE_MS;
}

/** Reports number `from` to `to` in the order in which they come, minute by minute from every meter in turn. */
export function* meterReadings(begin: number, from: number, to: number): Generator<MeterReading> {
  for (let number = from; number < to; number += 1) {
    const meter = number % METERS;
    const minute = Math.floor(number / METERS);
    const hour = Math.floor(minute / 60) % 24;
    // Every digit comes from the report's number, so that both sides load the same rows without keeping them.
    const noise = (number * 2_654_435_761) % 4096;
    const energy = Math.floor(minute * (0.9 + meter / 50));
    const peak = Math.floor((energy * (hour + 1)) / 96);
    yield {
      meter,
      at: begin + minute * MINUTE_MS,
      attrs: {
        power: 150 + noise / 4 + (hour > 16 && hour < 22 ? 1200 : 0),
        voltage: 2250 / 10 + Math.floor(noise / 32) / 10,
        positive_energy_total: energy / 100,
        positive_energy_t1: peak / 100,
        positive_energy_t2: energy / 400,
        positive_energy_t3: energy / 500,
        positive_energy_t4: energy / 600,
        negative_energy_total: 12.34,
        gas_volume: minute / 1000,
      },
    };
  }
}
