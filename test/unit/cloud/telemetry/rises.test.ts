import { expect, it } from "vitest";
import { createSeededRandom } from "../../../../src/core/random.js";
import { WorkSlice } from "../../../../src/core/work-slice.js";
import { wireValues } from "../../../../src/profile/scale.js";
import { printProfile } from "../../../support/profile-document.js";
import { openReportStore } from "../../../support/report-store.js";

const START = Date.parse("2024-01-01T00:00:00Z");
const [HOUR_MS, DAY_MS] = [3_600_000, 86_400_000];
/** Longer than what is read at a time, with holes between. */
const SPAN_MS = 500 * DAY_MS;

/** A bool and when it was reported. */
type Sight = readonly [at: number, isOn: boolean];

/** How often it became true before an instant, looking at one report after the other. */
function countByHand(sights: readonly Sight[], end: number): number {
  const seen = sights.filter(([at]) => at < end).sort(([one], [other]) => one - other);
  return seen.filter(([, isOn], place) => isOn && seen[place - 1]?.[1] !== true).length;
}

it("counts how often bools became true, whenever the reports came and wherever the end cuts", async () => {
  const { telemetry, device, product } = openReportStore({ profile: printProfile() });
  const random = createSeededRandom("rises");
  const sights: Readonly<Record<"alert" | "fault", Sight[]>> = { alert: [], fault: [] };
  for (let round = 0; round < 3; round += 1) {
    const reports = Array.from({ length: 400 }, () => {
      const day = random.pick([0, 3, 200, 499]) * DAY_MS;
      const at = START + day + random.integer(0, DAY_MS - 1);
      const attrs: Record<string, boolean> = {};
      for (const name of ["alert", "fault"] as const) {
        if (random.integer(0, 2) === 0) continue;
        attrs[name] = random.integer(0, 1) === 1;
        sights[name].push([at, attrs[name]]);
      }
      return { deviceId: device.id, product, at, values: wireValues(product.profile, attrs) };
    });
    telemetry.backfill(reports);
    const cuts = Array.from({ length: 20 }, () => START + 3 * DAY_MS + random.integer(0, DAY_MS));
    for (const end of [START, START + HOUR_MS, START + SPAN_MS / 2, START + SPAN_MS, ...cuts]) {
      const datapoints = product.profile.datapoints.filter(({ name }) => name === "alert" || name === "fault");
      expect(await telemetry.countRises({ device, datapoints, end }, new WorkSlice())).toEqual({
        alert: countByHand(sights.alert, end),
        fault: countByHand(sights.fault, end),
      });
    }
  }
});
