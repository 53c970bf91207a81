import type { Clock } from "../../core/clock.js";
import type { Millis } from "../../core/duration.js";
import type { TraceDetail, TraceEntry } from "../../core/trace.js";
import { createEventLog, type EventLog } from "../events/event-log.js";
import type { Output } from "../output.js";

/** A question is sent three times (uart.md 3). */
const SHOWN_QUESTIONS = 3;

/** Where a module is not trying to reach the cloud. */
const SETTLED: ReadonlySet<string> = new Set(["online", "off", "asking", "configuring"]);

/**
 * Shows the hops of a board as they come. In words, what is no news is left out: the same trouble again, until the
 * device has been online, the question for device info, five times a second, until the board says anything, and
 * datapoints that a report says again. A product_secret is never shown: logs are passed on.
 */
export class BoardLog {
  readonly #output: Output;
  readonly #log: EventLog;
  #lastTrouble: unknown;
  #questions = 0;
  /** What the board's reports have said since it told who it is. */
  #reported: Readonly<Record<string, unknown>> = {};

  constructor(output: Output, clock?: Clock) {
    this.#output = output;
    this.#log = createEventLog(output, {
      ...(clock === undefined ? {} : { clock }),
      shorten: (entry) => (this.#isNews(entry.hop, entry.detail ?? {}) ? this.#shorten(entry) : undefined),
    });
  }

  show(entry: TraceEntry): void {
    this.#log.show(entry);
  }

  /** Says what was only counted. */
  finish(at: Millis): void {
    this.#log.finish(at);
  }

  /** A report says every datapoint each time; in words those that are as before are only counted. */
  #shorten(entry: TraceEntry): TraceEntry {
    const { hop, detail = {} } = entry;
    if (hop !== "uart.up") return entry;
    if (detail.name === "device-info") this.#reported = {};
    const { attrs } = detail;
    if (detail.name !== "report" || typeof attrs !== "object" || attrs === null) return entry;
    const known = this.#reported;
    const values = Object.entries(attrs);
    const changed = values.filter(([name, value]) => known[name] !== value);
    this.#reported = { ...known, ...attrs };
    const asBefore = values.length - changed.length;
    if (asBefore === 0) return entry;
    const marks = Object.entries(detail.out_of_range ?? {}).filter(([name]) =>
      changed.some(([other]) => other === name),
    );
    const news = { attrs: Object.fromEntries(changed), out_of_range: Object.fromEntries(marks) };
    return { ...entry, detail: { ...detail, ...news, as_before: asBefore } };
  }

  #isNews(hop: string, { name, state, message }: TraceDetail): boolean {
    if (hop === "uart.down" && name === "get-device-info") {
      this.#questions += 1;
      if (this.#questions === SHOWN_QUESTIONS + 1)
        this.#output.note("gizlab: the board has not answered yet; asking on");
      return this.#questions <= SHOWN_QUESTIONS;
    }
    if (hop === "uart.up") this.#questions = 0;
    if (hop === "module.state" && SETTLED.has(String(state))) this.#lastTrouble = undefined;
    // Each further attempt to reach the cloud would be told otherwise.
    if (hop === "module.state") return this.#lastTrouble === undefined;
    if (hop !== "module.trouble") return true;
    const isNew = message !== this.#lastTrouble;
    this.#lastTrouble = message;
    return isNew;
  }
}
