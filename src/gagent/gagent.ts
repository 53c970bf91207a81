import { CMD } from "../codec/commands.js";
import type { Frame } from "../codec/frame.js";
import type { Millis } from "../core/duration.js";
import { GizlabError } from "../core/errors.js";
import { KeyedTimers } from "../core/keyed-timers.js";
import { FramePort } from "../link/frame-port.js";
import { CloudWay } from "./cloud-way.js";
import { type McuInfo, readDeviceInfo } from "./device-info.js";
import { explainIgnored, explainUnsent } from "./dropped-frame.js";
import type { GAgentOptions } from "./gagent-options.js";
import type { GAgentState, GAgentTimer } from "./gagent-state.js";
import type { ModuleIdentity } from "./identity.js";
import { McuHeartbeat } from "./mcu-heartbeat.js";
import { answerMcu, refuseChecksum } from "./mcu-requests.js";
import { readModesInput } from "./modes.js";
import { ModuleStatus } from "./module-status.js";
import { Registration } from "./registration.js";
import { resumeSession, type SessionEffect, type SessionInput, type SessionState, stepSession } from "./session.js";
import { Upgrade } from "./upgrade.js";

export type { GAgentEvents, GAgentOptions } from "./gagent-options.js";
export type { GAgentState } from "./gagent-state.js";

/** Checked in this order after every provisioning: the module, then the MCU (cloud.md 2.3). */
const FIRMWARE_TYPES = [1, 2] as const;

/** The Wi-Fi module between an MCU and the cloud: GAgent 4, running (uart.md 2 and 3, cloud.md 2 and 3). */
export class GAgent {
  readonly #options: GAgentOptions;
  readonly #port: FramePort;
  readonly #registration: Registration;
  readonly #timers: KeyedTimers<GAgentTimer>;
  readonly #cloud: CloudWay;
  readonly #status: ModuleStatus;
  readonly #upgrade: Upgrade;
  readonly #heartbeat: McuHeartbeat;
  #state: SessionState = { kind: "off" };
  #productKey = "";
  #appCount = 0;
  /** What a loaded state wants done next. */
  #unfinished: readonly SessionEffect[] = [];

  constructor(options: GAgentOptions) {
    this.#options = options;
    const { clock, http, openBroker, hold, events } = options;
    this.#registration = new Registration(http, options.identity, options.makePasscode);
    this.#timers = new KeyedTimers(clock);
    this.#cloud = new CloudWay(
      { clock, http, openBroker, hold, registration: this.#registration, timers: this.#timers },
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
          this.#status.push();
        },
        otaNoticed: (type) => this.#upgrade.check(FIRMWARE_TYPES.filter((known) => known === type)),
        trouble: (error) => events?.trouble?.(error),
        published: (topic, payload) => events?.published?.(topic, payload),
        received: (topic, payload) => events?.received?.(topic, payload),
        closed: () => this.#step({ kind: "closed" }),
      },
    );
    this.#status = new ModuleStatus({
      clock,
      cloud: () => ({ isOnline: this.#state.kind === "online", appCount: this.#appCount }),
      push: (bits) => this.#port.request(CMD.wifiStatus, Uint8Array.of(bits >> 8, bits & 0xff)),
      configured: (isConfiguring) => this.#changeNetwork(isConfiguring),
    });
    this.#heartbeat = new McuHeartbeat({
      clock,
      periodMs: options.mcuHeartbeatMs,
      ping: () => this.#port.request(CMD.heartbeat),
      silent: () => this.restart(),
    });
    this.#port = new FramePort({
      clock,
      link: options.link,
      matchSn: true,
      whenBusy: "queue",
      lineTime: options.lineTime,
      isOn: () => this.#state.kind !== "off",
      frame: (frame) => this.#receive(frame),
      badChecksum: (cmd, sn) => {
        const error = refuseChecksum(cmd);
        if (error !== undefined) this.#port.reply(CMD.illegalFromModule, sn, Uint8Array.of(error));
      },
    });
    this.#upgrade = new Upgrade({
      clock,
      http,
      port: this.#port,
      identity: () => this.identity,
      productKey: () => this.#productKey,
      news: (news) => events?.upgrade?.(news),
      file: (file, md5) => events?.file?.(file, md5),
      fileFailed: (problem) => events?.trouble?.(problem),
    });
    // A module whose wire is closed for good would go on asking the cloud for ever.
    options.link.onClose(() => {
      if (this.#state.kind !== "off") this.stop();
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
    this.#status.start();
    this.#step({ kind: "powered" });
    this.#heartbeat.start();
  }

  /** Cuts the power. The cloud notices as it would with a real module: the connection ends. */
  stop(): void {
    this.#timers.clear();
    this.#heartbeat.stop();
    this.#status.stop();
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
      heartbeat: this.#heartbeat.save(),
      status: this.#status.save(),
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
    if (state.session.kind === "off") return;
    const { state: session, effects } = resumeSession(state.session);
    this.#state = session;
    this.#heartbeat.load(state.heartbeat);
    this.#status.load(state.status);
    const { "cloud retry": retryMs, "module restart": restartMs } = state.timers;
    if (retryMs !== undefined) this.#pause(retryMs);
    if (restartMs !== undefined) this.#armRestart(restartMs);
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
        return this.#pause(Math.min(effect.ms, this.#options.longestPauseMs ?? effect.ms));
      case "push-status":
        return this.#status.push();
    }
  }

  #receive(frame: Frame): void {
    this.#heartbeat.hear();
    const info = frame.cmd === CMD.deviceInfo ? this.#readDeviceInfo(frame) : undefined;
    // A device info that cannot be read is no answer: the module goes on asking.
    if (frame.cmd === CMD.deviceInfo && info === undefined) return;
    this.#port.acknowledge(frame);
    if (info !== undefined) return this.#takeDeviceInfo(info);
    switch (frame.cmd) {
      case CMD.p0Up:
        this.#port.reply(CMD.p0UpAck, frame.sn);
        return this.#forwardUp(frame);
      case CMD.p0DownAck:
        return this.#forwardUp(frame);
      default:
        if (!this.#upgrade.receive(frame)) this.#answer(frame);
    }
  }

  #answer(frame: Frame): void {
    const answer = answerMcu(frame, this.#options.clock.now(), this.identity.mac, this.#options.moduleInfo);
    if (answer === undefined) {
      const ignored = explainIgnored(frame);
      if (ignored !== undefined) this.#options.events?.dropped?.(ignored);
      return;
    }
    this.#port.reply(answer.cmd, frame.sn, answer.payload);
    if (frame.cmd === CMD.resetModule) this.#registration.forgetDid();
    if (answer.restartAfterMs !== undefined) this.#armRestart(answer.restartAfterMs);
    const input = readModesInput(frame);
    if (input !== undefined) this.#status.take(input);
  }

  #readDeviceInfo({ payload }: Frame): McuInfo | undefined {
    try {
      const info = readDeviceInfo(payload);
      const { hardVersion, softVersion } = info;
      this.#upgrade.versions = { hardVersion, softVersion };
      return info;
    } catch (error) {
      if (!(error instanceof GizlabError)) throw error;
      this.#options.events?.trouble?.(error);
      return undefined;
    }
  }

  #takeDeviceInfo({ productKey, bindTimeoutS }: McuInfo): void {
    if (this.#state.kind !== "asking") return;
    this.#productKey = productKey;
    this.#status.take({ kind: "mcu-known", bindTimeoutS });
    // An MCU may ask for configuration before it says who it is.
    if (this.#status.isConfiguring) return this.#step({ kind: "config-entered" });
    this.#step({ kind: "device-info", hasDid: this.#registration.hasDid(productKey) });
  }

  #changeNetwork(isConfiguring: boolean): void {
    // The device info comes first.
    if (this.#state.kind === "asking") return;
    if (isConfiguring) return this.#step({ kind: "config-entered" });
    this.#step({ kind: "config-left", hasDid: this.#registration.hasDid(this.#productKey) });
  }

  /** A P0 goes up unchanged, as long as there is somewhere to go and a did to go by. */
  #forwardUp(frame: Frame): void {
    const unsent = explainUnsent(frame, this.#state.kind);
    if (unsent !== undefined) return this.#options.events?.dropped?.(unsent);
    if (frame.payload.length > 0 && this.identity.did !== undefined) this.#cloud.report(frame.payload);
  }

  #armRestart(delayMs: Millis): void {
    this.#timers.set("module restart", delayMs, () => this.restart());
  }

  #pause(delayMs: Millis): void {
    this.#timers.set("cloud retry", delayMs, () => this.#step({ kind: "pause-over" }));
  }
}
