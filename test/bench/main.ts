import { aggMonthHours, aggYearDays, backfill, closeStage } from "./agg.js";
import { deviceMonth } from "./device-month.js";
import { ingest } from "./ingest.js";
import type { Benchmark } from "./result.js";
import { road } from "./road.js";
import { serialP99 } from "./serial-p99.js";
import { startup } from "./startup.js";
import { uartDecode } from "./uart-decode.js";

const BENCHMARKS: Readonly<Record<string, Benchmark>> = {
  "uart-decode": uartDecode,
  ingest,
  road,
  "device-month": deviceMonth,
  "serial-p99": serialP99,
  startup,
  "agg-month-hours": aggMonthHours,
  "agg-year-days": aggYearDays,
  backfill,
};

/** `npm run bench`, `npm run bench -- --json NAME…`: one line each on stdout. */
const names = process.argv.slice(2).filter((word) => !word.startsWith("--"));
const unknown = names.filter((name) => BENCHMARKS[name] === undefined);
if (unknown.length > 0) {
  process.stderr.write(`no benchmark is called ${unknown.join(", ")}; known: ${Object.keys(BENCHMARKS).join(", ")}\n`);
  process.exit(2);
}
try {
  for (const name of names.length > 0 ? names : Object.keys(BENCHMARKS)) {
    const benchmark = BENCHMARKS[name] as Benchmark;
    process.stdout.write(`${JSON.stringify(await benchmark())}\n`);
  }
} finally {
  await closeStage();
}
