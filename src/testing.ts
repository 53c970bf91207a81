/**
 * The test kit: a private cloud in every test, with virtual time, typed devices, and expectations that wait on the
 * trace and never on time.
 */
import "./lab/kit/preload.js";
import { GizlabError } from "./core/errors.js";
import type { TraceEntry } from "./core/trace.js";
import { Bundle } from "./lab/bundle.js";
import type { Coverage } from "./lab/coverage.js";
import { explainCall, explainErrors } from "./lab/explained.js";
import type { FaultSpec } from "./lab/faults/fault-spec.js";
import type { FaultView } from "./lab/faults/faults.js";
import type { Given } from "./lab/kit/given.js";
import { createLabClock, type LabClock, type Span } from "./lab/kit/lab-clock.js";
import { createLabFaults, type LabFaults } from "./lab/kit/lab-faults.js";
import type { Moment } from "./lab/kit/moment.js";
import { type PastReport, reportPast } from "./lab/kit/past-reports.js";
import type {
  AggregateQuestion,
  AggregateRow,
  LatestOf,
  RawDataQuestion,
  RawRecord,
} from "./lab/kit/user-questions.js";
import type { WantedFrame } from "./lab/kit/wanted-frame.js";
import { requireKnownOptions } from "./lab/known-options.js";
import type { Lab } from "./lab/lab.js";
import type { DeviceOptions, LabOptions } from "./lab/lab-options.js";
import { type LabRecording, recordLab } from "./lab/lab-recording.js";
import { DeviceProbe, type Within } from "./lab/probe.js";
import type { ShippedProfiles } from "./lab/shipped-types.js";
import { startLab as startPlatform } from "./lab/start-lab.js";
import { type AnyProduct, type ProductTypes, TestDevice } from "./lab/test-device.js";
import { LabUser } from "./lab/user.js";
import type { VirtualDevice } from "./lab/virtual-device.js";

export { GizlabError } from "./core/errors.js";
export type { TraceEntry } from "./core/trace.js";
export type { Given } from "./lab/kit/given.js";
export { type AnyProduct, type ProductTypes, TestDevice, type Wanted } from "./lab/test-device.js";
export type {
  AggregateQuestion,
  AggregateRow,
  Coverage,
  FaultSpec,
  FaultView,
  LabClock,
  LabFaults,
  LabOptions,
  LabRecording,
  LabUser,
  LatestOf,
  Moment,
  PastReport,
  RawDataQuestion,
  RawRecord,
  Span,
  WantedFrame,
  Within,
};

/** The types of each product, by its name; `gizlab profile types` prints what to add for your own. */
export interface Profiles extends ShippedProfiles {}

/** The types of a product by its name; anything goes for one that is not in `Profiles`. */
export type TypesOf<Name extends string> = Name extends keyof Profiles ? Profiles[Name] : AnyProduct;

export interface TestLabOptions extends LabOptions {
  /** Where the first failed expectation leaves all it takes to see it again with `gizlab replay`. */
  readonly bundle?: string;
}

/** A user of the lab's app, whose questions and controls are typed by the device. */
export interface TestUser extends Omit<LabUser, "control" | "latest" | "aggregate"> {
  /** Controls a bound device. Throws `request-failed`. */
  control<Types extends ProductTypes>(device: TestDevice<Types>, attrs: Given<Types["controls"]>): Promise<void>;
  /** The latest values of a device; empty after 24 hours without a report (cloud.md 8.1). Throws `request-failed`. */
  latest<Types extends ProductTypes>(device: TestDevice<Types>): Promise<LatestOf<Types["attrs"]>>;
  /** Aggregated values of a bound device, a row a bucket that has data (rest.md 3). Throws `request-failed`, `time-invalid`. */
  aggregate<Types extends ProductTypes, Name extends keyof Types["attrs"] & string>(
    device: TestDevice<Types>,
    question: AggregateQuestion<Name>,
  ): Promise<readonly AggregateRow<Name>[]>;
}

/** Starts a private cloud: no ports unless asked, nothing shared with any other lab. Throws as `startLab` of gizlab does. */
export function startLab(options: TestLabOptions = {}): Promise<TestLab> {
  return explainCall(startLab, () => openLab(options));
}

async function openLab({ bundle, ...options }: TestLabOptions): Promise<TestLab> {
  const platform = await startPlatform(requireKnownOptions(options));
  return explainErrors(new TestLab(platform, bundle), (method) => {
    if (platform.isClosed && !ENDING.includes(method)) {
      throw new GizlabError("lab-closed", "the lab has been closed");
    }
  });
}

/** What may be asked of a closed lab. */
const ENDING = ["close", String(Symbol.asyncDispose)];
/** A private cloud for one test. */
export class TestLab {
  /** Everything the platform has, for what this kit does not name. */
  readonly platform: Lab;
  readonly clock: LabClock;
  readonly faults: LabFaults;

  readonly #bundle: Bundle | undefined;
  readonly #devices = new WeakMap<VirtualDevice, TestDevice>();

  constructor(platform: Lab, bundle?: string) {
    this.platform = platform;
    this.#bundle = bundle === undefined ? undefined : new Bundle(platform, bundle);
    this.clock = this.#wrap(createLabClock(platform));
    this.faults = this.#wrap(createLabFaults(platform));
  }

  /** Where HTTP is listened for. Throws `not-listening` unless asked for with `http: true`. */
  get http(): { readonly url: string } {
    return { url: this.platform.httpUrl };
  }

  /** Where MQTT is listened for. Throws `not-listening` unless asked for with `mqtt: true`. */
  get mqtt(): { readonly url: string } {
    return { url: this.platform.mqttUrl };
  }

  /** The last hops of everything, as plain JSON; equal seeds give equal entries. */
  get trace(): Iterable<TraceEntry> {
    return this.platform.trace;
  }

  /**
   * Powers a virtual device on and waits until it is online and has sent the report by which every device greets the
   * cloud, for 5 s at most where a fault keeps it back. Throws `product-unknown`.
   */
  async device<Name extends (keyof Profiles & string) | (string & {})>(
    product: Name,
    options: DeviceOptions = {},
  ): Promise<TestDevice<TypesOf<Name>>> {
    const device = await this.platform.device(product, options);
    await new DeviceProbe(this.platform, device).waitForReport("5s");
    return this.#device(device);
  }

  /** A device of the lab by its did, such as one that a restore brought back. Throws `device-unknown`, `device-not-virtual`. */
  find<Name extends (keyof Profiles & string) | (string & {})>(did: string): TestDevice<TypesOf<Name>> {
    const device = this.platform.find(did);
    this.#devices.delete(device);
    return this.#device(device);
  }

  /** The virtual devices of the lab, of one product or of all, in the order in which they were made. Throws `product-unknown`. */
  devices<Name extends (keyof Profiles & string) | (string & {}) = string>(
    product?: Name,
  ): readonly TestDevice<TypesOf<Name>>[] {
    this.#requireOpen();
    const wanted = product === undefined ? undefined : this.platform.product(product);
    return this.platform.devices
      .filter((device) => wanted === undefined || device.product === wanted)
      .map((device) => this.#device<TypesOf<Name>>(device));
  }

  /**
   * Stores reports of a device's past, in any order, by the way that live reports take: log, latest and aggregation
   * have them then. Resolves with their number. Throws `report-line` with the number of a report that does not fit,
   * `time-invalid`.
   */
  report<Types extends ProductTypes>(
    device: TestDevice<Types>,
    reports: readonly PastReport<Types["attrs"]>[],
  ): Promise<number> {
    return reportPast(this.platform, device.did, reports);
  }

  /** Calls `listener` with every hop to come, until the returned function is called; `trace` keeps the last ones only. */
  listen(listener: (entry: TraceEntry) => void): () => void {
    return this.platform.trace.listen(listener);
  }

  /** An HTTP request to any face, with or without a port. On a virtual clock a slow answer needs `clock.resolve`. */
  fetch(
    path: string,
    init: { method?: string; headers?: Record<string, string>; body?: unknown } = {},
  ): Promise<Response> {
    return this.platform.fetch(path, init);
  }

  /** An anonymous user of an app, for the Open API. */
  async user(phoneId = "phone-1"): Promise<TestUser> {
    this.#requireOpen();
    return this.#wrap(await LabUser.enter(this.platform, phoneId)) as unknown as TestUser;
  }

  /** Back to the state in which the lab was ready, in a few milliseconds. Throws `reset-refused`. */
  reset(): Promise<void> {
    return this.platform.snapshots.reset();
  }

  /** Keeps the whole lab under a name. */
  save(name: string): Promise<void> {
    return this.platform.snapshots.save(name);
  }

  /** Puts the whole lab back: state, not replay. Throws `snapshot-unknown`. */
  restore(name: string): Promise<void> {
    return this.platform.snapshots.restore(name);
  }

  /** A snapshot as one file. Throws `snapshot-unknown`. */
  exportSnapshot(name: string): Uint8Array {
    return this.platform.snapshots.export(name);
  }

  /** Throws `snapshot-invalid`. */
  importSnapshot(name: string, bytes: Uint8Array): void {
    this.platform.snapshots.import(name, bytes);
  }

  /** Records every hop from now on; secrets are left out unless asked for. */
  record(options: { readonly secrets?: boolean } = {}): LabRecording {
    return recordLab(this.platform, options);
  }

  /**
   * Writes the bundle of the option `bundle`, as the first failed expectation does by itself: for a test that failed by
   * an assertion of its own. False where there is no such option, or the bundle is written already.
   */
  keepFailure(error: unknown): boolean {
    return this.#bundle?.write(error) ?? false;
  }

  /** What was touched since the first call, or from the start with `coverage: true`. */
  coverage(): Coverage {
    return this.platform.coverage();
  }

  /** Ends everything; calling it again waits for the same end. */
  close(): Promise<void> {
    return this.platform.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  /** Errors in full, and `lab-closed` before anything else. */
  #wrap<T extends object>(target: T): T {
    return explainErrors(target, () => this.#requireOpen());
  }

  #requireOpen(): void {
    if (this.platform.isClosed) throw new GizlabError("lab-closed", "the lab has been closed");
  }

  /** The same object for the same device, so that what an expectation has met is not met again. */
  #device<Types extends ProductTypes>(device: VirtualDevice): TestDevice<Types> {
    const known = this.#devices.get(device);
    if (known !== undefined) return known as unknown as TestDevice<Types>;
    const probe = new DeviceProbe(this.platform, device, (error) => this.keepFailure(error));
    const made = this.#wrap(new TestDevice(this.platform, probe));
    this.#devices.set(device, made);
    return made as unknown as TestDevice<Types>;
  }
}
