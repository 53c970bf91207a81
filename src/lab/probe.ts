import { VirtualClock } from "../core/clock.js";
import { type Millis, parseDuration } from "../core/duration.js";
import { GizlabError } from "../core/errors.js";
import { settlesWithin } from "../core/io-timer.js";
import type { TraceEntry } from "../core/trace.js";
import { findDatapoint } from "../profile/profile.js";
import { displayValues, wireValues } from "../profile/scale.js";
import { compareAttrs, type Expected, expectHop, expectNoHop, type Waiting, type WantedAttrs } from "./expectation.js";
import { describeWantedFrame, sayWanted, type WantedFrame } from "./kit/wanted-frame.js";
import type { GivenAttrs, Lab } from "./lab.js";
import type { VirtualDevice } from "./virtual-device.js";

/** How long to wait: a span with its unit. On a virtual clock time moves, by so much at most. */
export interface Within {
  readonly within?: string;
}

type Kind = "report" | "control" | "frame";

const DEFAULT_WITHIN = "10s";

/** Looks at one device through the trace, and moves it. */
export class DeviceProbe {
  readonly device: VirtualDevice;
  readonly #lab: Lab;
  readonly #failed: (error: unknown) => void;
  /** Where in the trace to look from; what an expectation has met is not met again. */
  readonly #from = new Map<Kind, number>();
  /** When the device was last changed. */
  #touched = { position: 0, at: 0 };

  /**
   * @param failed is called with the error of an expectation that was not met
   * @param since where in the trace to look from at first; from now on without it
   */
  constructor(lab: Lab, device: VirtualDevice, failed: (error: unknown) => void = () => {}, since?: number) {
    this.#lab = lab;
    this.device = device;
    this.#failed = failed;
    this.#lookFromNow();
    if (since !== undefined) for (const kind of this.#from.keys()) this.#from.set(kind, since);
  }

  /** Throws `device-gone` when a reset or restore took the device away. */
  get did(): string {
    this.#requirePresent();
    return this.device.did ?? "";
  }

  /** Changes datapoints from the device's own side. Throws the `attr-…` errors. */
  set(attrs: GivenAttrs): void {
    this.#requirePresent();
    this.#lookFromNow("report", "frame");
    this.#lab.set(this.device, attrs);
  }

  /** Sets datapoints from the cloud. Throws `device-offline` and the `attr-…` errors. */
  control(attrs: GivenAttrs): void {
    this.#lookFromNow("report", "frame", "control");
    this.#lab.control(this.did, attrs);
  }

  power(isOn: boolean): void {
    this.#requirePresent();
    this.#lookFromNow("report", "frame");
    this.#lab.power(this.device, isOn);
  }

  /** Waits until a report with these values is in the store. Throws `expectation-failed`. */
  async expectReport(wanted: WantedAttrs = {}, options: Within = {}): Promise<TraceEntry> {
    return this.#expect("report", this.#report(wanted), options);
  }

  /** Waits for a report, whatever it says; false when none came. */
  async waitForReport(within: string): Promise<boolean> {
    try {
      await this.expectReport({}, { within });
      return true;
    } catch (error) {
      if (error instanceof GizlabError && error.code === "expectation-failed") return false;
      throw error;
    }
  }

  /** Whether such a report is in the store since the device was last changed; nothing waits. Throws the `attr-…` errors. */
  hasReported(wanted: WantedAttrs): boolean {
    this.#requirePresent();
    const { compare, hops } = this.#report(wanted);
    return this.#lab.trace
      .from(this.#touched.position)
      .some(
        (entry) => entry.mac === this.device.mac && hops.includes(entry.hop) && compare(entry).differences.length === 0,
      );
  }

  async expectNoReport(wanted: WantedAttrs = {}, options: Within = {}): Promise<void> {
    return this.#expectNo(this.#report(wanted), options);
  }

  /** Waits until the MCU has carried out a control of these values. Throws `expectation-failed`. */
  async expectControl(wanted: WantedAttrs = {}, options: Within = {}): Promise<TraceEntry> {
    return this.#expect("control", this.#control(wanted), options);
  }

  async expectNoControl(wanted: WantedAttrs = {}, options: Within = {}): Promise<void> {
    return this.#expectNo(this.#control(wanted), options);
  }

  /** Waits for a frame on the wire between MCU and module. Throws `expectation-failed`, `command-unknown`. */
  async expectFrame(wanted: WantedFrame, options: Within = {}): Promise<TraceEntry> {
    return this.#expect("frame", this.#frame(wanted), options);
  }

  async expectNoFrame(wanted: WantedFrame, options: Within = {}): Promise<void> {
    return this.#expectNo(this.#frame(wanted), options);
  }

  /** Waits until the cloud sees the device. Throws `expectation-failed`. */
  async expectOnline(options: Within = {}): Promise<void> {
    if (!this.#isSeen) await this.#expectFromNow(this.#presence("online"), options);
  }

  /** Waits until the cloud has lost the device. Throws `expectation-failed`. */
  async expectOffline(options: Within = {}): Promise<void> {
    if (this.#isSeen) await this.#expectFromNow(this.#presence("offline"), options);
  }

  get #isSeen(): boolean {
    const { did } = this.device;
    return did !== undefined && this.#lab.cloud.broker.presence.isOnline(did);
  }

  get #waiting(): Waiting {
    const { clock, trace } = this.#lab;
    return {
      trace,
      waitFor: (promise, spanMs) =>
        clock instanceof VirtualClock ? clock.resolveWithin(promise, spanMs) : settlesWithin(promise, spanMs),
    };
  }

  #report(given: WantedAttrs): Expected {
    const wanted = this.#possible(given);
    return {
      ...this.#expected(["cloud.stored"], `report ${sayWanted(wanted)}`, (entry) => compareAttrs(wanted, entry)),
      names: namesOf(wanted),
    };
  }

  #control(given: WantedAttrs): Expected {
    const wanted = this.#possible(given);
    return {
      ...this.#expected(["mcu.control"], `control ${sayWanted(wanted)}`, (entry) => compareAttrs(wanted, entry)),
      names: namesOf(wanted),
    };
  }

  /** What the product can say, as it says it: numbers of 8 bytes may be given as bigint or text. Throws the `attr-…` errors of `wireValues`. */
  #possible(wanted: WantedAttrs): WantedAttrs {
    if (typeof wanted === "function") return wanted;
    const { profile } = this.device.product;
    const shown = displayValues(profile, wireValues(profile, wanted));
    const wide = Object.keys(wanted).filter((name) => findDatapoint(profile, name)?.dataType === "uint64");
    return { ...wanted, ...Object.fromEntries(wide.map((name) => [name, shown[name]])) };
  }

  #presence(state: "online" | "offline"): Expected {
    return this.#expected([`device.${state}`], `${state} state`, () => ({ differences: [], agreements: 0 }));
  }

  #frame(wanted: WantedFrame): Expected {
    const { attrs } = wanted;
    const { hops, words, compare } = describeWantedFrame(wanted);
    return { ...this.#expected(hops, words, compare), names: attrs === undefined ? [] : namesOf(attrs) };
  }

  #expected(hops: readonly string[], what: string, compare: Expected["compare"]): Expected {
    const name = `${this.device.product.name} ${this.device.did ?? this.device.mac}`;
    return { words: `${what.trim()} of ${name}`, hops, mac: this.device.mac, did: this.device.did, compare };
  }

  async #expect(kind: Kind, expected: Expected, options: Within): Promise<TraceEntry> {
    this.#requirePresent();
    const { trace } = this.#lab;
    const from = this.#from.get(kind) ?? 0;
    const entry = await this.#told(expectHop(this.#waiting, expected, from, spanOf(options)));
    const at = trace.from(from).indexOf(entry);
    this.#from.set(kind, trace.position - trace.from(from).length + at + 1);
    return entry;
  }

  #expectFromNow(expected: Expected, options: Within): Promise<TraceEntry> {
    this.#requirePresent();
    return this.#told(expectHop(this.#waiting, expected, this.#lab.trace.position, spanOf(options)));
  }

  #expectNo(unwanted: Expected, options: Within): Promise<void> {
    this.#requirePresent();
    const { trace, clock } = this.#lab;
    // What was done to the device at this very moment may have had its effect already.
    const position = this.#touched.at === clock.now() ? this.#touched.position : trace.position;
    return this.#told(expectNoHop(this.#waiting, unwanted, position, spanOf(options)));
  }

  async #told<T>(expectation: Promise<T>): Promise<T> {
    try {
      return await expectation;
    } catch (error) {
      this.#failed(error);
      throw error;
    }
  }

  #lookFromNow(...kinds: Kind[]): void {
    this.#touched = { position: this.#lab.trace.position, at: this.#lab.clock.now() };
    for (const kind of kinds.length === 0 ? (["report", "control", "frame"] as const) : kinds) {
      this.#from.set(kind, this.#lab.trace.position);
    }
  }

  #requirePresent(): void {
    if (this.#lab.devices.includes(this.device)) return;
    throw new GizlabError(
      "device-gone",
      `the ${this.device.product.name} ${this.device.did ?? ""} is no longer there`,
      {
        hint: "a reset or restore took it away; make another with lab.device",
      },
    );
  }
}

/** The span of `within`, 10 s unless given. Throws `duration-invalid`. */
function spanOf({ within = DEFAULT_WITHIN }: Within): Millis {
  return parseDuration(String(within));
}

function namesOf(wanted: WantedAttrs): readonly string[] {
  return typeof wanted === "function" ? [] : Object.keys(wanted);
}
