import type { Frame } from "../codec/frame.js";
import type { Clock } from "../core/clock.js";
import type { Millis } from "../core/duration.js";
import type { KeyedTimers } from "../core/keyed-timers.js";
import { NOTHING_REPORTED, type ReportInput, type ReportRules, type ReportState, stepReport } from "./report-rules.js";

/** Called with true and the acknowledgement of a report, or with false when none came. */
export type ReportSettled = (answered: boolean, answer?: Frame) => void;

export interface ReporterOptions {
  readonly clock: Clock;
  readonly rules: ReportRules;
  readonly timers: Pick<KeyedTimers<"report">, "set" | "dueAt">;
  readonly isOn: () => boolean;
  /** Sends everything the datapoints hold. */
  readonly send: (settled?: ReportSettled) => void;
}

/** Decides by the rules when an MCU reports (uart.md 3.1), and keeps the timer for it. */
export class Reporter {
  /** False for an MCU that reports only when `report` is called. */
  isAutomatic = true;
  readonly #options: ReporterOptions;
  #state: ReportState = NOTHING_REPORTED;

  constructor(options: ReporterOptions) {
    this.#options = options;
  }

  get state(): ReportState {
    return this.#state;
  }

  /** Takes a saved state over; the timer is `arm`ed apart from it. */
  load(state: ReportState): void {
    this.#state = state;
  }

  /** Reports if the rules say so. */
  step(input: ReportInput): void {
    if (this.isAutomatic) this.#step(input);
  }

  /** Reports now, whatever the rules say. */
  report(settled?: ReportSettled): void {
    if (this.#options.isOn()) this.#step({ kind: "demanded" }, settled);
    else settled?.(false);
  }

  /** Looks again after a while. A timer that is due earlier is left: nothing is set anew for every report. */
  arm(at: Millis): void {
    const { timers, clock } = this.#options;
    const dueAt = timers.dueAt("report");
    if (dueAt !== undefined && dueAt <= at) return;
    timers.set("report", at - clock.now(), () => this.step({ kind: "woken" }));
  }

  #step(input: ReportInput, settled?: ReportSettled): void {
    const { clock, rules, isOn, send } = this.#options;
    if (!isOn()) return;
    const { state, shouldReport, wakeAt } = stepReport(rules, this.#state, input, clock.now());
    this.#state = state;
    this.arm(wakeAt);
    if (shouldReport) send(settled);
  }
}
