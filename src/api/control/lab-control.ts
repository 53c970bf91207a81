import type { FirmwareType } from "../../cloud/devices/firmwares.js";
import type { Millis } from "../../core/duration.js";
import type { TraceEntry, TraceListener } from "../../core/trace.js";

/** Datapoint values in engineering units. */
export type ControlAttrs = Readonly<Record<string, boolean | number | string>>;

/** A fault in force. */
export interface FaultReport {
  readonly id: string;
  /** The fault as it was asked for. */
  readonly spec: object;
  readonly hits: number;
}

/** A recording that is being made or has been made. */
export interface RecordingReport {
  readonly id: string;
  readonly entries: number;
  readonly isRunning: boolean;
}

/** A firmware that a device has been offered. */
export interface FirmwareReport {
  readonly id: number;
  readonly type: FirmwareType;
  readonly softVersion: string;
  readonly size: number;
  readonly md5: string;
  /** True when the device was online and has been told. */
  readonly isNotified: boolean;
}

/** Which hops are wanted: of one device, of one correlation id. */
export interface HopFilter {
  readonly did?: string;
  readonly id?: string;
}

/** What is waited for of a device, all of it together; datapoints that are not named may be anything. */
export interface Expectation {
  readonly report?: ControlAttrs;
  readonly control?: ControlAttrs;
  readonly frame?: {
    readonly cmd?: string;
    readonly way?: "up" | "down";
    readonly sn?: number;
    readonly payload?: string;
    readonly attrs?: ControlAttrs;
  };
  readonly state?: "online" | "offline";
  /** A span with its unit; 10 s without. */
  readonly within?: string;
}

/** What the control routes drive; the lab implements it and hands it in (architecture.md 3). */
export interface LabControl {
  /** Moves virtual time. Throws `clock-wall` on a wall clock. */
  advance(spanMs: Millis): Promise<void>;
  /** Adds virtual devices and resolves with their dids once they are online. Throws `product-unknown`. */
  addDevices(product: string, count: number): Promise<readonly string[]>;
  /** Changes datapoints from a virtual device's own side. Throws `device-not-virtual` and the `attr-…` errors. */
  setAttrs(did: string, attrs: ControlAttrs): void;
  /** Sets datapoints from the cloud, as an app would. Throws `device-offline` and the `attr-…` errors. */
  controlDevice(did: string, attrs: ControlAttrs): void;
  /** The dids of the lab's own virtual devices. */
  virtualDids(): ReadonlySet<string>;
  /** Gives a virtual device its power, or takes it away. Throws `device-not-virtual`. */
  powerDevice(did: string, isOn: boolean): void;
  /**
   * Waits until all has come since the device was last changed, or the whole span if it is not wanted. Resolves with
   * the hops that were waited for. Throws `device-not-virtual`, `expectation-failed`, `command-unknown`, the `attr-…` errors.
   */
  expect(did: string, what: Expectation, isUnwanted: boolean): Promise<readonly TraceEntry[]>;

  /** Offers a file as firmware. Throws `device-unknown`, `ota-file`, `ota-version`, `version-last`. */
  offerFirmware(
    did: string,
    file: Uint8Array,
    offer: { readonly type: FirmwareType; readonly softVersion?: string },
  ): FirmwareReport;

  /** Back to the state in which the lab was ready. Throws `reset-refused`. */
  reset(): Promise<void>;
  /** Throws `snapshot-name`. */
  save(name: string): Promise<void>;
  /** Throws `snapshot-unknown`. */
  restore(name: string): Promise<void>;
  snapshots(): readonly string[];
  /** Throws `snapshot-unknown`. */
  removeSnapshot(name: string): void;
  /** A snapshot as one file. Throws `snapshot-unknown`. */
  exportSnapshot(name: string): Uint8Array;
  /** Throws `snapshot-invalid`. */
  importSnapshot(name: string, bytes: Uint8Array): void;

  /** Throws `fault-invalid`. */
  addFault(fault: unknown): FaultReport;
  /** Throws `fault-unknown`. */
  removeFault(id: string): void;
  clearFaults(): void;
  faults(): readonly FaultReport[];

  /** The kept hops, oldest first; the newest `limit` of them. Throws `device-unknown`. */
  trace(filter: HopFilter, limit?: number): readonly TraceEntry[];
  /** Calls `listener` with every hop to come, until the returned function is called. Throws `device-unknown`. */
  listenTrace(filter: HopFilter, listener: TraceListener): () => void;

  startRecording(withSecrets: boolean): RecordingReport;
  /** Throws `recording-unknown`. */
  stopRecording(id: string): RecordingReport;
  recordings(): readonly RecordingReport[];
  /** The recording as JSONL. Throws `recording-unknown`. */
  readRecording(id: string): string;
  removeRecording(id: string): void;

  /** What the run has touched so far. */
  coverage(): object;
}
