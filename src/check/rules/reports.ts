import type { RawValues } from "../../codec/layout.js";
import { formatHex } from "../../core/hex.js";
import type { Datapoint, Profile } from "../../profile/profile.js";
import { findOutOfRange } from "../limits.js";
import type { ModuleBench } from "../module-bench.js";
import { type Arrival, isReport } from "../passage.js";
import { fail, PASSED, type Rule, skip, type Verdict } from "../rule.js";

/** The document's least gap, less what a line of 9600 baud may move a frame by (uart.md 3.1). */
const MIN_GAP_MS = 5800;
const FULL_EVERY_MS = 600_000;
/** Long enough for two reports that are too near to each other. */
const WATCH_MS = { quick: 8000, full: 60_000 };
const QUIET_MS = 1000;
/** How long a report is waited for that nobody can provoke. */
const PATIENCE_MS = { quick: 8000, wall: 60_000, virtual: FULL_EVERY_MS };
/** The document's three resends; both implementations send three times in all (uart.md 3, 8). */
const MOST_TRANSMISSIONS = 4;

/** When an MCU reports, and how often it says it again (uart.md 3, 3.1). */
export const REPORT_RULES: readonly Rule[] = [
  {
    id: "report-after-control",
    clause: "uart.md 3.1",
    words: "reports at once what an app has changed",
    hint: "after the ack of a control, report in the same loop, whatever the last report's time",
    async run(bench) {
      if (findToggle(bench.profile) === undefined) return skip("no writable datapoint");
      return (await provoke(bench)) === undefined ? fail("05 within 1 s of the control", "no report") : PASSED;
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
      return judgeRate(bench);
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
  {
    id: "report-values",
    clause: "uart.md 4.5",
    words: "reports fit the profile, every value within its limits",
    hint: "an enum index without a label, or a number that is not scaled: x = (y - addition) / ratio",
    async run(bench) {
      const report = await provoke(bench);
      if (report === undefined) return skip("nothing was reported");
      const values = bench.valuesOf(report);
      if (values === undefined) return fail("datapoints of the profile's length", formatHex(report.frame.payload));
      const odd = findOutOfRange(bench.profile, values);
      return odd === undefined ? PASSED : fail("every value within its limits", odd);
    },
  },
  {
    id: "resend",
    clause: "uart.md 3",
    words: "sends an unanswered report again after 200 ms with the same sn, at most three times more",
    hint: "keep the frame until 06 comes: same bytes, same sn, a new sn only for a new message",
    isTimed: true,
    async run(bench) {
      bench.isAcknowledging = false;
      const report = await provoke(bench);
      if (report === undefined) return skip("nothing was reported");
      const { sn, cmd } = report.frame;
      await bench.idle(2500);
      const times = bench.arrivals.filter(({ frame }) => frame.cmd === cmd && frame.sn === sn);
      if (times.length < 2) return fail("the same frame again", "it was sent once");
      if (times.length > MOST_TRANSMISSIONS)
        return fail(`${MOST_TRANSMISSIONS} times at most`, `${times.length} times`);
      const gap = (times[1] as Arrival).at - report.at;
      return gap >= 150 - bench.slackMs && gap <= 1000 + bench.slackMs
        ? PASSED
        : fail("again after 200 ms", `after ${Math.round(gap)} ms`);
    },
  },
  {
    id: "resend-ends",
    clause: "uart.md 3",
    words: "does not repeat a report that was acknowledged",
    hint: "the answer to 05 is 06; clear the waiting frame when it comes",
    isTimed: true,
    async run(bench) {
      const report = await provoke(bench);
      if (report === undefined) return skip("nothing was reported");
      await bench.idle(1200);
      const count = bench.arrivals.filter(({ frame }) => frame.cmd === 0x05 && frame.sn === report.frame.sn).length;
      return count === 1 ? PASSED : fail("sent once", `sent ${count} times`);
    },
  },
];

/** Makes the MCU report: by a control, or by waiting where an app can set nothing. */
async function provoke(bench: ModuleBench): Promise<Arrival | undefined> {
  const point = findToggle(bench.profile);
  if (point === undefined) return bench.nextReport(PATIENCE_MS[bench.isQuick ? "quick" : bench.clock.mode]);
  const held = (await bench.read())?.[point.index];
  const [least, most] = point.dataType === "bool" || point.dataType === "enum" ? [0, 1] : [point.min, point.max];
  const value = held === most ? least : most;
  const values: RawValues = [];
  values[point.index] = value;
  // A report that was under way tells the old value.
  const report = bench.next(
    (arrival) => isReport(arrival) && (bench.valuesOf(arrival)?.[point.index] ?? value) === value,
  );
  await bench.control(values);
  return report;
}

function findToggle({ datapoints }: Profile): Datapoint | undefined {
  return datapoints.find(({ access, dataType }) => access === "writable" && dataType !== "binary");
}

function judgeRate(bench: ModuleBench): Verdict {
  let last: Arrival | undefined;
  for (const report of bench.arrivals.filter(isReport)) {
    if (last?.frame.sn === report.frame.sn) continue;
    const gap = last === undefined ? MIN_GAP_MS : report.at - last.at;
    if (last !== undefined && gap < MIN_GAP_MS - bench.slackMs && !isUrgent(bench, last, report)) {
      return fail("6 s between reports of readings", `${Math.round(gap)} ms`);
    }
    last = report;
  }
  return PASSED;
}

/** Firmware of the SDK reports every change but that of a read-only number at once (uart.md 3.1). */
function isUrgent(bench: ModuleBench, before: Arrival, after: Arrival): boolean {
  const [old, now] = [bench.valuesOf(before), bench.valuesOf(after)];
  return bench.profile.datapoints.some(({ index, access, dataType }) => {
    const isReading = access === "readonly" && dataType !== "bool" && dataType !== "enum";
    const value = now?.[index];
    return !isReading && value !== undefined && typeof value === "number" && value !== old?.[index];
  });
}
