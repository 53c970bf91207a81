/**
 * The test kit: a private cloud in every test, with virtual time, typed devices, and expectations that wait on the
 * trace and never on time.
 */
import { GizlabError } from "./core/errors.js";
import type { TraceEntry } from "./core/trace.js";
import { Bundle } from "./lab/bundle.js";
import type { Coverage } from "./lab/coverage.js";
import { explainErrors } from "./lab/explained.js";
import type { FaultSpec } from "./lab/faults/fault-spec.js";
import type { FaultView } from "./lab/faults/faults.js";
import { requireKnownOptions } from "./lab/known-options.js";
import type { Lab } from "./lab/lab.js";
import type { DeviceOptions, LabOptions } from "./lab/lab-options.js";
import { type LabRecording, recordLab } from "./lab/lab-recording.js";
import { DeviceProbe, type WantedFrame, type Within } from "./lab/probe.js";
import type { ShippedProfiles } from "./lab/shipped-types.js";
import { startLab as startPlatform } from "./lab/start-lab.js";
import { type AnyProduct, type ProductTypes, TestDevice } from "./lab/test-device.js";
import { LabUser } from "./lab/user.js";
import type { VirtualDevice } from "./lab/virtual-device.js";

export { GizlabError } from "./core/errors.js";
export type { TraceEntry } from "./core/trace.js";
export { type AnyProduct, type ProductTypes, TestDevice, type Wanted } from "./lab/test-device.js";
export type { Coverage, FaultSpec, FaultView, LabOptions, LabRecording, LabUser, WantedFrame, Within };

/** The types of each product, by its name; `gizlab profile types` prints what to add for your own. */
export interface Profiles extends ShippedProfiles {}

/** The types of a product by its name; anything goes for one that is not in `Profiles`. */
export type TypesOf<Name extends string> = Name extends keyof Profiles ? Profiles[Name] : AnyProduct;

/** A span in milliseconds, or as a text with its unit: `1h30m`. */
export type Span = number | string;

/** The lab's time. */
export interface LabClock {
  readonly mode: "wall" | "virtual";
  /** Milliseconds since the Unix epoch. */
  now(): number;
  /** Moves virtual time. Throws `clock-wall` on a wall clock, `duration-invalid`. */
  advance(span: Span): Promise<void>;
  /** Moves virtual time just far enough for `promise` to settle; on a wall clock it waits. */
  resolve<T>(promise: Promise<T>): Promise<T>;
}

/** What breaks the wire. */
export interface LabFaults {
  /** Sets a fault or persona; `hits` of what is returned goes on counting. Throws `fault-invalid`. */
  add(fault: FaultSpec): FaultView;
  /** Throws `fault-unknown`. */
  remove(id: string): void;
  clear(): void;
  list(): readonly FaultView[];
}

export interface TestLabOptions extends LabOptions {
  /** Where the first failed expectation leaves all it takes to see it again with `gizlab replay`. */
  readonly bundle?: string;
}

/** A user of the lab's app, whose controls are typed by the device. */
export interface TestUser extends Omit<LabUser, "control"> {
  /** Controls a bound device. Throws `request-failed`. */
  control<Types extends ProductTypes>(device: TestDevice<Types>, attrs: Types["controls"]): Promise<void>;
}

/** Starts a private cloud: no ports unless asked, nothing shared with any other lab. Throws as `startLab` of gizlab does. */
export async function startLab({ bundle, ...options }: TestLabOptions = {}): Promise<TestLab> {
  try {
    const platform = await startPlatform(requireKnownOptions(options));
    return explainErrors(new TestLab(platform, bundle), (method) => {
      if (platform.isClosed && !ENDING.includes(method)) {
        throw new GizlabError("lab-closed", "the lab has been closed");
      }
    });
  } catch (error) {
    return explainErrors({ rethrow: () => Promise.reject(error) as Promise<TestLab> }).rethrow();
  }
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

  constructor(platform: Lab, bundle?: string) {
    this.platform = platform;
    this.#bundle = bundle === undefined ? undefined : new Bundle(platform, bundle);
    const { clock, faults } = platform;
    this.clock = this.#wrap({
      mode: clock.mode,
      now: () => clock.now(),
      advance: (span: Span) => platform.advance(span),
      resolve: <T>(promise: Promise<T>): Promise<T> =>
        clock.mode === "virtual" ? platform.virtualClock().resolve(promise) : promise,
    });
    this.faults = this.#wrap({
      add: (fault: FaultSpec) => faults.add(fault),
      remove: (id: string) => faults.remove(id),
      clear: () => faults.clear(),
      list: () => faults.list(),
    });
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
    return this.#wrap(new TestDevice<TypesOf<Name>>(this.platform, this.#probe(device)));
  }

  /** A device of the lab by its did, such as one that a restore brought back. Throws `device-unknown`, `device-not-virtual`. */
  find<Name extends (keyof Profiles & string) | (string & {})>(did: string): TestDevice<TypesOf<Name>> {
    return this.#wrap(new TestDevice<TypesOf<Name>>(this.platform, this.#probe(this.platform.find(did))));
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

  #probe(device: VirtualDevice): DeviceProbe {
    return new DeviceProbe(this.platform, device, (error) => this.#bundle?.write(error));
  }
}
