import { describe, expect, it } from "vitest";
import { createSeededRandom } from "../../../../src/core/random.js";
import { printProfile } from "../../../support/profile-document.js";
import { makeReadings, SCALES_PROFILE, storeReading } from "../../../support/reading-list.js";
import { openReportStore, type ReportStore } from "../../../support/report-store.js";

const AT = Date.UTC(2026, 5, 1, 12);
const DAY_MS = 86_400_000;

function list({ telemetry, device }: ReportStore, rest: Partial<Parameters<typeof telemetry.readings>[0]>) {
  return [...telemetry.readings({ device, start: 0, end: AT + DAY_MS, ...rest })];
}

describe("readings", () => {
  it("come oldest first or newest first, over chunks and quarter-hours with many rows", () => {
    const random = createSeededRandom("readings");
    const store = openReportStore({ profile: SCALES_PROFILE });
    const made = [
      ...makeReadings(random, 300, AT - 5 * DAY_MS, AT),
      ...makeReadings(random, 300, AT, AT + 1000),
    ].filter(({ values }) => Object.keys(values).length > 0);
    for (const reading of made) {
      storeReading(store, reading);
      store.telemetry.flush();
    }
    const times = made.map(({ at }) => at).sort((a, b) => a - b);
    const found = list(store, {});
    expect(found.map(({ at }) => at)).toEqual(times);
    expect(list(store, { order: "desc" })).toEqual(found.toReversed());
    const inside = found.filter(({ at }) => at >= AT - DAY_MS && at < AT + 500);
    expect(list(store, { start: AT - DAY_MS, end: AT + 500 })).toEqual(inside);
    expect(list(store, { start: AT - DAY_MS, end: AT + 500, order: "desc" })).toEqual(inside.toReversed());
  });

  it("show what a report has, as apps see it, or only some of it", () => {
    const store = openReportStore({ profile: printProfile() });
    const { telemetry, device, product } = store;
    telemetry.importReport(device, product, AT, { target: 20, power: true });
    telemetry.importReport(device, product, AT + 1, { level: 7.25 });
    expect(list(store, {})).toEqual([
      { at: AT, attrs: { target: 20, power: true } },
      { at: AT + 1, attrs: { level: 7.25 } },
    ]);
    expect(list(store, { names: ["power", "toString"] })).toEqual([{ at: AT, attrs: { power: true } }]);
    const newest = telemetry.readings({ device, start: 0, end: AT + DAY_MS, order: "desc" }).next();
    expect(newest.value).toEqual({ at: AT + 1, attrs: { level: 7.25 } });
  });
});
