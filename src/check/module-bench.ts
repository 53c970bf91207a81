import { CMD, findCommand } from "../codec/commands.js";
import { encodeFrame, type Frame } from "../codec/frame.js";
import type { RawValues } from "../codec/layout.js";
import { explainMistake } from "../codec/mistakes.js";
import { packNetworkTime } from "../codec/network-time.js";
import { packP0, unpackP0 } from "../codec/p0.js";
import { type FrameArrival, FrameSplitter, type WireForm } from "../codec/splitter.js";
import { explainTolerated, type Tolerated } from "../codec/tolerance.js";
import type { Clock } from "../core/clock.js";
import type { Millis } from "../core/duration.js";
import { GizlabError } from "../core/errors.js";
import { formatHexNumber } from "../core/hex.js";
import type { Profile } from "../profile/profile.js";
import { ArrivalWaits } from "./arrival-waits.js";
import type { AskOptions, Controlled, ControlOptions, ModuleBenchOptions } from "./bench-options.js";
import { isEqualValue } from "./limits.js";
import {
  type Arrival,
  type CheckWire,
  describePassage,
  isArrival,
  isReadReply,
  isReport,
  type Passage,
} from "./passage.js";

/** An answer that is not there by now does not come; when it should have come is a rule of its own. */
const ANSWER_MS = 1000;
/** A module sends a request again after this time, three times in all (uart.md 3). */
const RESEND_MS = 200;
export const TRANSMISSIONS = 3;
/** The found half of a verdict on a request that `ask` got nothing for. */
export const NO_ANSWER = `no answer to ${TRANSMISSIONS} transmissions`;
/** A longer answer is still on the line when a module would ask again. */
const SHORT_ANSWER_MS = 100;
/** An SDK reports in the loop that took the control over (uart.md 3.1). */
const REPORT_MS = 600;
/** How often a question is asked whose answer decides whether the MCU lives, three transmissions each. */
export const ROUNDS = 3;
const NO_PAYLOAD = new Uint8Array(0);
const HEADER = 0xff;
/** A board that does it wrong does so in the first of them. */
const MOST_NOTED = 1000;
const NO_FORM: WireForm = { bytes: NO_PAYLOAD, isUnstuffed: false, sharesHeader: false };
const DEFAULT_BAUD = 9600;
const BITS_PER_BYTE = 10;

/** The Wi-Fi module's end of the wire as a checker plays it: it asks, listens, and can send what no module would. */
export class ModuleBench {
  readonly clock: Clock;
  readonly profile: Profile;
  /** What a real wire and the operating system may add to any span. */
  readonly slackMs: Millis;
  readonly isQuick: boolean;
  /** False while the MCU's own messages stay unanswered. */
  isAcknowledging = true;
  /** How long the MCU waits for an answer before it sends a report again, once that has been seen. */
  resendMs: Millis | undefined;
  readonly #baud: number;
  /** What a long control and the report after it take on the line, and the slack. */
  readonly #lineMs: Millis;
  readonly #link: CheckWire;
  readonly #splitter: FrameSplitter;
  #raw: number[] = [];
  /** How the last frame stood on the wire, for it to get its last 55. */
  #lastForm: { form: WireForm } = { form: NO_FORM };
  #passages: Passage[] = [];
  /** Frames of the whole check that hold an FF, or that break a rule without being refused. */
  readonly #noted: Arrival[] = [];
  readonly #waits: ArrivalWaits;
  #sn = 0;
  #retries: string[] = [];

  constructor(options: ModuleBenchOptions) {
    const { link, clock, profile, baud = DEFAULT_BAUD, slackMs = 0, isQuick = false } = options;
    this.#link = link;
    this.clock = clock;
    this.#waits = new ArrivalWaits(clock);
    this.profile = profile;
    this.slackMs = slackMs;
    this.isQuick = isQuick;
    this.#baud = baud;
    this.#lineMs = this.lineTime(2 * profile.layout.fixed.statusLength) + slackMs;
    this.#splitter = new FrameSplitter({
      frame: (frame, _offset, arrival) => this.#receive(frame, arrival),
      settled: (arrival) => {
        this.#lastForm.form = arrival.form();
      },
      bad: ({ reason, bytes }) => {
        const copy = bytes.slice();
        const words = `bad frame (${reason}): ${explainMistake(copy, reason)}`;
        this.#passages.push({ at: this.now(), way: "up", words, wire: () => copy });
      },
    });
    link.onData((bytes) => {
      for (const byte of bytes) this.#raw.push(byte);
      this.#splitter.push(bytes);
    });
    link.onClose?.(() => this.#waits.end(describeGone()));
  }

  /** A point in time for spans, which nobody sets. */
  now(): Millis {
    return this.clock.steady();
  }

  /** How long bytes take on the wire. */
  lineTime(length: number): Millis {
    return (length * BITS_PER_BYTE * 1000) / this.#baud;
  }

  /** The frames since the check began that were accepted in spite of a mistake, with what is wrong in each. */
  get tolerated(): readonly { readonly arrival: Arrival; readonly mistake: Tolerated }[] {
    return this.#noted.flatMap((arrival) =>
      explainTolerated(arrival.frame, arrival.form(), "up").map((mistake) => ({ arrival, mistake })),
    );
  }

  /** A rule begins: what went over the wire before is forgotten. */
  begin(): void {
    this.isAcknowledging = true;
    this.#passages = [];
    this.#retries = [];
    this.#raw = [];
  }

  /** What went over the wire since `begin`. */
  get passages(): readonly Passage[] {
    return this.#passages;
  }

  /** The frames of the MCU since `begin`. */
  get arrivals(): readonly Arrival[] {
    return this.#passages.filter(isArrival);
  }

  /** Requests since `begin` that were answered only when they were sent again, in words. */
  get retries(): readonly string[] {
    return this.#retries;
  }

  /** Every byte of the MCU since `begin`. */
  get received(): Uint8Array {
    return Uint8Array.from(this.#raw);
  }

  /** Half a frame in the receiver is dropped, so that the next one is read. */
  forgetHalfFrame(): void {
    this.#splitter.clear();
  }

  /** Sends a frame; its sn. */
  send(cmd: number, payload: Uint8Array = NO_PAYLOAD, sn: number = this.nextSn()): number {
    this.write(encodeFrame({ cmd, sn, flags: 0, payload }), { cmd, sn, flags: 0, payload });
    return sn;
  }

  /** Sends bytes as they are. */
  write(bytes: Uint8Array, frame?: Frame): void {
    const words = frame === undefined ? "raw bytes" : describePassage(frame, this.profile);
    this.#passages.push({
      at: this.now(),
      way: "down",
      words,
      ...(frame === undefined ? {} : { frame }),
      wire: () => bytes,
    });
    this.#link.write(bytes);
  }

  /**
   * Sends a request as a module does, three times at most, and waits for the answer: a frame of the answering command,
   * whatever its sn, unless `isAnswer` says otherwise (uart.md 3).
   */
  async ask(cmd: number, payload?: Uint8Array, options: AskOptions = {}): Promise<Arrival | undefined> {
    const { sn = this.nextSn(), transmissions = TRANSMISSIONS } = options;
    const { isAnswer = ({ frame }: Arrival): boolean => frame.cmd === cmd + 1 } = options;
    const until = this.now() + ANSWER_MS + this.slackMs;
    const longMs = Math.max(0, this.lineTime(2 * this.profile.layout.fixed.statusLength) - SHORT_ANSWER_MS);
    const waitMs = RESEND_MS + longMs;
    for (let count = 1; count <= transmissions; count += 1) {
      const answer = this.next(isAnswer, count < transmissions ? waitMs : Math.max(waitMs, until - this.now()));
      this.send(cmd, payload, sn);
      const arrival = await answer;
      if (arrival === undefined) continue;
      if (count > 1)
        this.#retries.push(`${formatHexNumber(cmd)} was answered at transmission ${count} of ${transmissions}`);
      return arrival;
    }
    return undefined;
  }

  /** The next frame from the MCU that matches; undefined when none came in time. Rejects with `port-gone`. */
  next(
    matches: (arrival: Arrival) => boolean,
    withinMs: Millis = ANSWER_MS + this.#lineMs,
  ): Promise<Arrival | undefined> {
    return this.#waits.next(matches, withinMs);
  }

  /** Lets time pass. */
  async idle(ms: Millis): Promise<void> {
    await this.next(() => false, ms);
  }

  /** Sets datapoints as an app would, and waits for the report that may follow. */
  async control(values: Readonly<RawValues>, options: ControlOptions = {}): Promise<Controlled> {
    const from = this.#passages.length;
    await this.ask(CMD.p0Down, packP0(this.profile.layout, { kind: "control", values }), options);
    const says = (arrival: Arrival): boolean => isReport(arrival) && this.#holds(arrival, values);
    const sinceThen = (): Arrival[] => this.#passages.slice(from).filter(isArrival);
    const waitMs = options.changesNothing === true ? 0 : REPORT_MS + this.#lineMs;
    const report = sinceThen().find(says) ?? (await this.next(says, waitMs)) ?? sinceThen().findLast(isReport);
    return { report, values: report === undefined ? undefined : this.valuesOf(report) };
  }

  /** Everything the MCU answers to a read; undefined without a readable answer. */
  async read(): Promise<Readonly<RawValues> | undefined> {
    const payload = packP0(this.profile.layout, { kind: "read" });
    const arrival = await this.ask(CMD.p0Down, payload, { isAnswer: isReadReply });
    return arrival === undefined ? undefined : this.valuesOf(arrival);
  }

  /** The next report of datapoints. */
  nextReport(withinMs: Millis): Promise<Arrival | undefined> {
    return this.next(isReport, withinMs);
  }

  /** The datapoints of a report or read reply; undefined when it does not fit the profile. */
  valuesOf({ frame }: Arrival): Readonly<RawValues> | undefined {
    try {
      const content = unpackP0(this.profile.layout, frame.payload);
      return "values" in content ? content.values : undefined;
    } catch (error) {
      if (error instanceof GizlabError) return undefined;
      throw error;
    }
  }

  /** Whether the MCU still answers anything: the first question may be lost to what came before it. */
  async isAlive(): Promise<boolean> {
    this.forgetHalfFrame();
    this.isAcknowledging = true;
    for (let i = 0; i < ROUNDS; i += 1) if ((await this.ask(CMD.getDeviceInfo)) !== undefined) return true;
    return false;
  }

  /** Asks for so long until the MCU says anything, which one that has just got its power or its port may not at once; whether it does. */
  async wake(patienceMs: Millis): Promise<boolean> {
    const until = this.now() + patienceMs;
    while (this.received.length === 0 && this.now() < until) await this.ask(CMD.getDeviceInfo);
    // What it says about its start comes before the first rule.
    await this.idle(this.slackMs);
    return this.received.length > 0;
  }

  /** A sequence number for the next request; never FF, which has a rule of its own. */
  nextSn(): number {
    const sn = this.#sn;
    this.#sn = (sn + 1) % 0xff;
    return sn;
  }

  #receive(frame: Frame, onWire: FrameArrival): void {
    const last = { form: onWire.form() };
    this.#lastForm = last;
    const arrival: Arrival = {
      at: this.now(),
      way: "up",
      words: describePassage(frame, this.profile),
      frame,
      wire: () => last.form.bytes,
      form: () => last.form,
    };
    this.#passages.push(arrival);
    const isNoted = last.form.bytes.indexOf(HEADER, 2) > 0 || explainTolerated(frame, last.form, "up").length > 0;
    if (isNoted && this.#noted.length < MOST_NOTED) this.#noted.push(arrival);
    if (this.isAcknowledging) this.#acknowledge(frame);
    this.#waits.arrive(arrival);
  }

  #holds(arrival: Arrival, values: Readonly<RawValues>): boolean {
    const said = this.valuesOf(arrival);
    return said !== undefined && values.every((value, at) => value === undefined || isEqualValue(said[at], value));
  }

  #acknowledge({ cmd, sn }: Frame): void {
    const command = findCommand(cmd);
    if (command?.ack === undefined || command.sender === "module") return;
    this.send(command.ack, cmd === CMD.getNetworkTime ? packNetworkTime(this.clock.now()) : NO_PAYLOAD, sn);
  }
}

function describeGone(): GizlabError {
  return new GizlabError("port-gone", "the port has gone in the middle of the check", {
    hint: "was the cable pulled, or does the board cut its USB when it restarts?",
  });
}
