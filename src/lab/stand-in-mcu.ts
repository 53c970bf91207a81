import { CMD } from "../codec/commands.js";
import type { Frame } from "../codec/frame.js";
import type { WireForm } from "../codec/splitter.js";
import { unpackWifiStatus } from "../codec/wifi-status.js";
import type { Clock } from "../core/clock.js";
import type { Millis } from "../core/duration.js";
import type { Trace } from "../core/trace.js";
import { interceptLink } from "../link/intercepted.js";
import type { Link } from "../link/link.js";
import type { DeviceInfo } from "../mcu/device-info.js";
import type { McuUpgradeNews } from "../mcu/mcu-upgrade.js";
import { VirtualMcu } from "../mcu/virtual-mcu.js";
import type { Profile } from "../profile/profile.js";
import type { DisplayValues } from "../profile/scale.js";
import { explainBadFrame } from "./bad-frame.js";
import { DeviceTrace } from "./device-trace.js";
import { TellingOrder } from "./wire/telling-order.js";
import { WireListener } from "./wire/wire-listener.js";

export type { VersionSource } from "../mcu/firmware-version.js";
export type { McuUpgradeNews } from "../mcu/mcu-upgrade.js";

/** What a module does that is more than a frame. */
export interface StandInEvents {
  /** The app has set datapoints. */
  control?(attrs: DisplayValues): void;
  /** The app has sent bytes for the device's own program. */
  passthrough?(data: Uint8Array): void;
  /** The Wi-Fi status is another one than before (uart.md 2.3). */
  wifiStatus?(bits: number, before: number): void;
  /** The module does not take a frame: 1 checksum, 2 unknown command, 3 other, 4 file type (uart.md 2.9). */
  refused?(error: number, sn: number): void;
  /** Firmware was taken, or was not and why. */
  upgrade?(news: McuUpgradeNews): void;
}

export interface StandInMcuOptions {
  /** The wire to the module. */
  readonly link: Link;
  readonly clock: Clock;
  readonly trace: Trace;
  readonly profile: Profile;
  readonly deviceInfo?: Partial<DeviceInfo>;
  /** The version of firmware whose version nothing else tells. */
  readonly otaVersion?: string | undefined;
  readonly events?: StandInEvents;
}

interface Waiting {
  readonly isIt: () => boolean;
  readonly settle: (isIt: boolean) => void;
}

/** Having said these, a module restarts (uart.md 2.5). */
const RESTARTING: readonly number[] = [CMD.resetModule + 1, CMD.restartModule + 1];

/** A real Wi-Fi module on a wire, with this process as its MCU: what the vendor's xpg tool does (serial-tool.md 2.3). */
export class StandInMcu {
  readonly #options: StandInMcuOptions;
  readonly #mcu: VirtualMcu;
  readonly #trace: DeviceTrace;
  readonly #order: TellingOrder;
  /** Looks at what the module says, beside the MCU's own splitter. */
  readonly #listener: WireListener;
  readonly #waiting = new Set<Waiting>();
  #isAutomatic = true;
  #hasSpoken = false;
  #isReceiving = false;
  #noise = 0;
  #wifiBits = 0;

  constructor(options: StandInMcuOptions) {
    const { clock, trace, link, profile, deviceInfo = {}, otaVersion, events } = options;
    this.#options = options;
    this.#trace = new DeviceTrace({ trace, profile: () => profile, subject: () => ({}) });
    this.#order = new TellingOrder(trace);
    this.#listener = new WireListener(clock, this.#order, {
      frame: (frame, form) => () => this.#see(frame, form),
      bad: (bad, offset) => () => this.#trace.bad("down", explainBadFrame(bad, offset)),
      garbage:
        ({ length }) =>
        () => {
          this.#noise += length;
        },
    });
    this.#mcu = new VirtualMcu({
      profile,
      clock,
      link: this.#listenIn(link),
      deviceInfo,
      // A person's request must not vanish because the app has just set something.
      whenBusy: "queue",
      onControl: (attrs) =>
        this.#order.tell(() => {
          this.#trace.control(attrs);
          events?.control?.(attrs);
        }),
      onPassthrough: (data) => this.#order.tell(() => events?.passthrough?.(data)),
      ...(otaVersion === undefined ? {} : { otaVersion }),
      onUpgrade: (news) =>
        this.#order.tell(() => {
          this.#trace.mcuUpgrade(news);
          events?.upgrade?.(news);
        }),
    });
    link.onClose(() => this.#giveUpWaiting());
  }

  /** What the datapoints hold, in engineering units. */
  get attrs(): DisplayValues {
    return this.#mcu.attrs;
  }

  /** True as soon as a good frame of the module has come, and after a restart of it as soon as another has. */
  get hasSpoken(): boolean {
    return this.#hasSpoken;
  }

  /** Bytes so far that belong to no frame. */
  get noise(): number {
    return this.#noise;
  }

  /** True while the module is at its cloud, as far as it has said. */
  get isOnline(): boolean {
    return unpackWifiStatus(this.#wifiBits).cloud;
  }

  /** Whether changes and controls are reported without `report`. */
  get isReporting(): boolean {
    return this.#isAutomatic;
  }

  start(): void {
    this.#mcu.start();
  }

  /**
   * Changes datapoints. If it reports by itself, it does so at once, a person being slower than the 6 s rule of
   * uart.md 3.1; gives whether a report was acknowledged.
   */
  async set(attrs: DisplayValues): Promise<boolean> {
    this.#mcu.change(attrs);
    return this.#isAutomatic ? this.report() : false;
  }

  /** Sends a full report; false when it was not acknowledged. */
  async report(): Promise<boolean> {
    return (await this.#mcu.report()) !== undefined;
  }

  /** Begins or ends to report changes and controls. */
  reportByItself(isOn: boolean): void {
    this.#isAutomatic = isOn;
    this.#mcu.reportByItself(isOn);
  }

  /** Asks the module for something; gives its answer, or nothing when it gave none to three transmissions (uart.md 3). */
  ask(cmd: number, payload: Uint8Array): Promise<Frame | undefined> {
    return this.#mcu.ask(cmd, payload);
  }

  /** Sends a file up as big data. Rejects with the `big-data-…` errors of `BulkSender.send`. */
  upload(file: Uint8Array): Promise<void> {
    return this.#mcu.upload(file);
  }

  /** Ends an upload, which then fails with `big-data-stopped`. */
  cancelUpload(): void {
    this.#mcu.cancelUpload();
  }

  /** Asks the cloud for newer firmware; if there is some, it comes as big data. False when the module did not answer. */
  askUpdate(): Promise<boolean> {
    return this.#mcu.askUpdate();
  }

  /** Puts bytes on the wire as they are. */
  send(bytes: Uint8Array): void {
    this.#order.tell(() => this.#trace.frame("up", bytes));
    this.#options.link.write(bytes);
  }

  /** Resolves as soon as the module has said anything, or is at its cloud; with false when it has not within the time. */
  whenModule(state: "speaks" | "is online", withinMs: Millis): Promise<boolean> {
    const isIt = (): boolean => (state === "speaks" ? this.#hasSpoken : this.isOnline);
    if (isIt()) return Promise.resolve(true);
    return new Promise((resolve) => {
      const timer = this.#options.clock.setTimer("wait", withinMs, () => waiting.settle(false));
      const waiting: Waiting = {
        isIt,
        settle: (outcome) => {
          timer.cancel();
          this.#waiting.delete(waiting);
          resolve(outcome);
        },
      };
      this.#waiting.add(waiting);
    });
  }

  /** Nobody will listen any more: a frame that waits for its 55 is told. */
  settle(): void {
    this.#listener.settle();
  }

  close(): void {
    this.#giveUpWaiting();
    this.#mcu.stop();
    this.#listener.clear();
    this.#options.link.close();
  }

  #giveUpWaiting(): void {
    for (const { settle } of this.#waiting) settle(false);
  }

  #listenIn(link: Link): Link {
    const watched = interceptLink(link, this.#options.clock, (bytes) => {
      this.#order.tell(() => this.#trace.frame("up", bytes));
      return undefined;
    });
    return {
      ...watched,
      onData: (receiver) =>
        link.onData((bytes) => {
          this.#isReceiving = true;
          this.#listener.push(bytes);
          receiver(bytes);
          this.#isReceiving = false;
          // Now that the MCU knows of it too.
          this.#settleWaiting();
        }),
    };
  }

  #settleWaiting(): void {
    for (const { isIt, settle } of this.#waiting) if (isIt()) settle(true);
  }

  #see(frame: Frame, form: WireForm): void {
    this.#hasSpoken = true;
    this.#trace.heard("down", frame, form);
    if (RESTARTING.includes(frame.cmd)) this.#forgetModule();
    this.#tellEvents(frame);
    // It was told late, because its last FF might have got its 55.
    if (!this.#isReceiving) this.#settleWaiting();
  }

  #tellEvents(frame: Frame): void {
    const { events } = this.#options;
    if (frame.cmd === CMD.illegalFromModule) events?.refused?.(frame.payload[0] ?? 0, frame.sn);
    if (frame.cmd !== CMD.wifiStatus || frame.payload.length < 2) return;
    const before = this.#wifiBits;
    this.#wifiBits = (frame.payload[0] as number) * 256 + (frame.payload[1] as number);
    if (this.#wifiBits !== before) events?.wifiStatus?.(this.#wifiBits, before);
  }

  /** It counts its frames anew, and is not at its cloud before it says so. */
  #forgetModule(): void {
    this.#hasSpoken = false;
    this.#wifiBits = 0;
    this.#trace.forget();
  }
}
