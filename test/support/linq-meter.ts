import type { LinqCatalog } from "../../src/cloud/linq/catalog.js";
import { type EvaluationOptions, evaluateLinq } from "../../src/cloud/linq/evaluate.js";
import { parseLinq } from "../../src/cloud/linq/parser.js";
import { type LinqPlan, planLinq } from "../../src/cloud/linq/plan.js";
import { parseTimeZone } from "../../src/cloud/linq/time.js";
import type { LinqColumn, LinqRow } from "../../src/cloud/linq/value.js";

/** Columns of the tests' table `gizlab.meter.data`. */
export const METER_COLUMNS: readonly LinqColumn[] = [
  { name: "eventdate", type: "timestamp" },
  { name: "client", type: "str" },
  { name: "did", type: "str" },
  { name: "mac", type: "str" },
  { name: "power", type: "int8" },
  { name: "temp", type: "float8" },
  { name: "on", type: "bool" },
  { name: "mode", type: "str" },
];

/** 2023-11-06 00:00 UTC, a Monday. */
export const MONDAY = Date.UTC(2023, 10, 6);
const at = (minutes: number): number => MONDAY + minutes * 60_000;

/** Six reports of two devices and a stranger's. */
export const METER_ROWS: readonly LinqRow[] = [
  [at(1), "self", "d1", "aa", 10, 20.5, true, "auto"],
  [at(20), "self", "d1", "aa", 20, 21.5, false, "Manual one"],
  [at(31), "self", "d2", "bb", 5, null, true, null],
  [at(59), "self", "d2", "bb", null, 19, null, "auto"],
  [at(61), "self", "d1", "aa", 40, 22, true, "eco-auto"],
  [at(1500), "self", "d2", "bb", 7, 18.25, false, ""],
];

/** Tables: the meter's, a stranger's, and the seed's own. */
export const METER_CATALOG: LinqCatalog = {
  columnsOf: (table) => {
    if (table === "gizlab.foreign.data") return "forbidden";
    const isKnown = ["gizlab.meter.data", "gizlab.smart-meter.data", "demo.ecommerce.data"].includes(table);
    return isKnown ? METER_COLUMNS : undefined;
  },
  tables: () => ["gizlab.meter.data", "gizlab.smart-meter.data"],
};

/** `now` of the tests: Tuesday 2023-11-07 12:00 UTC. */
export const NOW = MONDAY + 36 * 3_600_000;

/** Plans the text after `from gizlab.meter.data`. */
export function planMeter(rest: string): LinqPlan {
  return planLinq(parseLinq(`from gizlab.meter.data ${rest}`), METER_CATALOG);
}

/** Evaluates the text after `from gizlab.meter.data`, in UTC unless told. */
export async function evaluateMeter(
  rest: string,
  rows: Parameters<typeof evaluateLinq>[1] = METER_ROWS,
  zone = "UTC",
  options: EvaluationOptions = {},
): Promise<LinqRow[]> {
  const found: LinqRow[] = [];
  const environment = { now: NOW, zone: parseTimeZone(zone) };
  for await (const row of evaluateLinq(planMeter(rest), rows, environment, options)) found.push(row);
  return found;
}
