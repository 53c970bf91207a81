import { CMD, REFUSAL } from "../../src/codec/commands.js";
import { encodeFrame, type Frame } from "../../src/codec/frame.js";
import type { RawValue, RawValues } from "../../src/codec/layout.js";
import { packP0, unpackP0 } from "../../src/codec/p0.js";
import { FrameSplitter } from "../../src/codec/splitter.js";
import type { Clock, Timer } from "../../src/core/clock.js";
import { GizlabError } from "../../src/core/errors.js";
import type { Link } from "../../src/link/link.js";
import { lineTime } from "../../src/link/paced.js";
import type { Datapoint, Profile } from "../../src/profile/profile.js";

/** How firmware differs from the plainest of the vendor's SDK, which takes every value that fits and resends after 200 ms. */
export interface Manners {
  readonly resendMs?: number;
  /** What comes instead of the unanswered report. */
  readonly resends?: "same bytes" | "other bytes" | "other sn" | "nothing";
  /** Whether a datapoint takes a value in a state; everything does without. */
  readonly takes?: (name: string, value: number, held: Readonly<Record<string, number>>) => boolean;
  /** A float of the profile that is cast instead of rounded comes back one less. */
  readonly cutsFloats?: boolean;
  readonly answerMs?: number;
  /** So many transmissions of each request are lost before one is heard. */
  readonly losesFirst?: number;
  readonly isWithoutNotices?: boolean;
  /** The sn of every notice; that of the refused frame without. */
  readonly noticeSn?: number;
  /** The error of every notice. */
  readonly noticeError?: number;
  /** The values of numbers at power-on; 0 without. */
  readonly bootValue?: number;
}

const NO_PAYLOAD = new Uint8Array(0);
const RESENDS = 2;
const BAUD = 9600;

/** Powers on an MCU as the vendor's SDK 3.3 makes it (uart.md 1.2, 2.2, 3, 3.1); cuts its power by the function that it gives. */
export function startSdkMcu(manners: Manners, options: { profile: Profile; clock: Clock; link: Link }): () => void {
  const mcu = new SdkMcu(manners, options.profile, options.clock, options.link);
  return () => mcu.stop();
}

class SdkMcu {
  readonly #manners: Manners;
  readonly #profile: Profile;
  readonly #clock: Clock;
  readonly #link: Link;
  readonly #values: RawValue[] = [];
  #reported: RawValues = [];
  #sn = 0;
  #waiting: { frame: Frame; count: number; timer: Timer } | undefined;
  #lost = { key: "", count: 0 };
  #isOn = true;

  constructor(manners: Manners, profile: Profile, clock: Clock, link: Link) {
    this.#manners = manners;
    this.#profile = profile;
    this.#clock = clock;
    this.#link = link;
    this.#boot();
    const splitter = new FrameSplitter({
      frame: (frame) => this.#hear(frame),
      bad: ({ reason, bytes }) => reason === "checksum" && this.#notice(REFUSAL.checksum, bytes[5] ?? 0),
    });
    link.onData((bytes) => this.#isOn && splitter.push(bytes));
  }

  stop(): void {
    this.#isOn = false;
    this.#waiting?.timer.cancel();
  }

  #boot(): void {
    const { bootValue = 0 } = this.#manners;
    for (const { index, dataType, width } of this.#profile.datapoints) {
      const number = dataType.startsWith("uint") ? bootValue : 0;
      this.#values[index] = dataType === "binary" ? new Uint8Array(width) : number;
    }
    this.#reported = [...this.#values];
  }

  #hear(frame: Frame): void {
    const { losesFirst = 0, answerMs = 0 } = this.#manners;
    const key = `${frame.cmd} ${frame.sn}`;
    this.#lost = key === this.#lost.key ? { key, count: this.#lost.count + 1 } : { key, count: 1 };
    if (this.#lost.count <= losesFirst && frame.cmd % 2 === 1) return;
    this.#lost = { key: "", count: 0 };
    const copy = { ...frame, payload: frame.payload.slice() };
    if (answerMs === 0) this.#take(copy);
    else this.#clock.setTimer("sdk", answerMs, () => this.#isOn && this.#take(copy));
  }

  #take({ cmd, sn, payload }: Frame): void {
    switch (cmd) {
      case CMD.getDeviceInfo:
        return this.#send(CMD.deviceInfo, this.#deviceInfo(), sn);
      case CMD.p0Down:
        return this.#takeP0(sn, payload);
      case CMD.heartbeat:
      case CMD.wifiStatus:
        return this.#send(cmd + 1, NO_PAYLOAD, sn);
      case CMD.rebootMcu:
        this.#send(CMD.rebootMcuAck, NO_PAYLOAD, sn);
        return this.#boot();
      case CMD.p0UpAck:
        // The sn is not looked at (uart.md 3).
        this.#waiting?.timer.cancel();
        this.#waiting = undefined;
        return;
      case CMD.illegalFromModule:
      case CMD.networkTime:
        return;
      default:
        return this.#notice(REFUSAL.unknownCommand, sn);
    }
  }

  #takeP0(sn: number, payload: Uint8Array): void {
    const content = this.#unpack(payload);
    if (content?.kind === "read") {
      // An enum without a label makes the whole frame fail (uart.md 3.1).
      if (this.#isMute) return;
      const values = this.#reported;
      return this.#send(CMD.p0DownAck, packP0(this.#profile.layout, { kind: "read-reply", values }), sn);
    }
    this.#send(CMD.p0DownAck, NO_PAYLOAD, sn);
    if (content?.kind !== "control") return;
    for (const point of this.#profile.datapoints) this.#set(point, content.values[point.index]);
    this.#reportChange();
  }

  #set(point: Datapoint, value: RawValue | undefined): void {
    if (point.access !== "writable" || value === undefined) return;
    if (typeof value !== "number") {
      this.#values[point.index] = value;
      return;
    }
    const { takes = () => true, cutsFloats = false } = this.#manners;
    const held = Object.fromEntries(
      this.#profile.datapoints.map(({ name, index }) => [name, Number(this.#values[index] ?? 0)]),
    );
    if (!takes(point.name, value, held)) return;
    const isCut = cutsFloats && !Number.isInteger(point.ratio) && value > 0;
    this.#values[point.index] = isCut ? value - 1 : value;
  }

  get #isMute(): boolean {
    return this.#profile.datapoints.some(
      ({ dataType, labels, index }) => dataType === "enum" && Number(this.#values[index]) >= labels.length,
    );
  }

  #reportChange(): void {
    const values = [...this.#values];
    const isChanged = values.some((value, index) => String(value) !== String(this.#reported[index]));
    if (!isChanged || this.#isMute) return;
    this.#reported = values;
    const payload = packP0(this.#profile.layout, { kind: "report", values });
    this.#request({ cmd: CMD.p0Up, sn: this.#nextSn(), flags: 0, payload });
  }

  /** A single slot: a new message takes the place of the one that waits (uart.md 3). */
  #request(frame: Frame): void {
    this.#waiting?.timer.cancel();
    const wire = encodeFrame(frame);
    this.#link.write(wire);
    // The SDK's write returns when the last byte is out.
    const waitMs = (this.#manners.resendMs ?? 200) + lineTime(wire.length, BAUD);
    const wait = (count: number): void => {
      const timer = this.#clock.setTimer("sdk", waitMs, () => this.#resend(frame, count, wait));
      this.#waiting = { frame, count, timer };
    };
    wait(0);
  }

  #resend(frame: Frame, count: number, wait: (count: number) => void): void {
    this.#waiting = undefined;
    if (count === RESENDS || !this.#isOn) return;
    const { resends = "same bytes" } = this.#manners;
    if (resends === "nothing") return;
    const payload = frame.payload.slice();
    if (resends === "other bytes") payload[payload.length - 1] = (payload.at(-1) ?? 0) ^ 1;
    this.#link.write(encodeFrame({ ...frame, payload, sn: resends === "other sn" ? this.#nextSn() : frame.sn }));
    wait(count + 1);
  }

  #notice(error: number, sn: number): void {
    const { isWithoutNotices = false, noticeSn = sn, noticeError = error } = this.#manners;
    if (!isWithoutNotices) this.#send(CMD.illegalFromMcu, Uint8Array.of(noticeError), noticeSn);
  }

  #send(cmd: number, payload: Uint8Array, sn: number): void {
    this.#link.write(encodeFrame({ cmd, sn, flags: 0, payload }));
  }

  #nextSn(): number {
    this.#sn = (this.#sn + 1) & 0xff;
    return this.#sn;
  }

  /** Byte 7 of the attributes is 02, whatever the length of datapoints (uart.md 2.2). */
  #deviceInfo(): Uint8Array {
    const text = `00000004000000020301010003030000${this.#profile.productKey}`;
    const payload = new Uint8Array(106);
    payload.set(Buffer.from(text, "ascii"));
    payload[73] = 0x02;
    return payload.fill(0x30, 74);
  }

  #unpack(payload: Uint8Array) {
    try {
      return unpackP0(this.#profile.layout, payload);
    } catch (error) {
      if (error instanceof GizlabError) return undefined;
      throw error;
    }
  }
}
