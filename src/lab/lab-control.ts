import type { HopFilter, LabControl, RecordingReport } from "../api/control/lab-control.js";
import { GizlabError } from "../core/errors.js";
import type { TraceEntry } from "../core/trace.js";
import { MemoryRecording } from "../record/recording.js";
import type { FaultSpec } from "./faults/fault-spec.js";
import { offerFirmware } from "./firmware-offer.js";
import { expectAll, LabProbes } from "./kit/expect-all.js";
import type { Lab } from "./lab.js";
import { createRecordingHeader } from "./recording-header.js";

/** More recordings at once would be a leak, not a wish. */
const MOST_RECORDINGS = 16;

/** What the control routes drive, for a lab that is there by the time the first request comes. */
export function createLabControl(find: () => Lab): LabControl {
  const probes = new LabProbes(find);
  const recordings = new Map<string, MemoryRecording>();
  let count = 0;
  const recording = (id: string): MemoryRecording => {
    const found = recordings.get(id);
    if (found === undefined) throw new GizlabError("recording-unknown", `no recording is called ${id}`);
    return found;
  };
  const matchHops = ({ did, id }: HopFilter): ((entry: TraceEntry) => boolean) => {
    // A did that is refused here is in the trace and not in the registry.
    const { trace, cloud } = find();
    if (did !== undefined && !trace.from(0).some((entry) => entry.did === did)) cloud.registry.get(did);
    return (entry) => (did === undefined || entry.did === did) && (id === undefined || entry.id === id);
  };
  const report = (id: string): RecordingReport => {
    const { recorder } = recording(id);
    return { id, entries: recorder.entries, isRunning: recorder.isRunning };
  };
  return {
    advance: (spanMs) => find().advance(spanMs),
    addDevices: async (product, n) => (await find().addDevices(product, n)).map(({ did }) => did ?? ""),
    setAttrs: (did, attrs) => probes.of(did).set(attrs),
    controlDevice: (did, attrs) => probes.control(did, attrs),
    powerDevice: (did, isOn) => probes.of(did).power(isOn),
    expect: (did, what, isUnwanted) => expectAll(probes.of(did), what, isUnwanted),
    virtualDids: () => new Set(find().devices.flatMap(({ did }) => did ?? [])),
    offerFirmware: (did, file, offer) => offerFirmware(find(), did, file, offer),

    reset: () => find().snapshots.reset(),
    save: (name) => find().snapshots.save(name),
    restore: (name) => find().snapshots.restore(name),
    snapshots: () => find().snapshots.names,
    removeSnapshot: (name) => find().snapshots.remove(name),
    exportSnapshot: (name) => find().snapshots.export(name),
    importSnapshot: (name, bytes) => find().snapshots.import(name, bytes),

    addFault: (fault) => find().faults.add(fault as FaultSpec),
    removeFault: (id) => find().faults.remove(id),
    clearFaults: () => find().faults.clear(),
    faults: () => find().faults.list(),

    trace(filter, limit) {
      const isWanted = matchHops(filter);
      const kept = [...find().trace].filter(isWanted);
      return limit === undefined ? kept : kept.slice(-limit);
    },
    listenTrace(filter, listener) {
      const isWanted = matchHops(filter);
      return find().trace.listen((entry) => {
        if (isWanted(entry)) listener(entry);
      });
    },

    startRecording(withSecrets) {
      if (recordings.size >= MOST_RECORDINGS) {
        throw new GizlabError("recording-limit", `there are ${recordings.size} recordings already`, {
          hint: "remove one with DELETE /_lab/recordings/{id}",
        });
      }
      count += 1;
      const id = `r${count}`;
      recordings.set(id, new MemoryRecording(find().trace, createRecordingHeader(find(), withSecrets)));
      return report(id);
    },
    stopRecording(id) {
      recording(id).recorder.stop();
      return report(id);
    },
    recordings: () => [...recordings.keys()].map(report),
    readRecording: (id) => recording(id).text,
    removeRecording(id) {
      recording(id).recorder.stop();
      recordings.delete(id);
    },

    coverage: () => find().coverage(),
  };
}
