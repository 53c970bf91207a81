import type { Duplex } from "node:stream";
import { makeMac, makePasscode } from "../cloud/devices/identity.js";
import { BentClock, type BentClockState } from "../core/bent-clock.js";
import type { Clock } from "../core/clock.js";
import type { Millis } from "../core/duration.js";
import type { GizlabError } from "../core/errors.js";
import { KeyedTimers } from "../core/keyed-timers.js";
import type { Random, RandomState } from "../core/random.js";
import type { Trace } from "../core/trace.js";
import { GAgent, type GAgentState } from "../gagent/gagent.js";
import type { ModuleIdentity } from "../gagent/identity.js";
import type { HttpCall, Provision } from "../gagent/provisioning.js";
import { interceptLink } from "../link/intercepted.js";
import type { Link } from "../link/link.js";
import { lineTime, paceLink } from "../link/paced.js";
import { createLinkPair } from "../link/pair.js";
import { createWorld, type World, type WorldState } from "../mcu/models/world/world.js";
import { VirtualMcu } from "../mcu/virtual-mcu.js";
import type { VirtualMcuState } from "../mcu/virtual-mcu-options.js";
import type { DisplayValues } from "../profile/scale.js";
import { createModel } from "./device-model.js";
import { DeviceTrace, type FrameWay } from "./device-trace.js";
import type { Faults } from "./faults/faults.js";
import { FaultyWire } from "./faults/uart-faults.js";
import type { NamedProfile } from "./profiles.js";

/** What makes a virtual device different from the next one of its product. */
export interface DeviceTraits {
  /** Speed of the wire between MCU and module; 9600 unless told otherwise, 0 for no pacing at all. */
  readonly baud?: number;
  /** Steps of the world, with a report after each; without it the vendor's report rules hold. */
  readonly reportEveryMs?: Millis;
  /** False for a world that stands still unless the test changes it. */
  readonly isAlive?: boolean;
}

export interface VirtualDeviceOptions extends DeviceTraits {
  readonly product: NamedProfile;
  readonly clock: Clock;
  readonly random: Random;
  readonly identity: ModuleIdentity;
  readonly http: HttpCall;
  readonly openBroker: (provision: Provision) => Duplex;
  readonly trace: Trace;
  readonly faults?: Faults;
  /** Keeps virtual time from moving until a PUBACK has come; needed where the broker is reached over a socket. */
  readonly hold?: () => () => void;
  readonly onControl?: (attrs: DisplayValues) => void;
  /** The MCU has sent big data up. */
  readonly onFile?: (file: Uint8Array, md5: string) => void;
  readonly onTrouble?: (error: GizlabError) => void;
}

/** A device as plain JSON. */
export interface VirtualDeviceState {
  readonly product: string;
  readonly traits: DeviceTraits;
  readonly clock: BentClockState;
  readonly random: RandomState;
  readonly world: WorldState;
  readonly mcu: VirtualMcuState;
  readonly module: GAgentState;
  readonly timers: Readonly<Partial<Record<"power back", Millis>>>;
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
  /** The device's own idea of time, which a fault may bend. */
  readonly clock: BentClock;
  /** What last went wrong on its way to the cloud. */
  lastTrouble: GizlabError | undefined;
  readonly #options: VirtualDeviceOptions;
  readonly #trace: DeviceTrace;
  readonly #world: World;
  readonly #timers: KeyedTimers<"power back">;
  /** Loses what is under way in a direction. */
  readonly #lines: Record<FrameWay, () => void> = { up: () => {}, down: () => {} };
  readonly #waiting: (() => void)[] = [];
  readonly #wire: Link;

  constructor(options: VirtualDeviceOptions) {
    const { clock, product, baud = DEFAULT_BAUD } = options;
    this.#options = options;
    this.product = product;
    this.clock = new BentClock(clock);
    this.#timers = new KeyedTimers(clock);
    this.#world = createWorld(options.random.stream("world"));
    const subject = () => this.module.identity;
    this.#trace = new DeviceTrace({ trace: options.trace, profile: () => product.profile, subject });
    const [mcuEnd, moduleEnd] = createLinkPair();
    this.#wire = mcuEnd;
    const timing = baud === 0 ? {} : { lineTime: (length: number) => lineTime(length, baud) };
    this.mcu = new VirtualMcu({
      profile: product.profile,
      clock: this.clock,
      link: this.#watch("up", mcuEnd, baud),
      ...(options.isAlive === false ? {} : { model: createModel(product, this.#world) }),
      ...(options.reportEveryMs === undefined ? {} : { stepMs: options.reportEveryMs, reportEveryStep: true }),
      onControl: (attrs) => {
        this.#trace.control(attrs);
        options.onControl?.(attrs);
      },
      onUpgrade: (news) => this.#trace.mcuUpgrade(news),
      ...timing,
    });
    this.module = new GAgent({
      clock: this.clock,
      link: this.#watch("down", moduleEnd, baud),
      http: options.http,
      openBroker: options.openBroker,
      identity: options.identity,
      makePasscode: () => makePasscode(options.random),
      events: {
        state: ({ kind }) => {
          if (kind === "off") this.#trace.forget();
          this.#trace.note("module.state", { state: kind });
          if (kind === "online") for (const resolve of this.#waiting.splice(0)) resolve();
        },
        trouble: (error) => {
          this.lastTrouble = error;
          this.#trace.note("module.trouble", { code: error.code, message: error.message });
          options.onTrouble?.(error);
        },
        dropped: (dropped) => this.#trace.dropped(dropped),
        published: (_topic, payload) => this.#trace.published(payload),
        received: (_topic, payload) => this.#trace.received(payload),
        upgrade: (news) => {
          this.#trace.upgrade(news);
          // The firmware that the cloud offers as a version is that version, though nothing on the wire says so.
          if (news.kind === "sending") this.mcu.expectVersion(news.softVersion);
        },
        file: (file, md5) => {
          this.#trace.note("mcu.file", { size: file.length, md5 });
          options.onFile?.(file, md5);
        },
      },
      ...(options.hold === undefined ? {} : { hold: options.hold }),
      ...timing,
    });
  }

  /** The device's id, once the cloud has given it one. */
  get did(): string | undefined {
    return this.module.identity.did;
  }

  get mac(): string {
    return this.module.identity.mac;
  }

  get isOnline(): boolean {
    return this.module.state.kind === "online";
  }

  /** False between `stop` and `start`. */
  get isPowered(): boolean {
    return this.module.state.kind !== "off";
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
    this.#timers.clear();
    this.mcu.stop();
    this.module.stop();
    this.#lines.up();
    this.#lines.down();
  }

  /** The MCU alone is without power for a while; the module goes on. */
  brownOut(forMs: Millis): void {
    this.mcu.stop();
    this.#lines.up();
    this.#armPowerBack(forMs);
  }

  /** Gives the MCU its power back before its time, if a brown-out has taken it. */
  endBrownOut(): void {
    if (this.#timers.dueAt("power back") === undefined) return;
    this.#timers.cancel("power back");
    this.mcu.start();
  }

  save(): VirtualDeviceState {
    const { product, random } = this.#options;
    return {
      product: product.name,
      traits: this.#traits,
      clock: this.clock.save(),
      random: random.save(),
      world: this.#world.save(),
      mcu: this.mcu.save(),
      module: this.module.save(),
      timers: this.#timers.save(),
    };
  }

  /** True for a device that could take the saved state over. */
  isLike({ product, traits, module }: VirtualDeviceState): boolean {
    const isSame = JSON.stringify(traits) === JSON.stringify(this.#traits);
    return isSame && product === this.product.name && module.registration.identity.mac === this.mac;
  }

  /** Takes a saved state over; resolves when the module is as far as it was. Nothing is said before `resume`. */
  async load(state: VirtualDeviceState): Promise<void> {
    this.stop();
    this.clock.load(state.clock);
    this.#options.random.load(state.random);
    this.#world.load(state.world);
    this.mcu.load(state.mcu);
    const powerBack = state.timers["power back"];
    if (powerBack !== undefined) this.#armPowerBack(powerBack);
    await this.module.load(state.module);
  }

  /** Goes on from the loaded state. */
  resume(): void {
    this.mcu.resume();
    this.module.resume();
  }

  /** Cuts the power and the wire; the device cannot be started again. */
  close(): void {
    this.stop();
    this.#wire.close();
  }

  get #traits(): DeviceTraits {
    const { baud, reportEveryMs, isAlive } = this.#options;
    return JSON.parse(JSON.stringify({ baud, reportEveryMs, isAlive })) as DeviceTraits;
  }

  #armPowerBack(delayMs: Millis): void {
    this.#timers.set("power back", delayMs, () => this.mcu.start());
  }

  /** What one end writes is traced, and then meets the faults that are set. */
  #watch(way: FrameWay, end: Link, baud: number): Link {
    const { clock, faults } = this.#options;
    const paced = baud === 0 ? undefined : paceLink(end, clock, baud);
    let id = 0;
    const wire = new FaultyWire((frame) => faults?.strikeFrame(id, frame));
    const watched = interceptLink(paced ?? end, clock, (bytes) => {
      id = this.#trace.frame(way, bytes);
      if (faults?.isFrameActive !== true && !wire.isHolding) return undefined;
      const pieces = wire.distort(this.did, way, bytes);
      if (pieces !== undefined) this.#trace.struck(way, pieces, id);
      return pieces;
    });
    this.#lines[way] = () => {
      wire.drop();
      watched.drop();
      paced?.drop();
    };
    return watched;
  }
}
