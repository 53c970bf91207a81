import { CMD, findCommand, nameFrame } from "../codec/commands.js";
import { encodeFrame, type Frame } from "../codec/frame.js";
import type { RawValues } from "../codec/layout.js";
import { explainMistake } from "../codec/mistakes.js";
import { packNetworkTime } from "../codec/network-time.js";
import { packP0, unpackP0 } from "../codec/p0.js";
import { FrameSplitter } from "../codec/splitter.js";
import { cutFrame } from "../codec/wire-tape.js";
import type { Clock } from "../core/clock.js";
import type { Millis } from "../core/duration.js";
import { GizlabError } from "../core/errors.js";
import { describeFrame } from "../profile/describe.js";
import type { Profile } from "../profile/profile.js";

/** The bytes to and from the MCU: a serial port, a socket, a wire in memory. */
export interface CheckWire {
  write(bytes: Uint8Array): void;
  onData(receiver: (bytes: Uint8Array) => void): void;
}

/** Something that went over the wire. Directions are seen from the device. */
export interface Passage {
  readonly at: Millis;
  readonly way: "up" | "down";
  readonly words: string;
  /** Absent for noise and broken frames. */
  readonly frame?: Frame;
  /** As it stood on the wire, stuffing included. */
  wire(): Uint8Array;
}

/** A frame from the MCU. */
export type Arrival = Passage & { readonly frame: Frame };

export interface ModuleBenchOptions {
  readonly link: CheckWire;
  readonly clock: Clock;
  readonly profile: Profile;
}

/** An answer that is not there by now does not come; when it should have come is a rule of its own. */
const ANSWER_MS = 1000;
/** An SDK reports in the loop that took the control over (uart.md 3.1). */
const REPORT_MS = 600;
const NO_PAYLOAD = new Uint8Array(0);

/** The Wi-Fi module's end of the wire as a checker plays it: it asks, listens, and can send what no module would. */
export class ModuleBench {
  readonly clock: Clock;
  readonly profile: Profile;
  /** False while the MCU's own messages stay unanswered. */
  isAcknowledging = true;
  /** What a long control and the report after it take on a line of 9600 baud. */
  readonly #lineMs: Millis;
  readonly #link: CheckWire;
  readonly #splitter: FrameSplitter;
  #raw: number[] = [];
  #rawStart = 0;
  #passages: Passage[] = [];
  #listeners = new Set<(arrival: Arrival) => void>();
  #sn = 0;

  constructor({ link, clock, profile }: ModuleBenchOptions) {
    this.#link = link;
    this.clock = clock;
    this.profile = profile;
    this.#lineMs = (2 * profile.layout.fixed.statusLength * 10 * 1000) / 9600;
    this.#splitter = new FrameSplitter({
      frame: (frame, offset) => this.#receive({ ...frame, payload: frame.payload.slice() }, offset),
      bad: ({ reason, bytes }) => {
        const copy = bytes.slice();
        const words = `bad frame (${reason}): ${explainMistake(copy, reason)}`;
        this.#passages.push({ at: clock.now(), way: "up", words, wire: () => copy });
      },
    });
    link.onData((bytes) => {
      for (const byte of bytes) this.#raw.push(byte);
      this.#splitter.push(bytes);
    });
  }

  /** A rule begins: what went over the wire before is forgotten. */
  begin(): void {
    this.isAcknowledging = true;
    this.#passages = [];
    this.#rawStart += this.#raw.length;
    this.#raw = [];
  }

  /** What went over the wire since `begin`. */
  get passages(): readonly Passage[] {
    return this.#passages;
  }

  /** The frames of the MCU since `begin`. */
  get arrivals(): readonly Arrival[] {
    return this.#passages.filter((passage): passage is Arrival => passage.way === "up" && passage.frame !== undefined);
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
  send(cmd: number, payload: Uint8Array = NO_PAYLOAD, sn: number = this.#nextSn()): number {
    this.write(encodeFrame({ cmd, sn, flags: 0, payload }), { cmd, sn, flags: 0, payload });
    return sn;
  }

  /** Sends bytes as they are. */
  write(bytes: Uint8Array, frame?: Frame): void {
    const words = frame === undefined ? "raw bytes" : this.#describe(frame);
    this.#passages.push({
      at: this.clock.now(),
      way: "down",
      words,
      ...(frame === undefined ? {} : { frame }),
      wire: () => bytes,
    });
    this.#link.write(bytes);
  }

  /** Sends a request and waits for a frame of the answering command, whatever its sn. */
  async ask(cmd: number, payload?: Uint8Array, sn?: number): Promise<Arrival | undefined> {
    const answer = this.next(({ frame }) => frame.cmd === cmd + 1, ANSWER_MS);
    this.send(cmd, payload, sn);
    return answer;
  }

  /** The next frame from the MCU that matches; undefined when none came in time. */
  next(
    matches: (arrival: Arrival) => boolean,
    withinMs: Millis = ANSWER_MS + this.#lineMs,
  ): Promise<Arrival | undefined> {
    return new Promise((resolve) => {
      const end = (arrival: Arrival | undefined): void => {
        this.#listeners.delete(listener);
        timer.cancel();
        resolve(arrival);
      };
      const listener = (arrival: Arrival): void => {
        if (matches(arrival)) end(arrival);
      };
      const timer = this.clock.setTimer("check", withinMs, () => end(undefined));
      this.#listeners.add(listener);
    });
  }

  /** Lets time pass. */
  async idle(ms: Millis): Promise<void> {
    await this.next(() => false, ms);
  }

  /** Sets datapoints as an app would, and waits for the report that may follow; its values, if one came. */
  async control(values: Readonly<RawValues>): Promise<Readonly<RawValues> | undefined> {
    const report = this.nextReport(REPORT_MS + this.#lineMs);
    this.send(CMD.p0Down, packP0(this.profile.layout, { kind: "control", values }));
    const arrival = await report;
    return arrival === undefined ? undefined : this.valuesOf(arrival);
  }

  /** Everything the MCU answers to a read; undefined without a readable answer. */
  async read(): Promise<Readonly<RawValues> | undefined> {
    const isReply = ({ frame }: Arrival) => nameFrame(frame.cmd, frame.payload) === "read-reply";
    const reply = this.next(isReply);
    this.send(CMD.p0Down, packP0(this.profile.layout, { kind: "read" }));
    const arrival = await reply;
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

  /** Whether the MCU still answers anything: asked three times, as a module does (uart.md 3). */
  async isAlive(): Promise<boolean> {
    this.forgetHalfFrame();
    this.isAcknowledging = true;
    for (let i = 0; i < 3; i += 1) if ((await this.ask(CMD.getDeviceInfo)) !== undefined) return true;
    return false;
  }

  #nextSn(): number {
    const sn = this.#sn;
    // FF has a rule of its own.
    this.#sn = (sn + 1) % 0xff;
    return sn;
  }

  #receive(frame: Frame, offset: number): void {
    const start = offset - this.#rawStart;
    const raw = this.#raw;
    const arrival: Arrival = {
      at: this.clock.now(),
      way: "up",
      words: this.#describe(frame),
      frame,
      // The 55 behind a last FF may not be there yet.
      wire: () => cutFrame(raw, start, frame.payload.length),
    };
    this.#passages.push(arrival);
    if (this.isAcknowledging) this.#acknowledge(frame);
    for (const listener of [...this.#listeners]) listener(arrival);
  }

  #acknowledge({ cmd, sn }: Frame): void {
    const command = findCommand(cmd);
    if (command?.ack === undefined || command.sender === "module") return;
    this.send(command.ack, cmd === CMD.getNetworkTime ? packNetworkTime(this.clock.now()) : NO_PAYLOAD, sn);
  }

  #describe(frame: Frame): string {
    const { name, sn, attrs, fields } = describeFrame(0, frame, this.profile);
    const content = attrs ?? fields;
    return `${name} sn ${sn}${content === undefined ? "" : ` ${JSON.stringify(content)}`}`;
  }
}

export function isReport({ frame }: Arrival): boolean {
  return frame.cmd === CMD.p0Up && nameFrame(frame.cmd, frame.payload) === "report";
}
