import type { ControlAttrs, Expectation } from "../../api/control/lab-control.js";
import { GizlabError } from "../../core/errors.js";
import type { TraceEntry } from "../../core/trace.js";
import type { Lab } from "../lab.js";
import { DeviceProbe } from "../probe.js";
import type { VirtualDevice } from "../virtual-device.js";

/** One probe for each virtual device, which every request about it shares: what was met is not met again. */
export class LabProbes {
  readonly #find: () => Lab;
  readonly #probes = new WeakMap<VirtualDevice, DeviceProbe>();

  /** @param find the lab, by the time the first request comes */
  constructor(find: () => Lab) {
    this.#find = find;
  }

  /** Throws `device-unknown`, `device-not-virtual`. */
  of(did: string): DeviceProbe {
    return this.#probe(this.#find().find(did));
  }

  /** Sets datapoints from the cloud, of a device that is not this lab's own too. Throws as `Lab.control`. */
  control(did: string, attrs: ControlAttrs): void {
    const lab = this.#find();
    const device = lab.devices.find((candidate) => candidate.did === did);
    if (device === undefined) lab.control(did, attrs);
    else this.#probe(device).control(attrs);
  }

  /** A device that no request has touched yet is looked at from the beginning of what the trace keeps. */
  #probe(device: VirtualDevice): DeviceProbe {
    const known = this.#probes.get(device);
    if (known !== undefined) return known;
    const probe = new DeviceProbe(this.#find(), device, undefined, 0);
    this.#probes.set(device, probe);
    return probe;
  }
}

/**
 * Waits for all of it together, so that the span is one for all, or the whole span for what must not come. Resolves with
 * the hops that came. Throws `expectation-failed` with all that failed.
 */
export async function expectAll(
  probe: DeviceProbe,
  { report, control, frame, state, within }: Expectation,
  isUnwanted: boolean,
): Promise<readonly TraceEntry[]> {
  const span = within === undefined ? {} : { within };
  const waits: Promise<TraceEntry | undefined>[] = [];
  const add = async (wait: () => Promise<unknown>): Promise<TraceEntry | undefined> =>
    (await wait()) as TraceEntry | undefined;
  if (report !== undefined) {
    waits.push(add(() => (isUnwanted ? probe.expectNoReport(report, span) : probe.expectReport(report, span))));
  }
  if (control !== undefined) {
    waits.push(add(() => (isUnwanted ? probe.expectNoControl(control, span) : probe.expectControl(control, span))));
  }
  if (frame !== undefined) {
    waits.push(add(() => (isUnwanted ? probe.expectNoFrame(frame, span) : probe.expectFrame(frame, span))));
  }
  if (state === "online") waits.push(add(() => probe.expectOnline(span)));
  if (state === "offline") waits.push(add(() => probe.expectOffline(span)));
  const results = await Promise.allSettled(waits);
  const failures = results.flatMap((result) => (result.status === "rejected" ? [result.reason as Error] : []));
  const [first] = failures;
  if (first === undefined) {
    return results.flatMap((result) => (result.status === "fulfilled" ? (result.value ?? []) : []));
  }
  if (failures.length === 1) throw first;
  throw new GizlabError("expectation-failed", failures.map(({ message }) => message).join("\n"), { cause: first });
}
