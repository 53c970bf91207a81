import type { Duplex } from "node:stream";
import { CMD, findCommand } from "../codec/commands.js";
import { encodeFrame, type Frame } from "../codec/frame.js";
import { unpackFields } from "../codec/payload.js";
import { FrameSplitter } from "../codec/splitter.js";
import { packWifiStatus, WIFI_OFF } from "../codec/wifi-status.js";
import type { Clock, Timer } from "../core/clock.js";
import type { Millis } from "../core/duration.js";
import { GizlabError } from "../core/errors.js";
import type { Link } from "../link/link.js";
import { Retransmitter } from "../link/retransmitter.js";
import { CloudConnection } from "./cloud-connection.js";
import { HEARTBEAT_FRESH, HEARTBEAT_MS, stepHeartbeat } from "./heartbeat.js";
import type { ModuleIdentity } from "./identity.js";
import { answerMcu } from "./mcu-requests.js";
import { disable, type HttpCall, type Provision, provision, register } from "./provisioning.js";
import { type SessionEffect, type SessionInput, type SessionState, stepSession } from "./session.js";

/** What the module tells whoever runs it. */
export interface GAgentEvents {
  /** The way to the cloud has moved on. */
  state?(state: SessionState): void;
  /** The cloud gave a did; keep it for the next start. */
  identity?(identity: ModuleIdentity): void;
  /** Something did not work; the module tries again by itself. */
  trouble?(error: GizlabError): void;
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
}

type TimerKey = "heartbeat" | "status" | "pause" | "restart";

/** GAgent 04020006: 200 ms, three transmissions in all (uart.md 3). */
const ACK_TIMEOUT_MS = 200;
const TRANSMISSIONS = 3;
/** The status is pushed at least this often (uart.md 2.3). */
const STATUS_PERIOD_MS = 600_000;
/** A bad checksum in these is answered with error 1, in other requests with error 2 (uart.md 2.9). */
const CHECKSUM_CMDS: readonly number[] = [0x05, 0x09, 0x0b, 0x13, 0x15, 0x17, 0x1b];
const RSSI_FULL = 7;

/** The Wi-Fi module between an MCU and the cloud: GAgent 4, running (uart.md 2 and 3, cloud.md 2 and 3). */
export class GAgent {
  readonly #options: GAgentOptions;
  readonly #outgoing: Retransmitter;
  readonly #splitter: FrameSplitter;
  #identity: ModuleIdentity;
  #state: SessionState = { kind: "off" };
  #provision: Provision | undefined;
  #cloud: CloudConnection | undefined;
  #productKey = "";
  #appCount = 0;
  #heartbeat = HEARTBEAT_FRESH;
  #pushedBits: number | undefined;
  #sn = 0;
  /** Grows with every start and stop, so that late answers of an earlier life are dropped. */
  #life = 0;
  /** An identity that was given up, until the cloud has been told. */
  #givenUp: ModuleIdentity | undefined;
  readonly #timers = new Map<TimerKey, Timer>();

  constructor(options: GAgentOptions) {
    this.#options = options;
    this.#identity = options.identity;
    this.#outgoing = new Retransmitter({
      clock: options.clock,
      write: (bytes) => options.link.write(bytes),
      timeoutMs: ACK_TIMEOUT_MS,
      transmissions: TRANSMISSIONS,
      matchSn: true,
      whenBusy: "queue",
      lineTime: options.lineTime ?? (() => 0),
    });
    this.#splitter = new FrameSplitter({
      frame: (frame) => this.#receive(frame),
      bad: ({ reason, bytes }) => {
        if (reason === "checksum") this.#refuseBad(bytes);
      },
    });
    options.link.onData((bytes) => {
      if (this.#state.kind !== "off") this.#splitter.push(bytes);
    });
  }

  get state(): SessionState {
    return this.#state;
  }

  get identity(): ModuleIdentity {
    return this.#identity;
  }

  /** Powers the module on. */
  start(): void {
    this.#life += 1;
    this.#sn = 0;
    this.#heartbeat = HEARTBEAT_FRESH;
    this.#pushedBits = undefined;
    this.#step({ kind: "powered" });
    this.#repeat("heartbeat", HEARTBEAT_MS, () => this.#ping());
    this.#repeat("status", STATUS_PERIOD_MS, () => this.#pushStatus(true));
  }

  /** Cuts the power. The cloud notices as it would with a real module: the connection ends. */
  stop(): void {
    this.#life += 1;
    for (const timer of this.#timers.values()) timer.cancel();
    this.#timers.clear();
    // Off before anything is given up, or giving up would ask again.
    this.#step({ kind: "stopped" });
    this.#outgoing.clear();
  }

  /** Off and on again. */
  restart(): void {
    this.stop();
    this.start();
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
        this.#send(CMD.getDeviceInfo, new Uint8Array(0), (answered) => {
          if (!answered) this.#step({ kind: "no-device-info" });
        });
        return;
      case "register":
        this.#attempt(() => this.#register());
        return;
      case "provision":
        this.#attempt(async () => {
          this.#provision = await provision(this.#options.http, this.#identity.did ?? "");
          return { kind: "provisioned" };
        });
        return;
      case "connect":
        this.#attempt(() => this.#connect());
        return;
      case "subscribe":
        this.#attempt(async () => {
          await this.#cloud?.subscribe(this.#productKey);
          return { kind: "subscribed" };
        });
        return;
      case "disconnect":
        this.#cloud?.close();
        this.#cloud = undefined;
        this.#appCount = 0;
        return;
      case "pause":
        this.#setTimer("pause", "cloud retry", effect.ms, () => this.#step({ kind: "pause-over" }));
        return;
      case "push-status":
        this.#pushStatus(false);
        return;
    }
  }

  /** Runs something that talks to the cloud; virtual time waits for it. */
  #attempt(action: () => Promise<SessionInput>): void {
    const life = this.#life;
    const release = this.#options.clock.hold();
    action().then(
      (input) => {
        if (life === this.#life) this.#step(input);
        release();
      },
      (error: unknown) => {
        if (life === this.#life) this.#fail(error);
        release();
      },
    );
  }

  #fail(error: unknown): void {
    const trouble = toTrouble(error);
    const isUnknown = trouble.code === "did-unknown" || trouble.code === "mqtt-refused";
    this.#options.events?.trouble?.(trouble);
    this.#step({ kind: "failed", isUnknown });
  }

  async #register(): Promise<SessionInput> {
    const { http, events } = this.#options;
    // Another product makes another device of the module (uart.md 2.2).
    if (this.#identity.productKey !== undefined && this.#identity.productKey !== this.#productKey) this.#forgetDid();
    const identity = this.#identity;
    const did = await register(http, identity, this.#productKey);
    if (identity !== this.#identity) throw new GizlabError("cloud-refused", "the module was reset while it registered");
    this.#identity = { ...identity, did, productKey: this.#productKey };
    events?.identity?.(this.#identity);
    const { did: oldDid, passcode } = this.#givenUp ?? {};
    this.#givenUp = undefined;
    try {
      if (oldDid !== undefined && passcode !== undefined) await disable(http, oldDid, passcode);
    } catch (error) {
      // Registered is registered: the cloud gives an old device of the same mac up by itself.
      events?.trouble?.(toTrouble(error));
    }
    return { kind: "registered" };
  }

  /** A new passcode, and with it a new did at the next registration (uart.md 2.5). */
  #forgetDid(): void {
    if (this.#identity.did !== undefined) this.#givenUp = this.#identity;
    this.#identity = { mac: this.#identity.mac, passcode: this.#options.makePasscode() };
  }

  async #connect(): Promise<SessionInput> {
    const { clock, openBroker, events } = this.#options;
    const { did = "", passcode } = this.#identity;
    if (this.#provision === undefined) throw new GizlabError("cloud-refused", "the module was not provisioned");
    const life = this.#life;
    const whileAlive = (action: () => void): void => {
      if (life === this.#life) action();
    };
    const connection: CloudConnection = await CloudConnection.open(
      clock,
      openBroker,
      this.#provision,
      { did, passcode },
      {
        down: ({ p0, acknowledge }) =>
          whileAlive(() => this.#send(CMD.p0Down, p0, (answered) => (answered ? acknowledge?.() : undefined))),
        appCount: (count) =>
          whileAlive(() => {
            this.#appCount = count;
            this.#pushStatus(false);
          }),
        trouble: (error) => events?.trouble?.(error),
        closed: () =>
          whileAlive(() => {
            if (this.#cloud === connection) this.#step({ kind: "closed" });
          }),
      },
    );
    if (life === this.#life) this.#cloud = connection;
    else connection.close();
    return { kind: "connected" };
  }

  #receive(frame: Frame): void {
    this.#heartbeat = HEARTBEAT_FRESH;
    // A device info that cannot be read is no answer: the module goes on asking.
    if (frame.cmd === CMD.deviceInfo && !this.#readProductKey(frame)) return;
    this.#outgoing.acknowledge(frame.cmd, frame.sn);
    switch (frame.cmd) {
      case CMD.deviceInfo:
        this.#takeDeviceInfo();
        return;
      case CMD.p0Up:
        this.#reply(CMD.p0UpAck, frame.sn);
        this.#forwardUp(frame.payload);
        return;
      case CMD.p0DownAck:
        this.#forwardUp(frame.payload);
        return;
      default:
        this.#answer(frame);
    }
  }

  #answer(frame: Frame): void {
    const answer = answerMcu(frame, this.#options.clock.now(), this.#identity.mac);
    if (answer === undefined) return;
    this.#reply(answer.cmd, frame.sn, answer.payload);
    if (frame.cmd === CMD.resetModule) this.#forgetDid();
    if (answer.restartAfterMs !== undefined) {
      this.#setTimer("restart", "module restart", answer.restartAfterMs, () => this.restart());
    }
  }

  #readProductKey(frame: Frame): boolean {
    try {
      const info = unpackFields(findCommand(CMD.deviceInfo)?.fields ?? [], frame.payload);
      this.#productKey = String(info.product_key).toLowerCase();
      return true;
    } catch (error) {
      if (!(error instanceof GizlabError)) throw error;
      this.#options.events?.trouble?.(error);
      return false;
    }
  }

  #takeDeviceInfo(): void {
    const hasDid = this.#identity.did !== undefined && this.#identity.productKey === this.#productKey;
    this.#step({ kind: "device-info", hasDid });
  }

  /** A P0 goes up unchanged, as long as there is somewhere to go and a did to go by. */
  #forwardUp(p0: Uint8Array): void {
    if (p0.length > 0 && this.#state.kind === "online" && this.#identity.did !== undefined) this.#cloud?.report(p0);
  }

  #ping(): void {
    const { state, isSilent } = stepHeartbeat(this.#heartbeat);
    this.#heartbeat = state;
    if (isSilent) this.restart();
    else this.#send(CMD.heartbeat, new Uint8Array(0));
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
    this.#send(CMD.wifiStatus, Uint8Array.of(bits >> 8, bits & 0xff));
  }

  /** A request with a bad checksum is answered with a notice, an acknowledgement is not (uart.md 2.9). */
  #refuseBad(wire: Uint8Array): void {
    // A stuffed len or cmd moves what stands behind it on the wire.
    const [cmd = 0, sn = 0] = wire.filter((byte, at) => at < 3 || byte !== 0x55 || wire[at - 1] !== 0xff).subarray(4);
    if (cmd % 2 === 0) return;
    this.#reply(CMD.illegalFromModule, sn, Uint8Array.of(CHECKSUM_CMDS.includes(cmd) ? 1 : 2));
  }

  #send(cmd: number, payload: Uint8Array, settled?: (answered: boolean) => void): void {
    const sn = this.#sn;
    this.#sn = (this.#sn + 1) & 0xff;
    this.#outgoing.send({
      bytes: encodeFrame({ cmd, sn, flags: 0, payload }),
      ackCmd: cmd + 1,
      sn,
      ...(settled === undefined ? {} : { settled }),
    });
  }

  #reply(cmd: number, sn: number, payload: Uint8Array = new Uint8Array(0)): void {
    this.#options.link.write(encodeFrame({ cmd, sn, flags: 0, payload }));
  }

  #repeat(name: "heartbeat" | "status", periodMs: Millis, action: () => void): void {
    this.#setTimer(name, name, periodMs, () => {
      this.#repeat(name, periodMs, action);
      action();
    });
  }

  #setTimer(key: TimerKey, name: string, delayMs: Millis, action: () => void): void {
    this.#timers.get(key)?.cancel();
    this.#timers.set(key, this.#options.clock.setTimer(name, delayMs, action));
  }
}

function toTrouble(error: unknown): GizlabError {
  if (error instanceof GizlabError) return error;
  return new GizlabError("cloud-unreachable", `the cloud cannot be reached: ${(error as Error).message}`, {
    cause: error,
  });
}
