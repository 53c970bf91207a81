import type { TraceEntry } from "../core/trace.js";
import type { Given } from "./kit/given.js";
import type { WantedFrame } from "./kit/wanted-frame.js";
import type { AttrValues, GivenAttrs, Lab } from "./lab.js";
import type { DeviceProbe, Within } from "./probe.js";

/** What the datapoints of a product look like. */
export interface ProductTypes {
  readonly attrs: object;
  readonly controls: object;
}

/** A product whose datapoints are not known while types are checked. */
export interface AnyProduct {
  readonly attrs: AttrValues;
  readonly controls: AttrValues;
}

/** Values wanted of datapoints, or a question to all of them. */
export type Wanted<Attrs extends object> = Given<Attrs> | ((attrs: Attrs) => boolean);

/** A virtual device, typed by its product's profile. */
export class TestDevice<Types extends ProductTypes = AnyProduct> {
  readonly #platform: Lab;
  readonly #probe: DeviceProbe;

  constructor(platform: Lab, probe: DeviceProbe) {
    this.#platform = platform;
    this.#probe = probe;
  }

  /** Throws `device-gone` when a reset or restore took the device away. */
  get did(): string {
    return this.#probe.did;
  }

  get mac(): string {
    return this.#probe.device.mac;
  }

  get isOnline(): boolean {
    return this.#probe.device.isOnline;
  }

  /** The name of its product. */
  get product(): string {
    return this.#probe.device.product.name;
  }

  /** What the MCU's datapoints hold, in engineering units. */
  get attrs(): Types["attrs"] {
    return this.#probe.device.mcu.attrs;
  }

  /** Changes datapoints from the device's own side: a key, a sensor. Throws the `attr-…` errors. */
  async set(attrs: Given<Types["attrs"]>): Promise<void> {
    this.#probe.set(attrs as GivenAttrs);
    await this.#settle();
  }

  /** Sets datapoints from the cloud, as an app does. Throws `device-offline` and the `attr-…` errors. */
  async control(attrs: Given<Types["controls"]>): Promise<void> {
    this.#probe.control(attrs as GivenAttrs);
    await this.#settle();
  }

  /** Cuts the power of MCU and module. */
  async powerOff(): Promise<void> {
    this.#probe.power(false);
    await this.#settle();
  }

  async powerOn(): Promise<void> {
    this.#probe.power(true);
    await this.#settle();
  }

  /** Waits until a report with these values is in the store. Throws `expectation-failed`. */
  expectReport(wanted: Wanted<Types["attrs"]> = {}, options?: Within): Promise<TraceEntry> {
    return this.#probe.expectReport(wanted as AttrValues, options);
  }

  /** Whether such a report is in the store since the device was last changed; waits for nothing. */
  hasReported(wanted: Wanted<Types["attrs"]> = {}): boolean {
    return this.#probe.hasReported(wanted as AttrValues);
  }

  /** Waits the whole span. Throws `expectation-failed` if such a report comes. */
  expectNoReport(wanted: Wanted<Types["attrs"]> = {}, options?: Within): Promise<void> {
    return this.#probe.expectNoReport(wanted as AttrValues, options);
  }

  /** Waits until the MCU has carried out a control of these values. Throws `expectation-failed`. */
  expectControl(wanted: Wanted<Types["attrs"]> = {}, options?: Within): Promise<TraceEntry> {
    return this.#probe.expectControl(wanted as AttrValues, options);
  }

  expectNoControl(wanted: Wanted<Types["attrs"]> = {}, options?: Within): Promise<void> {
    return this.#probe.expectNoControl(wanted as AttrValues, options);
  }

  /** Waits for a frame on the wire between MCU and module. Throws `expectation-failed`, `command-unknown`. */
  expectFrame(wanted: WantedFrame, options?: Within): Promise<TraceEntry> {
    return this.#probe.expectFrame(wanted, options);
  }

  expectNoFrame(wanted: WantedFrame, options?: Within): Promise<void> {
    return this.#probe.expectNoFrame(wanted, options);
  }

  /** Waits until the cloud sees the device. Throws `expectation-failed`. */
  expectOnline(options?: Within): Promise<void> {
    return this.#probe.expectOnline(options);
  }

  /** Waits until the cloud has lost the device. Throws `expectation-failed`. */
  expectOffline(options?: Within): Promise<void> {
    return this.#probe.expectOffline(options);
  }

  async #settle(): Promise<void> {
    if (this.#platform.clock.mode === "virtual") await this.#platform.virtualClock().settle();
  }
}
