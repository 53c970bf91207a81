import { Agent, get } from "node:http";
import { closeStage, type LoadedCloud, type LoadedPostgres, loadStage } from "./agg-stage.js";
import { METERS } from "./meter-readings.js";
import { type Benchmark, type BenchResult, quantile } from "./result.js";

/** One question, put to both. */
interface Question {
  readonly meter: number;
  readonly start: number;
  readonly end: number;
  readonly attrs: readonly string[];
  readonly aggregator: "sum" | "avg" | "min" | "max";
}

interface Wanted {
  readonly name: string;
  readonly unit: "HOURS" | "DAYS";
  readonly spanDays: number;
  readonly aimMs: number;
  /** PostgreSQL takes its time: it is not asked as often. */
  readonly peerRequests: number;
}

/** So many that the slowest hundredth is no matter of luck. */
const REQUESTS = 3000;
/** Until the server is compiled as far as it will be, and its garbage collector has settled. */
const WARM_UP = 1000;
/** PostgreSQL is as fast as it gets after a few. */
const PEER_WARM_UP = 30;
const DAY_MS = 86_400_000;
const DAYS = 730;
const AIM_TIMES = 20;
const AIM_ROWS = 200_000;

/** A month by hours. */
export const aggMonthHours: Benchmark = () =>
  askBoth({ name: "agg-month-hours", unit: "HOURS", spanDays: 30, aimMs: 5, peerRequests: 300 });

/** A year by days. */
export const aggYearDays: Benchmark = () =>
  askBoth({ name: "agg-year-days", unit: "DAYS", spanDays: 365, aimMs: 10, peerRequests: 100 });

/** Reports a second into log, rollups and latest values, next to COPY into a table with the same index. */
export const backfill: Benchmark = async () => {
  const { cloud, peer } = await loadStage();
  return {
    name: "backfill",
    value: cloud.rowsPerS,
    unit: "rows/s",
    peer: "PostgreSQL COPY",
    peer_value: peer?.rowsPerS ?? 0,
    ratio: peer === undefined ? 0 : Number((cloud.rowsPerS / peer.rowsPerS).toFixed(2)),
    aim: `value >= ${AIM_ROWS}`,
    ok: cloud.rowsPerS >= AIM_ROWS,
  };
};

export { closeStage };

async function askBoth(wanted: Wanted): Promise<BenchResult> {
  const { cloud, peer } = await loadStage();
  const questions = Array.from({ length: WARM_UP + REQUESTS }, (_, number) => draw(wanted, cloud.begin, number));
  const ours = (await askCloud(cloud, wanted, questions)).slice(WARM_UP);
  const theirs = peer === undefined ? [] : await askPostgres(peer, wanted, questions.slice(WARM_UP - PEER_WARM_UP));
  const [p99, p50, peerP50] = [quantile(ours, 0.99), quantile(ours, 0.5), quantile(theirs, 0.5)];
  // Of medians: what else the machine does shows in the slowest answers of a millisecond first.
  const times = Number((peerP50 / p50).toFixed(1));
  return {
    name: wanted.name,
    value: round(p99),
    unit: "ms p99",
    peer: peer === undefined ? "none: PostgreSQL is not installed" : "PostgreSQL, index on (device, time)",
    peer_value: round(quantile(theirs, 0.99)),
    ratio: times,
    aim: `value < ${wanted.aimMs} and, by the medians, ratio >= ${AIM_TIMES} times faster`,
    ok: p99 < wanted.aimMs && times >= AIM_TIMES,
    p50_ms: round(p50),
    peer_p50_ms: round(peerP50),
  };
}

/** One or two datapoints, by any aggregator; half of the ranges begin at midnight, the others at any millisecond. */
function draw({ spanDays }: Wanted, begin: number, number: number): Question {
  const chance = (salt: number): number => (((number * 7919 + salt) * 2_654_435_761) % 2 ** 32) / 2 ** 32;
  const from = begin + DAY_MS + Math.floor(chance(1) * (DAYS - spanDays - 2) * DAY_MS);
  const start = number % 2 === 0 ? Math.floor(from / DAY_MS) * DAY_MS : from;
  return {
    meter: Math.floor(chance(2) * METERS),
    start,
    end: start + spanDays * DAY_MS - 1,
    attrs: chance(3) < 0.5 ? ["power"] : ["power", "voltage"],
    aggregator: (["sum", "avg", "min", "max"] as const)[Math.floor(chance(4) * 4)] ?? "sum",
  };
}

/** One after another over one connection; from the request to the last byte of the answer. */
async function askCloud(cloud: LoadedCloud, { unit, spanDays }: Wanted, questions: readonly Question[]) {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 });
  const times: number[] = [];
  for (const { meter, start, end, attrs, aggregator } of questions) {
    const query = new URLSearchParams({
      ...{ start_ts: String(start), end_ts: String(end), attrs: attrs.join(","), aggregator, unit },
    });
    const url = `${cloud.url}/app/devdata/${cloud.dids[meter]}/agg_data?${query}`;
    const startedAt = performance.now();
    const text = await read(url, agent, cloud.headers);
    times.push(performance.now() - startedAt);
    const { data } = JSON.parse(text) as { data?: unknown[] };
    const least = unit === "HOURS" ? spanDays * 24 : spanDays;
    if (data === undefined || data.length < least) throw new Error(`${url} answered ${text.slice(0, 300)}`);
  }
  agent.destroy();
  return times;
}

function read(url: string, agent: Agent, headers: Readonly<Record<string, string>>): Promise<string> {
  return new Promise((resolve, reject) => {
    get(url, { agent, headers }, (response) => {
      let text = "";
      response.setEncoding("utf8");
      response.on("data", (part) => {
        text += part;
      });
      response.on("end", () => resolve(text));
    }).on("error", reject);
  });
}

async function askPostgres(
  { postgres }: LoadedPostgres,
  { unit, peerRequests }: Wanted,
  questions: readonly Question[],
) {
  const width = unit === "HOURS" ? "hour" : "day";
  const queries = questions.slice(0, PEER_WARM_UP + peerRequests).map(({ meter, start, end, attrs, aggregator }) => {
    const values = attrs.map((name) => `${aggregator}(${name})`).join(", ");
    const [from, to] = [new Date(start).toISOString(), new Date(end).toISOString()];
    return `SELECT date_trunc('${width}', at) AS bucket, ${values} FROM readings WHERE device = ${meter}
      AND at >= '${from}' AND at <= '${to}' GROUP BY bucket ORDER BY bucket`.replace(/\s+/g, " ");
  });
  return (await postgres.time(queries)).slice(PEER_WARM_UP);
}

function round(ms: number): number {
  return Number(ms.toFixed(2));
}
