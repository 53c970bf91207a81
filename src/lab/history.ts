import type { Millis } from "../core/duration.js";
import type { Random } from "../core/random.js";
import { type HttpCall, register } from "../gagent/provisioning.js";
import { createWorld } from "../mcu/models/world/world.js";
import { initialValues, mergeValues } from "../mcu/values.js";
import { type DisplayValues, displayValues, wireValues } from "../profile/scale.js";
import { createModel } from "./device-model.js";
import type { NamedProfile } from "./profiles.js";
import type { RemoteLab } from "./remote-lab.js";
import { ReportUpload } from "./report-upload.js";
import type { VirtualDevice } from "./virtual-device.js";

/** One report of the past: everything the device's datapoints held, in engineering units. */
export interface HistoryReport {
  readonly at: Millis;
  readonly attrs: Readonly<DisplayValues>;
}

/** The past that a device is given. */
export interface HistorySpan {
  /** Included, both. */
  readonly from: Millis;
  readonly to: Millis;
  readonly everyMs: Millis;
}

export interface HistoryParts {
  readonly http: HttpCall;
  readonly lab: RemoteLab;
  readonly random: Random;
  /** Called now and then with how many reports are stored; false ends the work. */
  readonly progress: (stored: number) => boolean;
}

/**
 * What a virtual device of a product would have reported in [from, to], one report every so often: its model's own
 * world, moved through that time. Equal `random` gives equal history.
 */
export function* generateHistory(
  product: NamedProfile,
  random: Random,
  { from, to, everyMs }: HistorySpan,
): Generator<HistoryReport> {
  const { profile } = product;
  const model = createModel(product, createWorld(random));
  let values = initialValues(profile, model.initial);
  for (let at = from; at <= to; at += everyMs) {
    const attrs = displayValues(profile, values);
    values = mergeValues(values, wireValues(profile, model.step({ attrs, now: at, elapsedMs: everyMs })));
    yield { at, attrs: displayValues(profile, values) };
  }
}

/**
 * Registers a device that has no power yet and stores its past in a cloud; afterwards its datapoints hold what the last
 * report said, so that counters go on from there. How many reports were stored. Throws as `RemoteLab` does.
 */
export async function sendHistory(
  device: VirtualDevice,
  span: HistorySpan,
  { http, lab, random, progress }: HistoryParts,
): Promise<number> {
  const did = await register(http, device.module.identity, device.product.profile.productKey);
  const upload = new ReportUpload(lab);
  let last: HistoryReport | undefined;
  let told = 0;
  for (const report of generateHistory(device.product, random, span)) {
    await upload.add({ did, ts: report.at, attrs: report.attrs });
    last = report;
    if (upload.accepted === told) continue;
    told = upload.accepted;
    if (!progress(told)) return told;
  }
  await upload.flush();
  progress(upload.accepted);
  if (last !== undefined) device.mcu.change(last.attrs);
  return upload.accepted;
}
