import { GizlabError } from "../../core/errors.js";
import { parseHex } from "../../core/hex.js";
import type { TraceEntry } from "../../core/trace.js";
import { RECORDING_FULL, type Recording } from "../../record/recording.js";
import { redact } from "../../record/redact.js";
import type { FaultSpec } from "../faults/fault-spec.js";
import { replayOffer } from "../firmware-offer.js";
import type { AttrValues, Lab } from "../lab.js";
import type { DeviceOptions } from "../lab-options.js";
import { startLab } from "../start-lab.js";
import type { VirtualDevice } from "../virtual-device.js";
import { compareHops, type ReplayResult } from "./compare.js";
import { type Pace, pass } from "./player.js";

/** What was done to the lab from outside; everything else follows from it. */
const INPUTS = ["lab.", "cloud.control"];
/** What is compared: the wires, what was carried out and what was kept. */
const COMPARED = ["uart.", "mqtt.", "mcu.control", "cloud.stored", "device."];

/**
 * Makes the recorded lab again from its seed, does to it what was done, at the same virtual times, and compares every
 * hop, times included. Throws `replay-impossible` for a recording that does not begin with the lab.
 */
export async function replayLab({ header, entries }: Recording, pace: Pace = {}): Promise<ReplayResult> {
  const { seed, clock, from_start: isWhole, started_at: startAt, profiles } = header;
  if (seed === null || clock !== "virtual" || !isWhole) {
    throw new GizlabError("replay-impossible", "the recording cannot be made again from its seed", {
      expected: "a lab with a seed and a virtual clock, recorded from its start",
      found: `seed ${seed ?? "none"}, ${clock} clock${isWhole ? "" : ", recorded later"}`,
      hint: "play one side of it instead: --against mcu, module or cloud",
    });
  }
  if (entries.at(-1)?.hop === RECORDING_FULL) {
    throw new GizlabError("replay-impossible", "the recording was full before its end", {
      hint: "record to a file: up --record, scenario run --record",
    });
  }
  const lab = await startLab({ seed, clock, startAt, profiles });
  const replayed: TraceEntry[] = [];
  const stop = lab.trace.listen((entry) => {
    // A copy: what a hop says is worked out while its device is known.
    if (isOf(COMPARED, entry)) replayed.push(JSON.parse(JSON.stringify(entry)) as TraceEntry);
  });
  try {
    for (const entry of entries) {
      if (!isOf(INPUTS, entry)) continue;
      await pace.step?.(entry);
      await moveTo(lab, entry.at, pace);
      await apply(lab, entry, pace);
    }
    const last = entries.at(-1);
    if (last !== undefined) await moveTo(lab, last.at, pace);
  } finally {
    stop();
    await lab.close();
  }
  const recorded = entries.filter((entry) => isOf(COMPARED, entry));
  // What the recording hides is hidden in the replay as well.
  const show = header.redacted ? redact : (entry: TraceEntry) => entry;
  return compareHops(recorded, replayed, (entry) => {
    const { at, hop, mac, did, detail } = show(entry);
    return JSON.stringify([at, hop, mac, did, detail]);
  });
}

function isOf(prefixes: readonly string[], { hop }: TraceEntry): boolean {
  return prefixes.some((prefix) => hop.startsWith(prefix));
}

async function moveTo(lab: Lab, at: number, { speed }: Pace): Promise<void> {
  const spanMs = at - lab.clock.now();
  if (spanMs > 0) await pass(lab.clock, spanMs, speed);
}

async function apply(lab: Lab, { hop, mac, did, detail = {} }: TraceEntry, pace: Pace): Promise<void> {
  switch (hop) {
    case "lab.advance":
      return pass(lab.clock, Number(detail.ms), pace.speed);
    case "lab.device": {
      const { product, count, ...traits } = detail as { product: string; count: number } & DeviceOptions;
      lab.powerOn(product, count, traits);
      return;
    }
    case "lab.set":
      return lab.set(find(lab, mac), detail.attrs as AttrValues);
    case "lab.power":
      return lab.power(find(lab, mac), detail.on === true);
    case "lab.ota":
      replayOffer(lab, did ?? "", detail);
      return;
    case "lab.fault": {
      const { fault: _, ...spec } = detail;
      lab.faults.add({ ...spec, ...(did === undefined ? {} : { did }) } as unknown as FaultSpec);
      return;
    }
    case "lab.fault-removed":
      // One that has struck often enough has gone by itself.
      if (lab.faults.find(String(detail.fault)) !== undefined) lab.faults.remove(String(detail.fault));
      return;
    case "lab.saved":
      return lab.snapshots.save(String(detail.name));
    case "lab.restored":
      return lab.snapshots.restore(String(detail.name));
    case "lab.reset":
      return lab.snapshots.reset();
    case "cloud.control":
      return control(lab, did ?? "", detail);
    default:
      return;
  }
}

function control({ cloud }: Lab, did: string, { p0, source }: Readonly<Record<string, unknown>>): void {
  const device = cloud.registry.get(did);
  const product = cloud.registry.productOf(device);
  if (product === undefined) return;
  try {
    cloud.commands.send(device, product, parseHex(String(p0)), { source: String(source) });
  } catch (error) {
    // Refused then as it is refused now.
    if (!(error instanceof GizlabError) || error.code !== "device-offline") throw error;
  }
}

function find({ devices }: Lab, mac: string | undefined): VirtualDevice {
  const device = devices.find((candidate) => candidate.mac === mac);
  if (device === undefined) throw new GizlabError("replay-impossible", `the lab has no device ${mac ?? ""}`);
  return device;
}
