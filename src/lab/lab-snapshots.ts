import type { Cloud, CloudState } from "../cloud/cloud.js";
import type { BentClock, BentClockState } from "../core/bent-clock.js";
import { type Clock, VirtualClock } from "../core/clock.js";
import type { Millis } from "../core/duration.js";
import { GizlabError } from "../core/errors.js";
import type { Trace, TraceDetail, TraceState } from "../core/trace.js";
import type { LabFaultActions } from "./faults/fault-actions.js";
import type { Faults, FaultsState } from "./faults/faults.js";
import type { VirtualDevice, VirtualDeviceState } from "./virtual-device.js";

export interface SnapshotParts {
  readonly cloud: Cloud;
  readonly clock: Clock;
  readonly cloudClock: BentClock;
  readonly trace: Trace;
  readonly faults: Faults;
  readonly faultActions: LabFaultActions;
  readonly devices: VirtualDevice[];
  readonly hasProduct: (name: string) => boolean;
  /** Called when the store is another one. */
  readonly restored: () => void;
  /** Makes a device like the saved one, without powering it on. */
  readonly makeDevice: (state: VirtualDeviceState) => VirtualDevice;
}

/** Whatever of a lab is in no table, as plain JSON. */
interface LabState {
  readonly at: Millis;
  readonly cloud: CloudState;
  readonly cloudClock: BentClockState;
  readonly trace: TraceState;
  readonly faults: FaultsState;
  readonly faultTimers: Readonly<Partial<Record<string, Millis>>>;
  readonly devices: readonly VirtualDeviceState[];
}

/** The name under which the lab's first state is kept. */
const SEED = " the seed";
/** Each is a whole copy of the store. */
const MOST_SNAPSHOTS = 64;
const NAME = /^[\w][\w .:-]{0,63}$/;

/**
 * Snapshots of a whole lab: the store, and the state of clock, devices, faults and random streams. Restoring puts the
 * state back, it does not play anything again: devices that were online are online, without a word on their wires.
 * Clients from outside lose their connections. A message that was on its way to an acknowledgement is sent again.
 */
export class LabSnapshots {
  readonly #parts: SnapshotParts;
  /** False where the data folder brought devices along: their past is nothing to go back over. */
  readonly #isFresh: boolean;

  readonly #closed: Promise<never>;
  #rejectClosed: (error: GizlabError) => void = () => {};
  #isClosed = false;
  #turn: Promise<void> = Promise.resolve();

  constructor(parts: SnapshotParts) {
    this.#parts = parts;
    this.#closed = new Promise((_, reject) => {
      this.#rejectClosed = reject;
    });
    this.#closed.catch(() => {});
    this.#isFresh = parts.cloud.registry.list().length === 0;
  }

  get names(): readonly string[] {
    return this.#parts.cloud.snapshots.names.filter((name) => name !== SEED);
  }

  /** Keeps the lab's state under a name, over an earlier one of that name. Throws `snapshot-name`. */
  async save(name: string): Promise<void> {
    requireSnapshotName(name);
    await this.#inTurn(async () => {
      if (!this.names.includes(name) && this.names.length >= MOST_SNAPSHOTS) {
        throw new GizlabError("snapshot-limit", `there are ${MOST_SNAPSHOTS} snapshots already`, {
          hint: "remove one with DELETE /_lab/snapshots/{name}",
        });
      }
      // Noted before, so that what is put back goes on exactly as this goes on.
      this.#note("lab.saved", { name });
      await this.#save(name);
    });
  }

  /** Puts the lab back as it was. Throws `snapshot-unknown`. */
  async restore(name: string): Promise<void> {
    requireSnapshotName(name);
    await this.#inTurn(async () => {
      this.#parts.cloud.snapshots.state(name);
      this.#note("lab.restored", { name });
      await this.#restore(name);
    });
  }

  /** Makes the present state the one that `reset` leads back to; nothing where a lab began with devices. */
  async saveSeed(): Promise<void> {
    if (this.#isFresh) await this.#inTurn(() => this.#save(SEED));
  }

  /** Puts the lab back as it was when it was ready. Throws `reset-refused` where nothing was kept. */
  async reset(): Promise<void> {
    if (!this.#parts.cloud.snapshots.names.includes(SEED)) {
      throw new GizlabError("reset-refused", "the data folder held devices when the lab was started", {
        hint: "start with --memory or a new folder, or use save and restore",
      });
    }
    await this.#inTurn(async () => {
      this.#note("lab.reset", {});
      await this.#restore(SEED);
    });
  }

  /** A snapshot as one file. Throws `snapshot-unknown`. */
  export(name: string): Buffer {
    requireSnapshotName(name);
    return this.#parts.cloud.snapshots.export(name);
  }

  /** Takes over a file that `export` made. Throws `snapshot-invalid`, `snapshot-name`. */
  import(name: string, bytes: Uint8Array): void {
    requireSnapshotName(name);
    this.#parts.cloud.snapshots.import(name, bytes, (state) => this.#readState(state));
  }

  /** Forgets a snapshot. Throws `snapshot-unknown`. */
  remove(name: string): void {
    requireSnapshotName(name);
    this.#parts.cloud.snapshots.remove(name);
  }

  /** Resolves when nothing is being saved or put back. */
  async idle(): Promise<void> {
    await this.#turn;
  }

  /** Rejects with `lab-closed` when the lab is closed. */
  get closed(): Promise<never> {
    return this.#closed;
  }

  /** Lets what is under way come to its end, and nothing new begin. */
  async close(): Promise<void> {
    this.#rejectClosed(new GizlabError("lab-closed", "the lab has been closed"));
    this.#isClosed = true;
    await this.#turn;
  }

  /** One after another: a lab that is half put back is no lab to save. */
  #inTurn(action: () => Promise<void>): Promise<void> {
    if (this.#isClosed) return this.#closed;
    const turn = this.#turn.then(action);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  /** Throws `snapshot-invalid` for what cannot be a state of this lab, before anything is touched. */
  #readState(text: string): LabState {
    const state = JSON.parse(text) as Partial<LabState> | null;
    if (!isLabState(state)) {
      throw new GizlabError("snapshot-invalid", "the snapshot holds no state of a lab");
    }
    const missing = state.devices.find(({ product }) => !this.#parts.hasProduct(product));
    if (missing !== undefined) {
      throw new GizlabError("snapshot-invalid", `the snapshot has devices of a product that is not loaded`, {
        found: String(missing.product),
        hint: "start the lab with the profiles that the snapshot was made with",
      });
    }
    return state;
  }

  async #save(name: string): Promise<void> {
    const { cloud, clock, cloudClock, trace, faults, faultActions, devices } = this.#parts;
    if (clock instanceof VirtualClock) await clock.settle();
    const state: LabState = {
      at: clock.now(),
      cloud: cloud.save(),
      cloudClock: cloudClock.save(),
      trace: trace.save(),
      faults: faults.save(),
      faultTimers: faultActions.save(),
      devices: devices.map((device) => device.save()),
    };
    cloud.snapshots.save(name, JSON.stringify(state));
  }

  async #restore(name: string): Promise<void> {
    const { cloud, trace, faults, faultActions } = this.#parts;
    const state = this.#readState(cloud.snapshots.state(name));
    faultActions.load({});
    faults.load({ count: 0, faults: [] });
    for (const device of this.#parts.devices) device.stop();
    // Nobody from outside is let in before everything is as it was: what is acknowledged meanwhile would be lost.
    cloud.broker.shut();
    try {
      await this.#putBack(name, state);
    } finally {
      cloud.broker.reopen();
    }
    this.#parts.restored();
    faults.load(state.faults);
    faultActions.load(state.faultTimers);
    trace.load(state.trace);
    for (const device of this.#parts.devices) device.resume();
  }

  async #putBack(name: string, state: LabState): Promise<void> {
    const { cloud, clock, cloudClock } = this.#parts;
    await cloud.broker.disconnectAll();
    if (clock instanceof VirtualClock) clock.restart(state.at);
    cloudClock.load(state.cloudClock);
    cloud.snapshots.restore(name);
    cloud.load(state.cloud);
    await this.#bringBack(state.devices);
    // The logins left their marks in the log: now that everybody is in, once more.
    cloud.telemetry.flush();
    cloud.snapshots.restore(name);
    cloud.load(state.cloud);
  }

  /** Devices keep their objects, so that whoever holds one goes on with it; those unknown to the snapshot end. */
  async #bringBack(states: readonly VirtualDeviceState[]): Promise<void> {
    const { devices, makeDevice, clock } = this.#parts;
    const rest = new Map(devices.splice(0).map((device) => [device.mac, device]));
    const loads = states.map((state) => {
      const known = rest.get(state.module.registration.identity.mac);
      const device = known?.isLike(state) === true ? known : makeDevice(state);
      if (device === known) rest.delete(device.mac);
      devices.push(device);
      return device.load(state);
    });
    for (const device of rest.values()) device.close();
    await Promise.all(loads);
    if (clock instanceof VirtualClock) await clock.settle();
  }

  #note(hop: string, detail: TraceDetail): void {
    const { trace } = this.#parts;
    trace.record(trace.nextId(), hop, {}, detail);
  }
}

/** Whether a text from outside says what `save` says: everything there, and of the right kind. */
function isLabState(state: Partial<LabState> | null): state is LabState {
  if (state === null || !Number.isSafeInteger(state.at) || !Array.isArray(state.devices)) return false;
  const parts = [state.cloud, state.cloudClock, state.trace, state.faults, state.faultTimers];
  const devices = state.devices.flatMap((device) => [device?.clock, device?.world, device?.mcu, device?.module]);
  return (
    [...parts, ...devices].every((part) => typeof part === "object" && part !== null) &&
    Array.isArray(state.faults?.faults) &&
    state.devices.every(({ mcu, module }) => Array.isArray(mcu.values) && typeof module.registration === "object")
  );
}

/** Throws `snapshot-name`. */
export function requireSnapshotName(name: string): void {
  if (NAME.test(name)) return;
  throw new GizlabError("snapshot-name", `"${name}" is no name for a snapshot`, {
    hint: "up to 64 letters, digits, spaces and . : - _",
  });
}
