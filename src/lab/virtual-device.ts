import type { Duplex } from "node:stream";
import { makeMac, makePasscode } from "../cloud/devices/identity.js";
import type { Clock } from "../core/clock.js";
import type { Millis } from "../core/duration.js";
import type { GizlabError } from "../core/errors.js";
import type { Random } from "../core/random.js";
import { GAgent } from "../gagent/gagent.js";
import type { ModuleIdentity } from "../gagent/identity.js";
import type { HttpCall, Provision } from "../gagent/provisioning.js";
import type { Link } from "../link/link.js";
import { lineTime, paceLink } from "../link/paced.js";
import { createLinkPair } from "../link/pair.js";
import { createGenericModel } from "../mcu/models/generic.js";
import { findModel } from "../mcu/models/registry.js";
import { VirtualMcu } from "../mcu/virtual-mcu.js";
import type { DisplayValues } from "../profile/scale.js";
import { scaleUp } from "../profile/scale.js";
import type { NamedProfile } from "./profiles.js";

export interface VirtualDeviceOptions {
  readonly product: NamedProfile;
  readonly clock: Clock;
  readonly random: Random;
  readonly identity: ModuleIdentity;
  readonly http: HttpCall;
  readonly openBroker: (provision: Provision) => Duplex;
  /** Speed of the wire between MCU and module; 9600 unless told otherwise, 0 for no pacing at all. */
  readonly baud?: number;
  /** Steps of the world, with a report after each; without it the vendor's report rules hold. */
  readonly reportEveryMs?: Millis;
  /** False for a world that stands still unless the test changes it. */
  readonly isAlive?: boolean;
  readonly onControl?: (attrs: DisplayValues) => void;
  readonly onTrouble?: (error: GizlabError) => void;
}

const DEFAULT_BAUD = 9600;

/** The identity of a module fresh from the factory: a made-up MAC address and passcode; equal streams give equal ones. */
export function createIdentity(random: Random): ModuleIdentity {
  return { mac: makeMac(random.stream("mac")), passcode: makePasscode(random.stream("passcode")) };
}

/** A whole device: world, MCU, wire and Wi-Fi module. */
export class VirtualDevice {
  readonly product: NamedProfile;
  readonly mcu: VirtualMcu;
  readonly module: GAgent;
  readonly #waiting: (() => void)[] = [];
  readonly #wire: Link;

  constructor(options: VirtualDeviceOptions) {
    const { clock, product, baud = DEFAULT_BAUD } = options;
    this.product = product;
    const [mcuEnd, moduleEnd] = createLinkPair();
    this.#wire = mcuEnd;
    const timing = baud === 0 ? {} : { lineTime: (length: number) => lineTime(length, baud) };
    this.mcu = new VirtualMcu({
      profile: product.profile,
      clock,
      link: baud === 0 ? mcuEnd : paceLink(mcuEnd, clock, baud),
      ...(options.isAlive === false ? {} : { model: createModel(options) }),
      ...(options.reportEveryMs === undefined ? {} : { stepMs: options.reportEveryMs, reportEveryStep: true }),
      ...(options.onControl === undefined ? {} : { onControl: options.onControl }),
      ...timing,
    });
    this.module = new GAgent({
      clock,
      link: baud === 0 ? moduleEnd : paceLink(moduleEnd, clock, baud),
      http: options.http,
      openBroker: options.openBroker,
      identity: options.identity,
      makePasscode: () => makePasscode(options.random),
      events: {
        state: ({ kind }) => {
          if (kind === "online") for (const resolve of this.#waiting.splice(0)) resolve();
        },
        ...(options.onTrouble === undefined ? {} : { trouble: options.onTrouble }),
      },
      ...timing,
    });
  }

  /** The device's id, once the cloud has given it one. */
  get did(): string | undefined {
    return this.module.identity.did;
  }

  get isOnline(): boolean {
    return this.module.state.kind === "online";
  }

  /** Powers MCU and module on; resolves when the device is online. */
  start(): Promise<void> {
    this.mcu.start();
    this.module.start();
    return this.whenOnline();
  }

  /** Resolves when the device is online, at once if it is. */
  whenOnline(): Promise<void> {
    if (this.isOnline) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /** Cuts the power. */
  stop(): void {
    this.mcu.stop();
    this.module.stop();
  }

  /** Cuts the power and the wire; the device cannot be started again. */
  close(): void {
    this.stop();
    this.#wire.close();
  }
}

function createModel({ product, random }: VirtualDeviceOptions) {
  const create =
    findModel(product.name) ??
    createGenericModel(
      product.profile.datapoints.map((datapoint) => ({
        name: datapoint.name,
        access: datapoint.access,
        dataType: datapoint.dataType,
        labels: datapoint.labels,
        minValue: scaleUp(datapoint, datapoint.min),
        maxValue: scaleUp(datapoint, datapoint.max),
        ratio: datapoint.ratio,
      })),
    );
  return create(random.stream("world"));
}
