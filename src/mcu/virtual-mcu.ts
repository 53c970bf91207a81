import { CMD } from "../codec/commands.js";
import { encodeFrame, type Frame } from "../codec/frame.js";
import type { RawValues } from "../codec/layout.js";
import { packP0 } from "../codec/p0.js";
import { FrameSplitter } from "../codec/splitter.js";
import { unpackWifiStatus } from "../codec/wifi-status.js";
import type { Clock, Timer } from "../core/clock.js";
import type { Millis } from "../core/duration.js";
import type { Link } from "../link/link.js";
import { Retransmitter } from "../link/retransmitter.js";
import type { Profile } from "../profile/profile.js";
import { type DisplayValues, displayValues, wireValues } from "../profile/scale.js";
import type { Behaviour, DeviceInfo, McuReaction, McuView } from "./behaviour.js";
import type { Attrs, Model } from "./model.js";
import { NOTHING_REPORTED, type ReportInput, type ReportRules, stepReport, VENDOR_RULES } from "./report-rules.js";
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
  /** How long bytes take on the line; 0 without. */
  readonly lineTime?: (length: number) => Millis;
  /** Told of every control that reached the device. */
  readonly onControl?: (attrs: DisplayValues) => void;
  readonly onPassthrough?: (data: Uint8Array) => void;
}

const DEFAULT_STEP_MS = 10_000;
/** The vendor SDK's wait for an acknowledgement, and its three transmissions (uart.md 3). */
const ACK_TIMEOUT_MS = 200;
const TRANSMISSIONS = 3;
const ILLEGAL_CHECKSUM = 1;

/** A device's microcontroller, as firmware of the vendor's SDK behaves on the wire (uart.md 2, 3, 7.1). */
export class VirtualMcu {
  readonly profile: Profile;
  readonly #options: VirtualMcuOptions;
  readonly #behaviours: readonly Behaviour[];
  readonly #deviceInfo: DeviceInfo;
  readonly #splitter: FrameSplitter;
  readonly #outgoing: Retransmitter;
  #values: RawValues;
  #reported: RawValues = [];
  #reportState = NOTHING_REPORTED;
  #wakeTimer: Timer | undefined;
  #wakeAt: Millis = 0;
  #stepTimer: Timer | undefined;
  #restartTimer: Timer | undefined;
  #steppedAt: Millis = 0;
  #sn = 0;
  #wifiBits = 0;
  #isRunning = false;

  constructor(options: VirtualMcuOptions) {
    this.#options = options;
    this.profile = options.profile;
    this.#behaviours = options.behaviours ?? VENDOR_BEHAVIOURS;
    this.#deviceInfo = {
      hardwareVersion: "03010100",
      softwareVersion: "03030000",
      bindTimeoutS: 0,
      productSecret: undefined,
      ...options.deviceInfo,
    };
    this.#values = initialValues(options.profile, options.model?.initial ?? {});
    this.#splitter = new FrameSplitter({
      frame: (frame) => this.#receive(frame),
      bad: ({ reason, bytes }) => {
        if (reason !== "checksum") return;
        // A stuffed len or cmd moves the sn on the wire.
        const sn = bytes.filter((byte, at) => at < 3 || byte !== 0x55 || bytes[at - 1] !== 0xff)[5] ?? 0;
        this.#write(CMD.illegalFromMcu, sn, Uint8Array.of(ILLEGAL_CHECKSUM));
      },
    });
    this.#outgoing = new Retransmitter({
      clock: options.clock,
      write: (bytes) => options.link.write(bytes),
      timeoutMs: ACK_TIMEOUT_MS,
      transmissions: TRANSMISSIONS,
      matchSn: false,
      whenBusy: "replace",
      lineTime: options.lineTime ?? (() => 0),
    });
    options.link.onData((bytes) => {
      if (this.#isRunning) this.#splitter.push(bytes);
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
    this.#reportState = NOTHING_REPORTED;
    this.#reported = [];
    this.#wifiBits = 0;
    this.#sn = 0;
    this.#steppedAt = this.#options.clock.now();
    if (this.#options.model !== undefined) this.#armStep();
  }

  /** Cuts the power. */
  stop(): void {
    this.#isRunning = false;
    this.#outgoing.clear();
    for (const timer of [this.#wakeTimer, this.#stepTimer, this.#restartTimer]) timer?.cancel();
    this.#wakeTimer = undefined;
  }

  /** Changes datapoints from the device's own side: a key, a sensor. Throws the `attr-…` errors of `wireValues`. */
  set(attrs: Attrs): void {
    this.#change(wireValues(this.profile, attrs));
    this.#stepReport({ kind: "changed" });
  }

  /** Sends a full report now. */
  report(): void {
    this.#stepReport({ kind: "demanded" });
  }

  /** Sends a message of the device's own; false when the module never answered. */
  request(cmd: number, payload: Uint8Array = new Uint8Array(0)): Promise<boolean> {
    return new Promise((settled) => this.#request(cmd, payload, settled));
  }

  #receive(frame: Frame): void {
    this.#outgoing.acknowledge(frame.cmd, frame.sn);
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
        this.#write(reaction.cmd, sn, reaction.payload);
        return;
      case "request":
        this.#request(reaction.cmd, reaction.payload);
        return;
      case "control":
        this.#change(reaction.values);
        this.#options.onControl?.(displayValues(this.profile, reaction.values));
        return;
      case "report":
        this.#stepReport({ kind: "demanded" });
        return;
      case "passthrough":
        this.#options.onPassthrough?.(reaction.data);
        return;
      case "wifi-status":
        this.#takeWifiStatus(reaction.bits);
        return;
      case "restart":
        this.#restartTimer?.cancel();
        this.#restartTimer = this.#options.clock.setTimer("mcu restart", reaction.afterMs, () => {
          this.stop();
          this.start();
        });
        return;
      case "network-time":
        return;
    }
  }

  /** The device tells its state as soon as the cloud is reached; before that nobody hears it. */
  #takeWifiStatus(bits: number): void {
    const wasOnline = this.wifiStatus.cloud;
    this.#wifiBits = bits;
    if (this.wifiStatus.cloud && !wasOnline) this.#stepReport({ kind: "demanded" });
  }

  #change(values: Readonly<RawValues>): void {
    this.#values = mergeValues(this.#values, values);
  }

  #armStep(): void {
    const { clock, model, stepMs = DEFAULT_STEP_MS, reportEveryStep } = this.#options;
    this.#stepTimer = clock.setTimer("model step", stepMs, () => {
      const now = clock.now();
      const attrs = this.attrs;
      const readings = model?.step({ attrs, now, elapsedMs: now - this.#steppedAt }) ?? {};
      this.#steppedAt = now;
      const isChanged = this.#takeReadings(attrs, readings);
      if (reportEveryStep === true) this.#stepReport({ kind: "demanded" });
      else if (isChanged) this.#stepReport({ kind: "changed" });
      this.#armStep();
    });
  }

  /** Takes over the readings that differ from what the datapoints hold; true when there are any. */
  #takeReadings(attrs: DisplayValues, readings: Attrs): boolean {
    let isChanged = false;
    const changes: Record<string, DisplayValues[string]> = {};
    for (const name in readings) {
      const value = readings[name];
      if (value === undefined || attrs[name] === value) continue;
      changes[name] = value;
      isChanged = true;
    }
    if (isChanged) this.#change(wireValues(this.profile, changes));
    return isChanged;
  }

  #stepReport(input: ReportInput): void {
    if (!this.#isRunning) return;
    const { clock, rules = VENDOR_RULES } = this.#options;
    const { state, shouldReport, wakeAt } = stepReport(rules, this.#reportState, input, clock.now());
    this.#reportState = state;
    this.#armWake(wakeAt);
    if (!shouldReport) return;
    this.#reported = this.#values;
    this.#request(CMD.p0Up, packP0(this.profile.layout, { kind: "report", values: this.#values }));
  }

  /** A timer that is due earlier is left: it looks again when it fires, and nothing is set anew for every report. */
  #armWake(at: Millis): void {
    if (this.#wakeTimer !== undefined && this.#wakeAt <= at) return;
    this.#wakeTimer?.cancel();
    this.#wakeAt = at;
    this.#wakeTimer = this.#options.clock.setTimer("report", at - this.#options.clock.now(), () => {
      this.#wakeTimer = undefined;
      this.#stepReport({ kind: "woken" });
    });
  }

  #request(cmd: number, payload: Uint8Array, settled?: (answered: boolean) => void): void {
    const sn = this.#sn;
    this.#sn = (this.#sn + 1) & 0xff;
    this.#outgoing.send({
      bytes: encodeFrame({ cmd, sn, flags: 0, payload }),
      ackCmd: cmd + 1,
      sn,
      ...(settled === undefined ? {} : { settled }),
    });
  }

  #write(cmd: number, sn: number, payload: Uint8Array): void {
    this.#options.link.write(encodeFrame({ cmd, sn, flags: 0, payload }));
  }
}

/** Values as the model begins, everything else at its least: zero for most. */
function initialValues(profile: Profile, initial: Attrs): RawValues {
  const least = profile.datapoints.map(({ dataType, width, min }) =>
    dataType === "binary" ? new Uint8Array(width) : min,
  );
  return mergeValues(least, wireValues(profile, initial));
}

function mergeValues(values: Readonly<RawValues>, changes: Readonly<RawValues>): RawValues {
  const merged = [...values];
  changes.forEach((value, index) => {
    if (value !== undefined) merged[index] = value;
  });
  return merged;
}
