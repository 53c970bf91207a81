import { styleText } from "node:util";
import type { Clock, Timer } from "../../core/clock.js";
import type { Millis } from "../../core/duration.js";
import type { TraceEntry } from "../../core/trace.js";
import type { Output } from "../output.js";
import { escapeControls, keepEscapes } from "../terminal/safe-text.js";
import { FlawCounts } from "./flaw-counts.js";
import { findFlaws, isOnlyFlaw, isShownOnce } from "./flaws.js";
import { type Colour, describeHop, formatTime, MARK } from "./hop-line.js";
import { cutLine, wrapLines } from "./line-width.js";
import { tellHop } from "./tell-hop.js";

export interface EventLogOptions {
  /** Tells counts when nothing more happens; without it they wait for the next hop, or for `finish`. */
  readonly clock?: Clock;
  /** The columns of the terminal; undefined for a pipe, which gets whole lines. */
  readonly width?: () => number | undefined;
  readonly hasColour?: boolean;
  /** What is said of a hop in words; undefined leaves it out. JSON has it as it came. */
  readonly shorten?: (entry: TraceEntry) => TraceEntry | undefined;
}

/** The explanation of a flaw begins here; what does not fit in its line goes on below. */
const INDENT = 24;

/**
 * Writes the hops of a wire as they come: one line each, in one notation for bridge, mcu and sniff. A flaw is explained in
 * full the first time, on lines with `!`, and then counted: a board that is wrong is wrong many times a second.
 */
export class EventLog {
  readonly #output: Output;
  readonly #options: EventLogOptions;
  readonly #counts = new FlawCounts();
  #lastDown: string | undefined;
  #timer: Timer | undefined;

  constructor(output: Output, options: EventLogOptions = {}) {
    this.#output = output;
    this.#options = options;
  }

  show(seen: TraceEntry): void {
    const told = tellHop(seen, this.#output);
    const entry = this.#options.shorten === undefined ? told : this.#options.shorten(told);
    const flaws = entry === undefined ? [] : findFlaws(entry);
    const news = flaws.map((flaw) => this.#counts.take(flaw, seen.at)).filter((text) => text !== undefined);
    // A bad frame is one more of its kind, or it is shown.
    const isCounted = entry !== undefined && isShownOnce(entry) && news.length === 0;
    if (entry !== undefined && !isOnlyFlaw(entry.hop) && !isCounted) this.#line(entry);
    for (const text of news) this.#mark(seen.at, text);
    for (const text of this.#counts.due(seen.at)) this.#mark(seen.at, text);
    this.#armCounts();
  }

  /** Says how many flaws there were that nobody was told of. */
  finish(at: Millis): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const text of this.#counts.due(at, { isEnd: true })) this.#mark(at, text);
  }

  #armCounts(): void {
    const { clock } = this.#options;
    if (clock === undefined || this.#timer !== undefined) return;
    const { dueAt } = this.#counts;
    if (dueAt === undefined) return;
    this.#timer = clock.setTimer("counts of mistakes", Math.max(0, dueAt - clock.now()), () => {
      this.#timer = undefined;
      const now = clock.now();
      for (const text of this.#counts.due(now)) this.#mark(now, text);
      this.#armCounts();
    });
  }

  #line(entry: TraceEntry): void {
    const { way, text, colour } = describeHop(entry, this.#isAgain(entry));
    const line = `${way} ${text}`.trimEnd();
    const time = `${formatTime(entry.at)}  `;
    const room = this.#width();
    const cut = cutLine(escapeControls(line, { inLine: true }), room === undefined ? undefined : room - time.length);
    this.#output.line(`${this.#style("dim", time)}${this.#style(colour, cut)}`);
  }

  #mark(at: Millis, text: string): void {
    const line = `${formatTime(at)}  ${MARK} ${escapeControls(text, { inLine: true })}`;
    for (const each of wrapLines(line, this.#width(), INDENT)) this.#output.line(this.#style("yellow", each));
  }

  /** The same message of the module a second time: it had no answer in time (uart.md 3). */
  #isAgain({ hop, detail = {} }: TraceEntry): boolean {
    // An answer is sent again when the MCU has asked again, or has not counted its sn up.
    if (hop !== "uart.down" || Number(detail.cmd) % 2 === 0) return false;
    const message = `${detail.cmd} ${detail.sn} ${detail.hex}`;
    const isAgain = message === this.#lastDown && detail.cmd !== undefined;
    this.#lastDown = message;
    return isAgain;
  }

  #width(): number | undefined {
    return this.#options.width?.();
  }

  #style(colour: Colour, text: string): string {
    if (this.#options.hasColour !== true) return text;
    // Whether there is a terminal was asked before.
    return keepEscapes(styleText(colour, text, { validateStream: false }));
  }
}

/** A log for stdout: cut to the width of a terminal and coloured there, whole lines in a pipe. */
export function createEventLog(output: Output, options: Pick<EventLogOptions, "shorten" | "clock"> = {}): EventLog {
  const { stdout } = process;
  const isTerminal = stdout.isTTY === true;
  return new EventLog(output, {
    width: () => (isTerminal ? stdout.columns : undefined),
    hasColour: isTerminal && (process.env.NO_COLOR ?? "") === "",
    ...options,
  });
}
