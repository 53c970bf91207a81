import type { EvaluationContext } from "./evaluation-context.js";
import type { ScalarFunction } from "./signature.js";
import { bucketStart, midnight, parseTimestamp } from "./time.js";
import { finiteOrNull } from "./value.js";

const DAY_MS = 86_400_000;

function instant(read: (context: EvaluationContext) => number): ScalarFunction {
  return { signatures: [{ takes: [], gives: "timestamp", run: (_args, context) => read(context) }] };
}

/** A field of the wall clock in the query's zone. */
function field(read: (local: Date) => number): ScalarFunction {
  return {
    signatures: [
      {
        takes: ["timestamp"],
        gives: "int8",
        run: ([at], { zone }) => finiteOrNull(read(new Date(zone.toLocal(at as number)))),
      },
    ],
  };
}

function dayOfYear(local: Date): number {
  return Math.floor((local.getTime() - Date.UTC(local.getUTCFullYear(), 0, 1)) / DAY_MS) + 1;
}

/** Time (aggregation-apis.md 1.6), in the query's `timeZone`. */
export const TIME_FUNCTIONS: Readonly<Record<string, ScalarFunction>> = {
  now: instant(({ now }) => now),
  today: instant(({ now, zone }) => midnight(now, zone)),
  midnight: instant(({ now, zone }) => midnight(now, zone)),
  yesterday: instant(({ now, zone }) => midnight(now, zone, -1)),
  tomorrow: instant(({ now, zone }) => midnight(now, zone, 1)),
  timestamp: {
    signatures: [
      { takes: ["int8"], gives: "timestamp", run: ([at]) => at as number },
      { takes: ["str"], gives: "timestamp", run: ([text], { zone }) => parseTimestamp(text as string, zone) },
      { takes: ["timestamp"], gives: "timestamp", run: ([at]) => at as number },
    ],
  },
  /** Milliseconds since 1970. */
  epoch: { signatures: [{ takes: ["timestamp"], gives: "int8", run: ([at]) => at as number }] },
  period: {
    signatures: [
      {
        takes: ["timestamp", "int8"],
        gives: "timestamp",
        run: ([at, every], { zone }) =>
          (every as number) > 0 ? bucketStart(at as number, every as number, zone) : null,
      },
    ],
  },
  year: field((local) => local.getUTCFullYear()),
  month: field((local) => local.getUTCMonth() + 1),
  day: field((local) => local.getUTCDate()),
  hour: field((local) => local.getUTCHours()),
  minute: field((local) => local.getUTCMinutes()),
  second: field((local) => local.getUTCSeconds()),
  dayofyear: field(dayOfYear),
  /** 1 is Monday, 7 Sunday (our choice; no source tells). */
  dayofweek: field((local) => ((local.getUTCDay() + 6) % 7) + 1),
};
