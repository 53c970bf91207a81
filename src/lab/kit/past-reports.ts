import { storeReports } from "../../api/control/reports.js";
import { GizlabError } from "../../core/errors.js";
import { showBigints } from "../../core/numbers/whole.js";
import type { Lab } from "../lab.js";
import type { Given } from "./given.js";
import { type Moment, readMoment } from "./moment.js";

/** One report of a device's past; a datapoint that it does not name stays as it was. */
export interface PastReport<Attrs extends object> {
  /** When the cloud got it. */
  readonly ts: Moment;
  readonly attrs: Given<Attrs>;
}

/**
 * Stores reports of the past, in any order, as `POST /_lab/reports` does. All are checked before the first is stored.
 * Resolves with their number. Throws `report-line` with the report's number, `time-invalid`.
 */
export async function reportPast<Attrs extends object>(
  lab: Lab,
  did: string,
  reports: readonly PastReport<Attrs>[],
): Promise<number> {
  if (!Array.isArray(reports)) {
    throw new GizlabError("report-line", "reports is a list", { hint: '[{ ts: "2026-03-01", attrs: { … } }]' });
  }
  const lines = reports.map(({ ts, attrs }, index) => ({
    did,
    ts: readMoment(ts, `ts of report ${index + 1}`),
    attrs: showBigints({ ...attrs }),
  }));
  const { accepted } = await storeReports(lab.cloud, lines, "report");
  return accepted;
}
