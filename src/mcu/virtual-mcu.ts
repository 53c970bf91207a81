import { CMD, REFUSAL } from "../codec/commands.js";
import type { Frame } from "../codec/frame.js";
import type { RawValues } from "../codec/layout.js";
import { packP0 } from "../codec/p0.js";
import { unpackWifiStatus } from "../codec/wifi-status.js";
import type { Millis } from "../core/duration.js";
import { KeyedTimers } from "../core/keyed-timers.js";
import { FramePort } from "../link/frame-port.js";
import type { Profile } from "../profile/profile.js";
import { type DisplayValues, displayValues, wireValues } from "../profile/scale.js";
import type { Behaviour, McuReaction, McuView } from "./behaviour.js";
import { type DeviceInfo, SDK_DEVICE_INFO } from "./device-info.js";
import { McuUpgrade, type McuUpgradeNews } from "./mcu-upgrade.js";
import type { Attrs } from "./model.js";
import { ModelRun } from "./model-run.js";
import { NOTHING_REPORTED, VENDOR_RULES } from "./report-rules.js";
import { Reporter, type ReportSettled } from "./reporter.js";
import { initialValues, keepAllowed, loadValues, mergeValues, saveValues } from "./values.js";
import { VENDOR_BEHAVIOURS } from "./vendor-behaviours.js";
import type { McuTimer, VirtualMcuOptions, VirtualMcuState } from "./virtual-mcu-options.js";

const DEFAULT_STEP_MS = 10_000;
/** Between the last piece and the restart, as after 0F (uart.md 2.1). */
const UPGRADE_RESTART_MS = 600;

/** A device's microcontroller, as firmware of the vendor's SDK behaves on the wire (uart.md 2, 3, 7.1). */
export class VirtualMcu {
  readonly profile: Profile;
  readonly #options: VirtualMcuOptions;
  readonly #behaviours: readonly Behaviour[];
  readonly #port: FramePort;
  readonly #upgrade: McuUpgrade;
  readonly #timers: KeyedTimers<McuTimer>;
  readonly #world: ModelRun;
  #deviceInfo: DeviceInfo;
  #isUpgraded = false;
  #values: RawValues;
  #reported: RawValues = [];
  readonly #reporter: Reporter;
  #wifiBits = 0;
  #isRunning = false;

  constructor(options: VirtualMcuOptions) {
    this.#options = options;
    this.profile = options.profile;
    this.#behaviours = options.behaviours ?? VENDOR_BEHAVIOURS;
    this.#deviceInfo = { ...SDK_DEVICE_INFO, ...options.deviceInfo };
    this.#values = initialValues(options.profile, options.model?.initial ?? {});
    this.#timers = new KeyedTimers(options.clock);
    this.#world = new ModelRun({
      clock: options.clock,
      timers: this.#timers,
      model: options.model,
      stepMs: options.stepMs ?? DEFAULT_STEP_MS,
      stepsAlways: options.reportEveryStep === true,
      attrs: () => this.attrs,
      stepped: (changes) => this.#takeReadings(changes),
    });
    this.#reporter = new Reporter({
      clock: options.clock,
      rules: options.rules ?? VENDOR_RULES,
      timers: this.#timers,
      isOn: () => this.#isRunning,
      send: (settled) => this.#sendReport(settled),
    });
    this.#port = new FramePort({
      clock: options.clock,
      link: options.link,
      matchSn: false,
      whenBusy: options.whenBusy ?? "replace",
      lineTime: options.lineTime,
      isOn: () => this.#isRunning,
      frame: (frame) => this.#receive(frame),
      badChecksum: (_cmd, sn) => this.#port.reply(CMD.illegalFromMcu, sn, Uint8Array.of(REFUSAL.checksum)),
    });
    this.#upgrade = new McuUpgrade({
      clock: options.clock,
      port: this.#port,
      productKey: options.profile.productKey,
      deviceInfo: () => this.#deviceInfo,
      givenVersion: options.otaVersion,
      pieceLength: options.pieceLength,
      news: (news) => this.#takeNews(news),
    });
    // Its timers would go on for ever.
    options.link.onClose(() => this.stop());
  }

  /** What the datapoints hold, in engineering units. */
  get attrs(): DisplayValues {
    return displayValues(this.profile, this.#values);
  }

  /** The last Wi-Fi status the module pushed (uart.md 2.3). */
  get wifiStatus() {
    return unpackWifiStatus(this.#wifiBits);
  }

  /** Powers the device on; after a power cut its values are those from before. */
  start(): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#reporter.load(NOTHING_REPORTED);
    this.#reported = [];
    this.#wifiBits = 0;
    this.#world.start();
    if (!this.#isUpgraded) return;
    // The module asks for the device info only when it restarts (uart.md 2.8); no report may take this one's place.
    this.#isUpgraded = false;
    this.#port.request(CMD.restartModule, undefined, undefined, { isOfTransfer: true });
  }

  /** Cuts the power. */
  stop(): void {
    this.#isRunning = false;
    this.#upgrade.stop();
    this.#port.reset();
    this.#timers.clear();
  }

  /** Changes datapoints from the device's own side: a key, a sensor. Throws the `attr-…` errors of `wireValues`. */
  set(attrs: Attrs): void {
    this.change(attrs);
    this.#reporter.step({ kind: "changed" });
  }

  /** The same without a report of it. */
  change(attrs: Attrs): void {
    this.#merge(wireValues(this.profile, attrs));
  }

  /** Sends a full report now; gives its acknowledgement, or nothing when none came. */
  report(): Promise<Frame | undefined> {
    return new Promise((settled) => this.#reporter.report((_, answer) => settled(answer)));
  }

  /** Whether changes are reported by the rules; if not, only `report` reports. */
  reportByItself(isOn: boolean): void {
    this.#reporter.isAutomatic = isOn;
  }

  /** Sends a message of the device's own; gives the module's answer, or nothing when none came to any transmission. */
  ask(cmd: number, payload: Uint8Array = new Uint8Array(0)): Promise<Frame | undefined> {
    return new Promise((settled) => this.#port.request(cmd, payload, (_, answer) => settled(answer)));
  }

  /** The version of its firmware; a new one comes over the wire (uart.md 2.8). */
  get softwareVersion(): string {
    return this.#deviceInfo.softwareVersion;
  }

  /** The module is about to send firmware of this version, which is known by other means than the wire. */
  expectVersion(softVersion: string): void {
    this.#upgrade.expect(softVersion);
  }

  /** Sends big data up to the module. Rejects with the `big-data-…` errors of `BulkSender.send`. */
  upload(file: Uint8Array): Promise<void> {
    return this.#upgrade.upload(file);
  }

  /** Ends an upload, and tells the module so. */
  cancelUpload(): void {
    this.#upgrade.cancelUpload();
  }

  /** Asks for newer firmware of its own; when there is some it has it downloaded. False when the module never answered. */
  askUpdate(): Promise<boolean> {
    return this.#upgrade.askUpdate();
  }

  /** Sensors that show the same whatever the world does, by datapoint name; an empty list mends them. */
  stick(names: readonly string[]): void {
    this.#world.stuck = names;
  }

  save(): VirtualMcuState {
    return {
      isRunning: this.#isRunning,
      values: saveValues(this.#values),
      reported: saveValues(this.#reported),
      report: this.#reporter.state,
      wifiBits: this.#wifiBits,
      sinceStepMs: this.#world.sinceStepMs,
      stuck: this.#world.stuck,
      softwareVersion: this.softwareVersion,
      isUpgraded: this.#isUpgraded,
      upgrade: this.#upgrade.save(),
      port: this.#port.save(),
      timers: this.#timers.save(),
    };
  }

  /** Goes on from a saved state; says nothing before `resume`. */
  load(state: VirtualMcuState): void {
    this.stop();
    this.#isRunning = state.isRunning;
    this.#values = loadValues(state.values);
    this.#reported = loadValues(state.reported);
    this.#reporter.load(state.report);
    this.#wifiBits = state.wifiBits;
    this.#world.stuck = state.stuck;
    this.#deviceInfo = { ...this.#deviceInfo, softwareVersion: state.softwareVersion };
    this.#isUpgraded = state.isUpgraded;
    this.#upgrade.load(state.upgrade ?? {});
    this.#world.load(state.sinceStepMs);
    const arm: Record<McuTimer, (delayMs: Millis) => void> = {
      report: (delayMs) => this.#reporter.arm(this.#options.clock.now() + delayMs),
      "model step": (delayMs) => this.#world.arm(delayMs),
      "mcu restart": (delayMs) => this.#armRestart(delayMs),
    };
    for (const [key, delayMs] of Object.entries(state.timers)) arm[key as McuTimer](delayMs);
    this.#port.load(state.port);
  }

  /** Sends a message that was not answered before the save again. */
  resume(): void {
    this.#port.resume();
  }

  #receive(frame: Frame): void {
    this.#port.acknowledge(frame);
    if (this.#options.takesUpgrades !== false && this.#upgrade.receive(frame)) return;
    const view: McuView = {
      profile: this.profile,
      values: this.#values,
      reported: this.#reported,
      deviceInfo: this.#deviceInfo,
    };
    for (const behaviour of this.#behaviours) {
      const reactions = behaviour.answer(frame, view);
      if (reactions === undefined) continue;
      for (const reaction of reactions) this.#react(reaction, frame.sn);
      return;
    }
  }

  #react(reaction: McuReaction, sn: number): void {
    switch (reaction.kind) {
      case "reply":
        this.#port.reply(reaction.cmd, sn, reaction.payload);
        return;
      case "request":
        this.#port.request(reaction.cmd, reaction.payload);
        return;
      case "control":
        // What the product does not allow is not taken; the frame is acknowledged all the same (uart.md 3.1, 4.5).
        this.#merge(keepAllowed(this.profile, reaction.values));
        this.#options.onControl?.(displayValues(this.profile, reaction.values));
        return;
      case "report":
        this.#reporter.step({ kind: "demanded" });
        return;
      case "passthrough":
        this.#options.onPassthrough?.(reaction.data);
        return;
      case "wifi-status":
        this.#takeWifiStatus(reaction.bits);
        return;
      case "restart":
        this.#armRestart(reaction.afterMs);
        return;
      case "network-time":
        return;
    }
  }

  /** The device tells its state as soon as the cloud is reached; before that nobody hears it. */
  #takeWifiStatus(bits: number): void {
    const wasOnline = this.wifiStatus.cloud;
    this.#wifiBits = bits;
    if (this.wifiStatus.cloud && !wasOnline) this.#reporter.step({ kind: "demanded" });
  }

  #takeNews(news: McuUpgradeNews): void {
    if (news.kind === "taken") {
      this.#deviceInfo = { ...this.#deviceInfo, softwareVersion: news.softVersion };
      this.#isUpgraded = true;
      this.#armRestart(UPGRADE_RESTART_MS);
    }
    this.#options.onUpgrade?.(news);
  }

  #merge(values: Readonly<RawValues>): void {
    this.#values = mergeValues(this.#values, values);
  }

  #armRestart(delayMs: Millis): void {
    this.#timers.set("mcu restart", delayMs, () => {
      this.stop();
      this.start();
    });
  }

  #takeReadings(changes: Attrs | undefined): void {
    if (changes !== undefined) this.change(changes);
    if (this.#options.reportEveryStep === true) this.#reporter.step({ kind: "demanded" });
    else if (changes !== undefined) this.#reporter.step({ kind: "changed" });
  }

  #sendReport(settled?: ReportSettled): void {
    this.#reported = this.#values;
    this.#port.request(CMD.p0Up, packP0(this.profile.layout, { kind: "report", values: this.#values }), settled);
  }
}
