import type { AddressInfo } from "node:net";
import type { ApiServer } from "../api/server.js";
import { type Credentials, readCredentials } from "../cloud/accounts/credentials.js";
import type { Cloud } from "../cloud/cloud.js";
import type { BentClock } from "../core/bent-clock.js";
import { type Clock, VirtualClock } from "../core/clock.js";
import { type Millis, parseDuration } from "../core/duration.js";
import { GizlabError } from "../core/errors.js";
import { LATEST_MS } from "../core/instant.js";
import { showBigints } from "../core/numbers/whole.js";
import type { Random } from "../core/random.js";
import { suggestNearest } from "../core/suggestion.js";
import type { Trace } from "../core/trace.js";
import type { HttpCall } from "../gagent/provisioning.js";
import { packControlOf } from "../profile/control.js";
import { type Coverage, CoverageCounter } from "./coverage.js";
import { LabFaultActions } from "./faults/fault-actions.js";
import type { Faults } from "./faults/faults.js";
import { callInside, fetchInside, type InsideRequest } from "./inside-http.js";
import type { DeviceOptions, LabUrls } from "./lab-options.js";
import { LabSnapshots } from "./lab-snapshots.js";
import type { NamedProfile } from "./profiles.js";
import { createIdentity, VirtualDevice, type VirtualDeviceState } from "./virtual-device.js";

/** Datapoint values in engineering units. */
export type AttrValues = Readonly<Record<string, boolean | number | string>>;
/** The same as they may be given: a number of 8 bytes also as a bigint. */
export type GivenAttrs = Readonly<Record<string, boolean | number | bigint | string>>;

/** A device that is not online by then never will be. */
const ONLINE_LIMIT_MS: Millis = 30 * 60_000;

/** What a lab is put together from. */
export interface LabParts {
  readonly clock: Clock;
  /** The cloud's own idea of time, which a fault may bend. */
  readonly cloudClock: BentClock;
  readonly cloud: Cloud;
  readonly server: ApiServer;
  readonly trace: Trace;
  readonly faults: Faults;
  readonly credentials: Credentials;
  readonly products: readonly NamedProfile[];
  readonly random: Random;
  readonly seed: number | string | undefined;
  readonly listening: { readonly http: AddressInfo | undefined; readonly mqtt: AddressInfo | undefined };
}

/** A running platform with its virtual devices. */
export class Lab {
  readonly clock: Clock;
  readonly cloud: Cloud;
  readonly server: ApiServer;
  readonly trace: Trace;
  readonly faults: Faults;
  readonly snapshots: LabSnapshots;
  readonly products: readonly NamedProfile[];
  readonly seed: number | string | undefined;
  readonly devices: VirtualDevice[] = [];
  readonly #random: Random;
  readonly #listening: LabParts["listening"];
  readonly #faultActions: LabFaultActions;
  #credentials: Credentials;
  #coverage: CoverageCounter | undefined;
  #closing: Promise<void> | undefined;

  constructor(parts: LabParts) {
    const { clock, cloud, cloudClock, trace, faults } = parts;
    this.clock = clock;
    this.cloud = cloud;
    this.server = parts.server;
    this.trace = trace;
    this.faults = faults;
    this.#credentials = parts.credentials;
    this.products = parts.products;
    this.seed = parts.seed;
    this.#random = parts.random;
    this.#listening = parts.listening;
    const { broker, users } = cloud;
    const faultActions = new LabFaultActions({ faults, clock, cloudClock, broker, users, devices: () => this.devices });
    faults.actions = faultActions;
    this.#faultActions = faultActions;
    const { devices } = this;
    const makeDevice = (state: VirtualDeviceState): VirtualDevice => this.#makeDevice(state.product, state.traits);
    this.snapshots = new LabSnapshots({
      cloud,
      clock,
      cloudClock,
      trace,
      faults,
      faultActions,
      devices,
      makeDevice,
      hasProduct: (name) => this.products.some((product) => product.name === name),
      restored: () => {
        this.#credentials = readCredentials(cloud.settings) ?? this.#credentials;
      },
    });
  }

  /** What clients log in with; a snapshot of another lab brings its own. */
  get credentials(): Credentials {
    return this.#credentials;
  }

  /** Where HTTP is listened for. Throws `not-listening`. */
  get httpUrl(): string {
    return `http://${placeOf(this.#listening.http, "http")}`;
  }

  /** Where MQTT is listened for. Throws `not-listening`. */
  get mqttUrl(): string {
    return `mqtt://${placeOf(this.#listening.mqtt, "mqtt")}`;
  }

  /** Where the lab listens. Throws `not-listening` when it was started without ports. */
  get urls(): LabUrls {
    const http = this.httpUrl;
    return {
      http,
      mqtt: this.mqttUrl,
      ws: `${http.replace("http", "ws")}/ws/app/v1`,
      ui: `${http}/ui`,
      docs: `${http}/docs`,
    };
  }

  /** An HTTP request to any face, with or without a port; a body that is neither text nor bytes is sent as JSON. */
  fetch(path: string, request: InsideRequest = {}): Promise<Response> {
    return fetchInside(this.server, path, request);
  }

  /** HTTP without a port, for devices of this process. */
  callInside(): HttpCall {
    return (request) => callInside(this.server, request);
  }

  /** A product by its name or product_key. Throws `product-unknown`. */
  product(name: string): NamedProfile {
    const product = this.products.find((candidate) => candidate.name === name || candidate.profile.productKey === name);
    if (product !== undefined) return product;
    const names = this.products.map((known) => known.name);
    const nearest = suggestNearest(name, names);
    throw new GizlabError("product-unknown", `no product is called ${name}`, {
      hint: nearest === undefined ? `known: ${names.join(", ")}` : `did you mean ${nearest}?`,
    });
  }

  /** Powers on one more virtual device of a product and waits until it is online. Throws `product-unknown`. */
  async device(productName: string, options: DeviceOptions = {}): Promise<VirtualDevice> {
    const [device] = await this.addDevices(productName, 1, options);
    return device as VirtualDevice;
  }

  /** Powers on `count` more devices of a product and waits until they are online. Throws `product-unknown`, `device-offline`. */
  async addDevices(productName: string, count: number, options: DeviceOptions = {}): Promise<readonly VirtualDevice[]> {
    await this.snapshots.idle();
    const added = this.powerOn(productName, count, options);
    const online = Promise.all(added.map((device) => device.whenOnline()));
    if (!(this.clock instanceof VirtualClock)) await Promise.race([online, this.snapshots.closed]);
    else if (!(await this.clock.resolveWithin(online, ONLINE_LIMIT_MS))) {
      throw new GizlabError("device-offline", `the ${productName} did not get online within half an hour`, {
        hint: describeTrouble(added),
      });
    }
    return added;
  }

  /** Powers on `count` more devices of a product without waiting for them. Throws `product-unknown`. */
  powerOn(productName: string, count: number, options: DeviceOptions = {}): readonly VirtualDevice[] {
    const added = Array.from({ length: count }, () => {
      const device = this.#makeDevice(productName, options);
      this.devices.push(device);
      return device;
    });
    const { onControl: _, onTrouble: __, ...traits } = options;
    this.#note("lab.device", { product: productName, count, ...traits });
    for (const device of added) void device.start();
    return added;
  }

  /** The virtual device of a did. Throws `device-unknown`, or `device-not-virtual` for one of somebody else's. */
  find(did: string): VirtualDevice {
    const device = this.devices.find((candidate) => candidate.did === did);
    if (device !== undefined) return device;
    this.cloud.registry.get(did);
    throw new GizlabError("device-not-virtual", `${did} is not a virtual device of this lab`);
  }

  /** Changes datapoints from a device's own side. Throws the `attr-…` errors of `wireValues`. */
  set(device: VirtualDevice, given: GivenAttrs): void {
    const attrs = showBigints(given);
    device.mcu.set(attrs);
    this.#note("lab.set", { attrs }, device);
  }

  /** Controls a device from the cloud, as an app would. Throws `device-offline` and the `attr-…` errors. */
  control(did: string, attrs: GivenAttrs): void {
    const { registry, commands } = this.cloud;
    const device = registry.get(did);
    const product = registry.productOf(device);
    if (product === undefined) throw new GizlabError("product-unknown", `the product of ${did} is not loaded`);
    commands.send(device, product, packControlOf(product.profile, attrs), { source: "lab" });
  }

  /** Gives a device its power, or takes it away. */
  power(device: VirtualDevice, isOn: boolean): void {
    this.#note("lab.power", { on: isOn }, device);
    if (isOn) void device.start();
    else device.stop();
  }

  /**
   * Moves virtual time: milliseconds, or a text with its unit such as `1h30m`. Throws `clock-wall` on a wall clock,
   * `duration-invalid`.
   */
  async advance(span: Millis | string): Promise<void> {
    const spanMs = typeof span === "string" ? parseDuration(span) : typeof span === "number" ? Math.round(span) : NaN;
    if (!(this.clock.now() + spanMs <= LATEST_MS)) {
      throw new GizlabError("duration-invalid", `time cannot move by ${String(span)}`, {
        hint: "milliseconds, or a text with its unit such as 1h30m; no further than the year 9998",
      });
    }
    const clock = this.virtualClock();
    this.#note("lab.advance", { ms: spanMs });
    await clock.advance(spanMs);
  }

  /** The clock that can be moved. Throws `clock-wall`. */
  virtualClock(): VirtualClock {
    if (this.clock instanceof VirtualClock) return this.clock;
    throw new GizlabError("clock-wall", "wall time moves by itself", { hint: "start the lab with a virtual clock" });
  }

  /** What the run has touched since it was first asked, or since the lab began when that was `coverage: true`. */
  coverage(): Coverage {
    this.#coverage ??= new CoverageCounter(this);
    return this.#coverage.report();
  }

  get isClosed(): boolean {
    return this.#closing !== undefined;
  }

  /** Ends everything; calling it again waits for the same end. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    await this.snapshots.close();
    this.#faultActions.close();
    for (const device of this.devices.splice(0)) device.close();
    await this.server.close();
    await this.cloud.close();
  }

  #makeDevice(productName: string, options: DeviceOptions): VirtualDevice {
    const product = this.product(productName);
    const already = this.devices.filter((device) => device.product === product).length;
    const random = this.#random.stream(`device/${product.profile.productKey}/${already}`);
    return new VirtualDevice({
      product,
      clock: this.clock,
      random,
      identity: createIdentity(random),
      http: this.callInside(),
      openBroker: () => this.cloud.broker.connect(),
      trace: this.trace,
      faults: this.faults,
      ...options,
    });
  }

  #note(hop: string, detail: Readonly<Record<string, unknown>>, device?: VirtualDevice): void {
    this.trace.record(this.trace.nextId(), hop, device?.module.identity, detail);
  }
}

/** What last went wrong for the first device that is not online. */
function describeTrouble(devices: readonly VirtualDevice[]): string {
  const trouble = devices.find(({ isOnline }) => !isOnline)?.lastTrouble;
  const fault = "is a fault in force that keeps it off?";
  return trouble === undefined ? fault : `its last trouble: ${trouble.message} [${trouble.code}]; ${fault}`;
}

function placeOf(address: AddressInfo | undefined, option: "http" | "mqtt"): string {
  if (address === undefined) {
    throw new GizlabError("not-listening", `the lab has no port for ${option}`, {
      hint: `start it with ${option}: true`,
    });
  }
  const host = address.address.includes(":") ? `[${address.address}]` : address.address;
  return `${host}:${address.port}`;
}
