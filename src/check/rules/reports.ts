import { formatHex } from "../../core/hex.js";
import type { Profile } from "../../profile/profile.js";
import { isEqualValue } from "../limits.js";
import type { ModuleBench } from "../module-bench.js";
import { type Arrival, isReport } from "../passage.js";
import type { ReportProvoker } from "../report-provoker.js";
import { defineRule, fail, PASSED, pass, type Rule, skip } from "../rule.js";
import { EXCESS_FINDINGS, judgeLimits } from "./datapoints.js";

/** The document's least gap, less what a line of 9600 baud may move a frame by (uart.md 3.1). */
const MIN_GAP_MS = 5800;
const FULL_EVERY_MS = 600_000;
/** Long enough for two reports that are too near to each other. */
const WATCH_MS = { quick: 8000, full: 60_000 };
/** A single one may be the full report of every 10 minutes, or a key: whether more follow is watched for so long. */
const CONFIRM_MS = 14_000;
const QUIET_MS = 1000;

/** When an MCU reports what (uart.md 3.1). */
export function createReportRules(profile: Profile, reporter: ReportProvoker): Rule[] {
  return [
    {
      id: "report-after-control",
      clause: "uart.md 3.1",
      words: "reports at once what an app has changed",
      hint: "after the ack of a control, report in the same loop, whatever the last report's time",
      async run(bench) {
        if (!reporter.canProvoke) return skip("no writable datapoint");
        if ((await reporter.provoke(bench)) !== undefined) return PASSED;
        if (reporter.hasChanged) return fail("05 within 1 s of the control", "no report");
        return skip("no datapoint took a control, so there was no change to report");
      },
    },
    {
      id: "report-rate",
      clause: "uart.md 3.1",
      words: "reports a reading not more often than every 6 s",
      hint: "a noisy sensor value reported at each loop; compare with the last report's time before sending",
      async run(bench) {
        await bench.idle(QUIET_MS);
        bench.begin();
        await bench.idle(bench.isQuick ? WATCH_MS.quick : WATCH_MS.full);
        if (listShortGaps(bench).length === 1) await bench.idle(CONFIRM_MS);
        const [first, ...more] = listShortGaps(bench);
        if (first === undefined) return PASSED;
        const gap = `${Math.round(first)} ms`;
        if (more.length === 0) return pass(`two reports ${gap} apart, once: a full report may come at any time`);
        return fail("6 s between reports of readings", `${gap}, and ${more.length} more like this`);
      },
    },
    {
      id: "report-full",
      clause: "uart.md 3.1",
      words: "reports everything at least every 10 minutes",
      hint: "a timer of 600000 ms that sends all datapoints, changed or not",
      longMs: FULL_EVERY_MS,
      async run(bench) {
        // A second for the report's own way.
        const report = await bench.nextReport(FULL_EVERY_MS + 1000 + bench.slackMs);
        return report === undefined ? fail("a report within 600 s", "none") : PASSED;
      },
    },
    defineRule({
      id: "report-values",
      clause: profile.layout.protocol === "var_len" ? "uart.md 4.4" : "uart.md 4.2",
      words: "reports fit the profile, every value within its limits",
      hint: "compare the struct of dev_status with the profile: order, width, bit sections, packing (#pragma pack(1))",
      findings: EXCESS_FINDINGS,
      async run(bench) {
        const report = (await reporter.provoke(bench)) ?? bench.arrivals.find(isReport);
        if (report === undefined) return skip("nothing was reported");
        const values = bench.valuesOf(report);
        if (values === undefined) return fail("datapoints of the profile's length", formatHex(report.frame.payload));
        return judgeLimits(profile, values);
      },
    }),
  ];
}

/** Spans between reports that are too near to each other, without the urgent ones. */
function listShortGaps(bench: ModuleBench): number[] {
  const gaps: number[] = [];
  let last: Arrival | undefined;
  for (const report of bench.arrivals.filter(isReport)) {
    if (last !== undefined && last.frame.sn === report.frame.sn) continue;
    const gap = last === undefined ? MIN_GAP_MS : report.at - last.at;
    if (last !== undefined && gap < MIN_GAP_MS - bench.slackMs && !isUrgent(bench, last, report)) gaps.push(gap);
    last = report;
  }
  return gaps;
}

/** Firmware of the SDK reports every change but that of a read-only number at once (uart.md 3.1). */
export function isUrgent(bench: ModuleBench, before: Arrival, after: Arrival): boolean {
  const [old, now] = [bench.valuesOf(before), bench.valuesOf(after)];
  return bench.profile.datapoints.some(({ index, access, dataType }) => {
    const isReading = access === "readonly" && !["bool", "enum", "binary"].includes(dataType);
    const value = now?.[index];
    return !isReading && value !== undefined && !isEqualValue(value, old?.[index]);
  });
}
