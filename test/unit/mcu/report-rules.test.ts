import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  NOTHING_REPORTED,
  type ReportInput,
  type ReportState,
  stepReport,
  VENDOR_RULES,
} from "../../../src/mcu/report-rules.js";

const GAP = 6000;
const FULL = 600_000;
const NOW = 10_000_000;

type Kind = ReportInput["kind"];

describe("the vendor's report rules (uart.md 3.1)", () => {
  it("are six seconds between own reports and a full one every ten minutes", () => {
    expect(VENDOR_RULES).toEqual({ minGapMs: GAP, fullEveryMs: FULL });
  });

  /** What is going on; last report; whether a change waits; input; whether to report; when to look again. */
  it.each<[string, number | undefined, boolean, Kind, boolean, number]>([
    ["a change before the first report is told at once", undefined, false, "changed", true, NOW + FULL],
    ["without a change nothing is told before the cloud is reached", undefined, false, "woken", false, NOW + FULL],
    ["the cloud is reached for the first time", undefined, false, "demanded", true, NOW + FULL],
    ["the app's change is told at once", NOW, false, "demanded", true, NOW + FULL],
    ["the app's change is told at once, one millisecond after a report", NOW - 1, true, "demanded", true, NOW + FULL],
    ["an own change waits for the gap", NOW - 1, false, "changed", false, NOW - 1 + GAP],
    ["an own change just before the end of the gap waits", NOW - GAP + 1, false, "changed", false, NOW + 1],
    ["an own change at the end of the gap is told", NOW - GAP, false, "changed", true, NOW + FULL],
    ["an own change long after is told at once", NOW - 60_000, false, "changed", true, NOW + FULL],
    ["a second change does not put off the first", NOW - 4000, true, "changed", false, NOW + 2000],
    ["a waiting change is told when the gap is over", NOW - GAP, true, "woken", true, NOW + FULL],
    ["a waiting change is kept when woken early", NOW - 5000, true, "woken", false, NOW + 1000],
    ["nothing is told when woken without a change", NOW - 60_000, false, "woken", false, NOW - 60_000 + FULL],
    ["ten minutes are not over yet", NOW - FULL + 1, false, "woken", false, NOW + 1],
    ["ten minutes are over", NOW - FULL, false, "woken", true, NOW + FULL],
    ["ten minutes are long over, as after a sleep", NOW - 5 * FULL, false, "woken", true, NOW + FULL],
  ])("%s", (_what, lastAt, isChanged, kind, shouldReport, wakeAt) => {
    const step = stepReport(VENDOR_RULES, { lastAt, isChanged }, { kind }, NOW);
    const state = shouldReport
      ? { lastAt: NOW, isChanged: false }
      : { lastAt, isChanged: isChanged || kind === "changed" };
    expect(step).toEqual({ state, shouldReport, wakeAt });
  });

  it("tell every change within the gap, and no own change sooner, whatever happens when", () => {
    const event = fc.record({
      kind: fc.constantFrom<Kind>("changed", "changed", "changed", "demanded"),
      pauseMs: fc.oneof(fc.integer({ min: 0, max: 9000 }), fc.integer({ min: 0, max: 2 * FULL })),
    });
    fc.assert(
      fc.property(fc.array(event, { maxLength: 40 }), (events) => {
        let state: ReportState = NOTHING_REPORTED;
        let now = NOW;
        let wakeAt = Number.POSITIVE_INFINITY;
        let oldestUntold: number | undefined;
        const step = (kind: Kind): void => {
          const lastAt = state.lastAt ?? Number.NEGATIVE_INFINITY;
          if (kind === "changed") oldestUntold ??= now;
          const next = stepReport(VENDOR_RULES, state, { kind }, now);
          if (next.shouldReport) {
            expect(kind === "demanded" || now - lastAt >= GAP).toBe(true);
            expect(now - (oldestUntold ?? now)).toBeLessThanOrEqual(GAP);
            oldestUntold = undefined;
          }
          expect(next.wakeAt).toBeGreaterThan(now);
          [state, wakeAt] = [next.state, next.wakeAt];
        };
        for (const { kind, pauseMs } of events) {
          const at = now + pauseMs;
          while (wakeAt <= at) {
            now = wakeAt;
            step("woken");
          }
          now = at;
          step(kind);
          expect(now - (state.lastAt ?? now)).toBeLessThan(FULL);
        }
      }),
      { seed: 11, numRuns: 500 },
    );
  });
});
