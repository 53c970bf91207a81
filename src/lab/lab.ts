import type { AddressInfo } from "node:net";
import type { LabControl } from "../api/control/lab-control.js";
import type { Face } from "../api/face.js";
import { createServer } from "../api/server.js";
import { type Cloud, startCloud } from "../cloud/cloud.js";
import type { WeekRule } from "../cloud/telemetry/calendar.js";
import { Zone } from "../cloud/telemetry/zone.js";
import { type Clock, createWallClock, VirtualClock } from "../core/clock.js";
import type { Millis } from "../core/duration.js";
import { GizlabError } from "../core/errors.js";
import { createSeededRandom, createSystemRandom, type Random } from "../core/random.js";
import { Trace } from "../core/trace.js";
import type { HttpCall } from "../gagent/provisioning.js";
import { type Credentials, keepCredentials } from "./credentials.js";
import { listShippedProfiles, loadProfile, type NamedProfile } from "./profiles.js";
import type { Seed } from "./seed-file.js";
import { VERSION } from "./version.js";
import { createIdentity, VirtualDevice, type VirtualDeviceOptions } from "./virtual-device.js";

/** Where to listen; port 0 is any free port. */
export interface Listen {
  readonly host?: string;
  readonly port: number;
}

export interface LabOptions {
  /** Shipped names or files; all shipped profiles unless given. */
  readonly profiles?: readonly string[];
  /** Wall time, or time that stands still until `advance`. */
  readonly clock?: "wall" | "virtual";
  /** Where virtual time begins, epoch milliseconds. */
  readonly startAt?: Millis;
  /** Equal seeds give equal ids, credentials and readings; without one they are unpredictable. */
  readonly seed?: number | string;
  /** The data folder; in memory without it. */
  readonly folder?: string;
  /** No port is opened unless asked for. */
  readonly http?: Listen;
  readonly mqtt?: Listen;
  /** The zone of the Gizwits aggregation; UTC unless given. */
  readonly zone?: string;
  readonly weekRule?: WeekRule;
  /** MQTT without login and rights. */
  readonly open?: boolean;
  readonly fixed?: Seed;
}

export type DeviceOptions = Partial<
  Pick<VirtualDeviceOptions, "baud" | "reportEveryMs" | "isAlive" | "onControl" | "onTrouble">
>;

export interface LabUrls {
  readonly http: string;
  readonly mqtt: string;
  readonly ws: string;
  readonly ui: string;
  readonly docs: string;
}

const DEFAULT_HOST = "127.0.0.1";
/** Where virtual time begins for a seeded lab, so that two runs are alike. */
const SEEDED_START: Millis = Date.UTC(2026, 0, 1);

/** A running platform with its virtual devices. */
export class Lab implements LabControl {
  readonly clock: Clock;
  readonly cloud: Cloud;
  readonly server: Face;
  readonly trace: Trace;
  readonly credentials: Credentials;
  readonly products: readonly NamedProfile[];
  readonly devices: VirtualDevice[] = [];
  readonly #random: Random;
  readonly #listening: { http: AddressInfo | undefined; mqtt: AddressInfo | undefined };
  #closing: Promise<void> | undefined;

  constructor(parts: {
    clock: Clock;
    cloud: Cloud;
    server: Face;
    trace: Trace;
    credentials: Credentials;
    products: readonly NamedProfile[];
    random: Random;
    listening: { http: AddressInfo | undefined; mqtt: AddressInfo | undefined };
  }) {
    this.clock = parts.clock;
    this.cloud = parts.cloud;
    this.server = parts.server;
    this.trace = parts.trace;
    this.credentials = parts.credentials;
    this.products = parts.products;
    this.#random = parts.random;
    this.#listening = parts.listening;
  }

  /** Where the lab listens. Throws `not-listening` when it was started without ports. */
  get urls(): LabUrls {
    const { http, mqtt } = this.#listening;
    if (http === undefined || mqtt === undefined) {
      throw new GizlabError("not-listening", "the lab has no ports; ask for them with http and mqtt");
    }
    const web = `${hostOf(http)}:${http.port}`;
    return {
      http: `http://${web}`,
      mqtt: `mqtt://${hostOf(mqtt)}:${mqtt.port}`,
      ws: `ws://${web}/ws/app/v1`,
      ui: `http://${web}/ui`,
      docs: `http://${web}/docs`,
    };
  }

  /** Powers on one more virtual device of a product and waits until it is online. Throws `product-unknown`. */
  async device(productName: string, options: DeviceOptions = {}): Promise<VirtualDevice> {
    const [device] = this.#powerOn(productName, 1, options);
    await this.#settle(device?.whenOnline() ?? Promise.resolve());
    return device as VirtualDevice;
  }

  async addDevices(productName: string, count: number, options: DeviceOptions = {}): Promise<readonly string[]> {
    const added = this.#powerOn(productName, count, options);
    await this.#settle(Promise.all(added.map((device) => device.whenOnline())).then(() => {}));
    return added.map((device) => device.did ?? "");
  }

  setAttrs(did: string, attrs: Readonly<Record<string, boolean | number | string>>): void {
    this.cloud.registry.get(did);
    const device = this.devices.find((candidate) => candidate.did === did);
    if (device === undefined) throw new GizlabError("device-not-virtual", `${did} is not a virtual device of this lab`);
    device.mcu.set(attrs);
  }

  async advance(spanMs: Millis): Promise<void> {
    if (!(this.clock instanceof VirtualClock)) {
      throw new GizlabError("clock-wall", "wall time moves by itself", { hint: "start the lab with a virtual clock" });
    }
    await this.clock.advance(spanMs);
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
    for (const device of this.devices.splice(0)) device.close();
    await this.server.close();
    await this.cloud.close();
  }

  #powerOn(productName: string, count: number, options: DeviceOptions): VirtualDevice[] {
    const product = this.products.find(
      ({ name, profile }) => name === productName || profile.productKey === productName,
    );
    if (product === undefined) {
      throw new GizlabError("product-unknown", `no product is called ${productName}`, {
        hint: `known: ${this.products.map(({ name }) => name).join(", ")}`,
      });
    }
    const already = this.devices.filter((device) => device.product === product).length;
    return Array.from({ length: count }, (_, index) => {
      const random = this.#random.stream(`device/${product.profile.productKey}/${already + index}`);
      const device = new VirtualDevice({
        product,
        clock: this.clock,
        random,
        identity: createIdentity(random),
        http: this.#callInside(),
        openBroker: () => this.cloud.broker.connect(),
        ...options,
      });
      this.devices.push(device);
      void device.start();
      return device;
    });
  }

  /** HTTP without a port, for the lab's own devices. */
  #callInside(): HttpCall {
    return async ({ method, path, form }) => {
      const response = await this.server.inject({
        method,
        url: path,
        ...(form === undefined
          ? {}
          : {
              payload: new URLSearchParams(form).toString(),
              headers: { "content-type": "application/x-www-form-urlencoded" },
            }),
      });
      return { status: response.statusCode, body: response.body };
    };
  }

  #settle(promise: Promise<void>): Promise<void> {
    return this.clock instanceof VirtualClock ? this.clock.resolve(promise) : promise;
  }
}

/**
 * Starts a platform. Without `http` and `mqtt` it opens no port. Throws the `store-…`, `profile-…`, `zone-…`
 * errors, and `port-busy`.
 */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const random = options.seed === undefined ? createSystemRandom() : createSeededRandom(options.seed);
  const clock =
    options.clock === "virtual"
      ? new VirtualClock(options.startAt ?? (options.seed === undefined ? createWallClock().now() : SEEDED_START))
      : createWallClock();
  const zone = new Zone(options.zone ?? "UTC");
  const products = (options.profiles ?? listShippedProfiles()).map(loadProfile);
  const trace = new Trace(clock);
  const cloud = await startCloud({
    clock,
    random,
    trace,
    ...(options.folder === undefined ? {} : { folder: options.folder }),
    ...(options.open === undefined ? {} : { open: options.open }),
  });
  try {
    return await assemble(options, { random, clock, zone, products, trace, cloud });
  } catch (error) {
    await cloud.close();
    throw error;
  }
}

async function assemble(
  options: LabOptions,
  parts: { random: Random; clock: Clock; zone: Zone; products: readonly NamedProfile[]; trace: Trace; cloud: Cloud },
): Promise<Lab> {
  const { random, clock, zone, products, trace, cloud } = parts;
  for (const { name, profile } of products) cloud.products.add(name, profile);
  for (const { productKey, ...settings } of options.fixed?.products ?? []) cloud.products.change(productKey, settings);
  const credentials = keepCredentials(cloud.settings, random, options.fixed?.credentials);
  cloud.applications.add(credentials.app);
  // Virtual devices of a data folder come back as themselves.
  const deviceSeed = cloud.settings.readOrMake("device-seed", () => random.stream("device-seed").hex(16));
  const listening: { http: AddressInfo | undefined; mqtt: AddressInfo | undefined } = {
    http: undefined,
    mqtt: undefined,
  };
  let lab: Lab | undefined;
  const server = await createServer(
    {
      cloud,
      version: VERSION,
      zone,
      weekRule: options.weekRule ?? "W",
      mqttPort: () => listening.mqtt?.port ?? 1883,
      httpPort: () => listening.http?.port ?? 8088,
    },
    {
      advance: (spanMs) => required(lab).advance(spanMs),
      addDevices: (product, count) => required(lab).addDevices(product, count),
      setAttrs: (did, attrs) => required(lab).setAttrs(did, attrs),
    },
  );
  await server.ready();
  if (options.mqtt !== undefined) {
    const { host = DEFAULT_HOST, port } = options.mqtt;
    const bound = await listen(port, "--mqtt-port", () => cloud.broker.listen(host, port));
    listening.mqtt = { address: host, family: "IPv4", port: bound };
  }
  if (options.http !== undefined) {
    const { host = DEFAULT_HOST, port } = options.http;
    await listen(port, "--http-port", () => server.listen({ host, port }));
    listening.http = server.server.address() as AddressInfo;
  }
  lab = new Lab({
    clock,
    cloud,
    server,
    trace,
    credentials,
    products,
    random: createSeededRandom(deviceSeed),
    listening,
  });
  return lab;
}

async function listen<T>(port: number, option: string, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE") {
      throw new GizlabError("port-busy", `port ${port} is in use`, {
        hint: `choose another with ${option}, or 0 for any free one`,
        cause: error,
      });
    }
    throw new GizlabError("address-unusable", `cannot listen here: ${message}`, {
      hint: `choose another address with --host, or another port with ${option}`,
      cause: error,
    });
  }
}

function required(lab: Lab | undefined): Lab {
  if (lab === undefined) throw new GizlabError("lab-starting", "the lab is still starting");
  return lab;
}

function hostOf(address: AddressInfo): string {
  return address.address.includes(":") ? `[${address.address}]` : address.address;
}
