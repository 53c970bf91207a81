import type { Duplex } from "node:stream";
import { CMD, findCommand } from "../codec/commands.js";
import type { Frame } from "../codec/frame.js";
import { unpackFields } from "../codec/payload.js";
import { packWifiStatus, WIFI_OFF } from "../codec/wifi-status.js";
import type { Clock } from "../core/clock.js";
import type { Millis } from "../core/duration.js";
import { GizlabError } from "../core/errors.js";
import { KeyedTimers } from "../core/keyed-timers.js";
import { FramePort, type FramePortState } from "../link/frame-port.js";
import type { Link } from "../link/link.js";
import { CloudWay } from "./cloud-way.js";
import { HEARTBEAT_FRESH, HEARTBEAT_MS, type HeartbeatState, stepHeartbeat } from "./heartbeat.js";
import type { ModuleIdentity } from "./identity.js";
import { answerMcu } from "./mcu-requests.js";
import type { HttpCall, Provision } from "./provisioning.js";
import { Registration, type RegistrationState } from "./registration.js";
import { resumeSession, type SessionEffect, type SessionInput, type SessionState, stepSession } from "./session.js";
import { type SavedUpgrade, Upgrade, type UpgradeNews } from "./upgrade.js";

/** What the module tells whoever runs it. */
export interface GAgentEvents {
  /** The way to the cloud has moved on. */
  state?(state: SessionState): void;
  /** The cloud gave a did; keep it for the next start. */
  identity?(identity: ModuleIdentity): void;
  /** Something did not work; the module tries again by itself. */
  trouble?(error: GizlabError): void;
  /** A message went to the broker. */
  published?(topic: string, payload: Uint8Array): void;
  /** A message came from the broker. */
  received?(topic: string, payload: Uint8Array): void;
  /** Firmware for the MCU is on its way, or has failed to get there. */
  upgrade?(news: UpgradeNews): void;
  /** The MCU has sent big data up. */
  file?(file: Uint8Array, md5: string): void;
}

export interface GAgentOptions {
  readonly clock: Clock;
  /** The wire to the MCU. */
  readonly link: Link;
  readonly http: HttpCall;
  /** Opens a stream to the broker that provisioning named. */
  readonly openBroker: (provision: Provision) => Duplex;
  readonly identity: ModuleIdentity;
  /** A reset module is a new device to the cloud: it takes a new passcode (uart.md 2.5). */
  readonly makePasscode: () => string;
  readonly events?: GAgentEvents;
  readonly lineTime?: (length: number) => Millis;
  /** Keeps virtual time from moving until a PUBACK has come; needed where the broker is reached over a socket. */
  readonly hold?: () => () => void;
}

/** What a module remembers, as plain JSON; spans are what was left of each timer. */
export interface GAgentState {
  readonly registration: RegistrationState;
  readonly session: SessionState;
  readonly provision: Provision | undefined;
  readonly productKey: string;
  readonly appCount: number;
  readonly heartbeat: HeartbeatState;
  readonly pushedBits: number | undefined;
  readonly port: FramePortState;
  readonly upgrade: SavedUpgrade;
  readonly timers: Readonly<Partial<Record<TimerKey, Millis>>>;
}

type TimerKey = "heartbeat" | "status" | "cloud retry" | "module restart" | "cloud answer";

/** The status is pushed at least this often (uart.md 2.3). */
const STATUS_PERIOD_MS = 600_000;
/** A bad checksum in these is answered with error 1, in other requests with error 2 (uart.md 2.9). */
const CHECKSUM_CMDS: readonly number[] = [0x05, 0x09, 0x0b, 0x13, 0x15, 0x17, 0x1b];
/** Checked in this order after every provisioning: the module, then the MCU (cloud.md 2.3). */
const FIRMWARE_TYPES = [1, 2] as const;
const RSSI_FULL = 7;

/** The Wi-Fi module between an MCU and the cloud: GAgent 4, running (uart.md 2 and 3, cloud.md 2 and 3). */
export class GAgent {
  readonly #options: GAgentOptions;
  readonly #port: FramePort;
  readonly #registration: Registration;
  readonly #timers: KeyedTimers<TimerKey>;
  readonly #cloud: CloudWay;
  readonly #upgrade: Upgrade;
  #state: SessionState = { kind: "off" };
  #productKey = "";
  #appCount = 0;
  #heartbeat = HEARTBEAT_FRESH;
  #pushedBits: number | undefined;
  /** What a loaded state wants done next. */
  #unfinished: readonly SessionEffect[] = [];

  constructor(options: GAgentOptions) {
    this.#options = options;
    this.#registration = new Registration(options.http, options.identity, options.makePasscode);
    this.#timers = new KeyedTimers(options.clock);
    const { events } = options;
    this.#cloud = new CloudWay(
      {
        clock: options.clock,
        registration: this.#registration,
        timers: this.#timers,
        http: options.http,
        openBroker: options.openBroker,
        hold: options.hold,
      },
      {
        input: (input) => {
          if (input.kind === "registered") events?.identity?.(this.identity);
          this.#step(input);
          if (input.kind === "provisioned") this.#upgrade.check(FIRMWARE_TYPES);
        },
        down: ({ p0, acknowledge }) =>
          this.#port.request(CMD.p0Down, p0, (answered) => (answered ? acknowledge?.() : undefined)),
        appCount: (count) => {
          this.#appCount = count;
          this.#pushStatus(false);
        },
        otaNoticed: (type) => this.#upgrade.check(FIRMWARE_TYPES.filter((known) => known === type)),
        trouble: (error) => events?.trouble?.(error),
        published: (topic, payload) => events?.published?.(topic, payload),
        received: (topic, payload) => events?.received?.(topic, payload),
        closed: () => this.#step({ kind: "closed" }),
      },
    );
    this.#port = new FramePort({
      clock: options.clock,
      link: options.link,
      matchSn: true,
      whenBusy: "queue",
      lineTime: options.lineTime,
      isOn: () => this.#state.kind !== "off",
      frame: (frame) => this.#receive(frame),
      badChecksum: (cmd, sn) => this.#refuseBad(cmd, sn),
    });
    this.#upgrade = new Upgrade({
      clock: options.clock,
      http: options.http,
      port: this.#port,
      identity: () => this.identity,
      productKey: () => this.#productKey,
      news: (news) => events?.upgrade?.(news),
      file: (file, md5) => events?.file?.(file, md5),
      fileFailed: (problem) => events?.trouble?.(problem),
    });
  }

  get state(): SessionState {
    return this.#state;
  }

  get identity(): ModuleIdentity {
    return this.#registration.identity;
  }

  /** Powers the module on. */
  start(): void {
    this.#heartbeat = HEARTBEAT_FRESH;
    this.#pushedBits = undefined;
    this.#step({ kind: "powered" });
    this.#armHeartbeat(HEARTBEAT_MS);
    this.#armStatus(STATUS_PERIOD_MS);
  }

  /** Cuts the power. The cloud notices as it would with a real module: the connection ends. */
  stop(): void {
    this.#timers.clear();
    // Off before anything is given up, or giving up would ask again.
    this.#step({ kind: "stopped" });
    this.#upgrade.stop();
    this.#port.reset();
    this.#unfinished = [];
  }

  /**
   * Sends a file to the MCU as firmware, without asking the cloud; `settled` hears how it ended. Throws
   * `big-data-busy`, `big-data-size`.
   */
  sendFirmware(file: Uint8Array, settled: (problem?: GizlabError) => void): void {
    this.#upgrade.send(file, settled);
  }

  /** Off and on again. */
  restart(): void {
    this.stop();
    this.start();
  }

  save(): GAgentState {
    return {
      registration: this.#registration.save(),
      session: this.#state,
      provision: this.#cloud.save(),
      productKey: this.#productKey,
      appCount: this.#appCount,
      heartbeat: this.#heartbeat,
      pushedBits: this.#pushedBits,
      port: this.#port.save(),
      upgrade: this.#upgrade.save(),
      timers: this.#timers.save(),
    };
  }

  /**
   * Takes a saved state over. A module that was online logs in again without a word to the MCU; everything else waits
   * for `resume`. Resolves when it is as far as it was.
   */
  async load(state: GAgentState): Promise<void> {
    this.stop();
    this.#registration.load(state.registration);
    this.#productKey = state.productKey;
    this.#upgrade.load(state.upgrade);
    this.#heartbeat = state.heartbeat;
    this.#pushedBits = state.pushedBits;
    if (state.session.kind === "off") return;
    const { state: session, effects } = resumeSession(state.session);
    this.#state = session;
    const arm: Partial<Record<TimerKey, (delayMs: Millis) => void>> = {
      heartbeat: (delayMs) => this.#armHeartbeat(delayMs),
      status: (delayMs) => this.#armStatus(delayMs),
      "cloud retry": (delayMs) => this.#pause(delayMs),
      "module restart": (delayMs) => this.#armRestart(delayMs),
    };
    for (const [key, delayMs] of Object.entries(state.timers)) arm[key as TimerKey]?.(delayMs);
    this.#appCount = state.appCount;
    await this.#cloud.load(state.provision, session.kind === "online" ? this.#productKey : undefined);
    // A question for device info is asked by the session anew.
    const waiting = state.port.waiting.filter(({ cmd }) => cmd !== CMD.getDeviceInfo);
    this.#port.load({ ...state.port, waiting });
    this.#unfinished = effects;
  }

  /** Goes on from the loaded state: whatever was under way with MCU or cloud begins anew. */
  resume(): void {
    const effects = this.#unfinished;
    this.#unfinished = [];
    this.#port.resume();
    for (const effect of effects) this.#perform(effect);
    this.#upgrade.resume();
  }

  #step(input: SessionInput): void {
    const { state, effects } = stepSession(this.#state, input);
    const isNew = state !== this.#state;
    this.#state = state;
    if (isNew) this.#options.events?.state?.(state);
    for (const effect of effects) this.#perform(effect);
  }

  #perform(effect: SessionEffect): void {
    switch (effect.kind) {
      case "ask-device-info":
        this.#port.request(CMD.getDeviceInfo, undefined, (answered) => {
          if (!answered) this.#step({ kind: "no-device-info" });
        });
        return;
      case "register":
        return this.#cloud.register(this.#productKey);
      case "provision":
        return this.#cloud.provision();
      case "connect":
        return this.#cloud.connect();
      case "subscribe":
        return this.#cloud.subscribe(this.#productKey);
      case "disconnect":
        this.#cloud.disconnect();
        this.#appCount = 0;
        return;
      case "pause":
        return this.#pause(effect.ms);
      case "push-status":
        return this.#pushStatus(false);
    }
  }

  #receive(frame: Frame): void {
    this.#heartbeat = HEARTBEAT_FRESH;
    // A device info that cannot be read is no answer: the module goes on asking.
    if (frame.cmd === CMD.deviceInfo && !this.#readProductKey(frame)) return;
    this.#port.acknowledge(frame);
    switch (frame.cmd) {
      case CMD.deviceInfo:
        this.#takeDeviceInfo();
        return;
      case CMD.p0Up:
        this.#port.reply(CMD.p0UpAck, frame.sn);
        this.#forwardUp(frame.payload);
        return;
      case CMD.p0DownAck:
        this.#forwardUp(frame.payload);
        return;
      default:
        if (!this.#upgrade.receive(frame)) this.#answer(frame);
    }
  }

  #answer(frame: Frame): void {
    const answer = answerMcu(frame, this.#options.clock.now(), this.identity.mac);
    if (answer === undefined) return;
    this.#port.reply(answer.cmd, frame.sn, answer.payload);
    if (frame.cmd === CMD.resetModule) this.#registration.forgetDid();
    if (answer.restartAfterMs !== undefined) this.#armRestart(answer.restartAfterMs);
  }

  #readProductKey(frame: Frame): boolean {
    try {
      const info = unpackFields(findCommand(CMD.deviceInfo)?.fields ?? [], frame.payload);
      this.#productKey = String(info.product_key).toLowerCase();
      this.#upgrade.versions = {
        hardVersion: String(info.hardware_version),
        softVersion: String(info.software_version),
      };
      return true;
    } catch (error) {
      if (!(error instanceof GizlabError)) throw error;
      this.#options.events?.trouble?.(error);
      return false;
    }
  }

  #takeDeviceInfo(): void {
    this.#step({ kind: "device-info", hasDid: this.#registration.hasDid(this.#productKey) });
  }

  /** A P0 goes up unchanged, as long as there is somewhere to go and a did to go by. */
  #forwardUp(p0: Uint8Array): void {
    if (p0.length > 0 && this.#state.kind === "online" && this.identity.did !== undefined) this.#cloud.report(p0);
  }

  #ping(): void {
    const { state, isSilent } = stepHeartbeat(this.#heartbeat);
    this.#heartbeat = state;
    if (isSilent) this.restart();
    else this.#port.request(CMD.heartbeat);
  }

  #pushStatus(isPeriodic: boolean): void {
    const isOnline = this.#state.kind === "online";
    const bits = packWifiStatus({
      ...WIFI_OFF,
      station: true,
      binding: true,
      router: true,
      rssi: RSSI_FULL,
      cloud: isOnline,
      app: isOnline && this.#appCount > 0,
    });
    if (!isPeriodic && bits === this.#pushedBits) return;
    this.#pushedBits = bits;
    this.#port.request(CMD.wifiStatus, Uint8Array.of(bits >> 8, bits & 0xff));
  }

  /** A request with a bad checksum is answered with a notice, an acknowledgement is not (uart.md 2.9). */
  #refuseBad(cmd: number, sn: number): void {
    if (cmd % 2 === 0) return;
    this.#port.reply(CMD.illegalFromModule, sn, Uint8Array.of(CHECKSUM_CMDS.includes(cmd) ? 1 : 2));
  }

  #armHeartbeat(delayMs: Millis): void {
    this.#timers.set("heartbeat", delayMs, () => {
      this.#armHeartbeat(HEARTBEAT_MS);
      this.#ping();
    });
  }

  #armStatus(delayMs: Millis): void {
    this.#timers.set("status", delayMs, () => {
      this.#armStatus(STATUS_PERIOD_MS);
      this.#pushStatus(true);
    });
  }

  #armRestart(delayMs: Millis): void {
    this.#timers.set("module restart", delayMs, () => this.restart());
  }

  #pause(delayMs: Millis): void {
    this.#timers.set("cloud retry", delayMs, () => this.#step({ kind: "pause-over" }));
  }
}
