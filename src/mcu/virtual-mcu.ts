import { CMD } from "../codec/commands.js";
import type { Frame } from "../codec/frame.js";
import type { RawValues } from "../codec/layout.js";
import { packP0 } from "../codec/p0.js";
import { unpackWifiStatus } from "../codec/wifi-status.js";
import type { Clock } from "../core/clock.js";
import type { Millis } from "../core/duration.js";
import { KeyedTimers } from "../core/keyed-timers.js";
import { FramePort, type FramePortState } from "../link/frame-port.js";
import type { Link } from "../link/link.js";
import type { Profile } from "../profile/profile.js";
import { type DisplayValues, displayValues, wireValues } from "../profile/scale.js";
import type { Behaviour, McuReaction, McuView } from "./behaviour.js";
import { type DeviceInfo, SDK_DEVICE_INFO } from "./device-info.js";
import type { Attrs, Model } from "./model.js";
import { NOTHING_REPORTED, type ReportRules, type ReportState, VENDOR_RULES } from "./report-rules.js";
import { Reporter, type ReportSettled } from "./reporter.js";
import { initialValues, keepAllowed, loadValues, mergeValues, type SavedValues, saveValues } from "./values.js";
import { VENDOR_BEHAVIOURS } from "./vendor-behaviours.js";

export interface VirtualMcuOptions {
  readonly profile: Profile;
  readonly clock: Clock;
  readonly link: Link;
  /** The world the device stands in; without it only `set` and controls change anything. */
  readonly model?: Model;
  /** How often the model moves; 10 s unless told otherwise. */
  readonly stepMs?: Millis;
  /** Report after every step of the model, changed or not, instead of by the vendor's rules. */
  readonly reportEveryStep?: boolean;
  readonly rules?: ReportRules;
  readonly behaviours?: readonly Behaviour[];
  readonly deviceInfo?: Partial<DeviceInfo>;
  /** A new request takes the place of the waiting one, as in the vendor's code, unless told to queue behind it. */
  readonly whenBusy?: "replace" | "queue";
  /** How long bytes take on the line; 0 without. */
  readonly lineTime?: (length: number) => Millis;
  /** Told of every control that reached the device. */
  readonly onControl?: (attrs: DisplayValues) => void;
  readonly onPassthrough?: (data: Uint8Array) => void;
}

/** What an MCU remembers, as plain JSON; spans are what was left of each timer. */
export interface VirtualMcuState {
  readonly isRunning: boolean;
  readonly values: SavedValues;
  readonly reported: SavedValues;
  readonly report: ReportState;
  readonly wifiBits: number;
  readonly sinceStepMs: Millis;
  readonly stuck: readonly string[];
  readonly port: FramePortState;
  readonly timers: Readonly<Partial<Record<TimerKey, Millis>>>;
}

type TimerKey = "report" | "model step" | "mcu restart";

const DEFAULT_STEP_MS = 10_000;
const ILLEGAL_CHECKSUM = 1;

/** A device's microcontroller, as firmware of the vendor's SDK behaves on the wire (uart.md 2, 3, 7.1). */
export class VirtualMcu {
  readonly profile: Profile;
  readonly #options: VirtualMcuOptions;
  readonly #behaviours: readonly Behaviour[];
  readonly #deviceInfo: DeviceInfo;
  readonly #port: FramePort;
  readonly #timers: KeyedTimers<TimerKey>;
  readonly #stepMs: Millis;
  #values: RawValues;
  #reported: RawValues = [];
  readonly #reporter: Reporter;
  #steppedAt: Millis = 0;
  #wifiBits = 0;
  #stuck: readonly string[] = [];
  #isRunning = false;

  constructor(options: VirtualMcuOptions) {
    this.#options = options;
    this.profile = options.profile;
    this.#stepMs = options.stepMs ?? DEFAULT_STEP_MS;
    this.#behaviours = options.behaviours ?? VENDOR_BEHAVIOURS;
    this.#deviceInfo = { ...SDK_DEVICE_INFO, ...options.deviceInfo };
    this.#values = initialValues(options.profile, options.model?.initial ?? {});
    this.#timers = new KeyedTimers(options.clock);
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
      badChecksum: (_cmd, sn) => this.#port.reply(CMD.illegalFromMcu, sn, Uint8Array.of(ILLEGAL_CHECKSUM)),
    });
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
    this.#steppedAt = this.#options.clock.now();
    const { model, reportEveryStep } = this.#options;
    if (model !== undefined || reportEveryStep === true) this.#armStep(this.#stepMs);
  }

  /** Cuts the power. */
  stop(): void {
    this.#isRunning = false;
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
    return new Promise((settled) => this.#reporter.report(settled));
  }

  /** Whether changes are reported by the rules; if not, only `report` reports. */
  reportByItself(isOn: boolean): void {
    this.#reporter.isAutomatic = isOn;
  }

  /** Sends a message of the device's own; gives the module's answer, or nothing when none came to any transmission. */
  ask(cmd: number, payload: Uint8Array = new Uint8Array(0)): Promise<Frame | undefined> {
    return new Promise((settled) => this.#port.request(cmd, payload, settled));
  }

  /** Sensors that show the same whatever the world does, by datapoint name; an empty list mends them. */
  stick(names: readonly string[]): void {
    this.#stuck = names;
  }

  save(): VirtualMcuState {
    return {
      isRunning: this.#isRunning,
      values: saveValues(this.#values),
      reported: saveValues(this.#reported),
      report: this.#reporter.state,
      wifiBits: this.#wifiBits,
      sinceStepMs: this.#options.clock.now() - this.#steppedAt,
      stuck: this.#stuck,
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
    this.#stuck = state.stuck;
    this.#steppedAt = this.#options.clock.now() - state.sinceStepMs;
    const arm: Record<TimerKey, (delayMs: Millis) => void> = {
      report: (delayMs) => this.#reporter.arm(this.#options.clock.now() + delayMs),
      "model step": (delayMs) => this.#armStep(delayMs),
      "mcu restart": (delayMs) => this.#armRestart(delayMs),
    };
    for (const [key, delayMs] of Object.entries(state.timers)) arm[key as TimerKey](delayMs);
    this.#port.load(state.port);
  }

  /** Sends a message that was not answered before the save again. */
  resume(): void {
    this.#port.resume();
  }

  #receive(frame: Frame): void {
    this.#port.acknowledge(frame);
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

  #merge(values: Readonly<RawValues>): void {
    this.#values = mergeValues(this.#values, values);
  }

  #armRestart(delayMs: Millis): void {
    this.#timers.set("mcu restart", delayMs, () => {
      this.stop();
      this.start();
    });
  }

  #armStep(delayMs: Millis): void {
    const { clock, model, reportEveryStep } = this.#options;
    this.#timers.set("model step", delayMs, () => {
      const now = clock.now();
      const attrs = this.attrs;
      const readings = model?.step({ attrs, now, elapsedMs: now - this.#steppedAt }) ?? {};
      this.#steppedAt = now;
      const isChanged = this.#takeReadings(attrs, readings);
      if (reportEveryStep === true) this.#reporter.step({ kind: "demanded" });
      else if (isChanged) this.#reporter.step({ kind: "changed" });
      this.#armStep(this.#stepMs);
    });
  }

  /** Takes over the readings that differ from what the datapoints hold; true when there are any. */
  #takeReadings(attrs: DisplayValues, readings: Attrs): boolean {
    let isChanged = false;
    const changes: Record<string, DisplayValues[string]> = {};
    for (const name in readings) {
      const value = readings[name];
      if (value === undefined || attrs[name] === value || this.#stuck.includes(name)) continue;
      changes[name] = value;
      isChanged = true;
    }
    if (isChanged) this.#merge(wireValues(this.profile, changes));
    return isChanged;
  }

  #sendReport(settled?: ReportSettled): void {
    this.#reported = this.#values;
    this.#port.request(CMD.p0Up, packP0(this.profile.layout, { kind: "report", values: this.#values }), settled);
  }
}
