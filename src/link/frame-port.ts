import { decodeFrame, encodeFrame, type Frame } from "../codec/frame.js";
import { FrameSplitter } from "../codec/splitter.js";
import type { Clock } from "../core/clock.js";
import type { Millis } from "../core/duration.js";
import { formatHex, parseHex } from "../core/hex.js";
import type { Link } from "./link.js";
import { Retransmitter, type Transmission } from "./retransmitter.js";

export interface FramePortOptions {
  readonly clock: Clock;
  readonly link: Link;
  /** The module wants the sn echoed, the vendor's MCU code does not look at it (uart.md 3). */
  readonly matchSn: boolean;
  /** A new request takes the place of the waiting one (MCU), or queues behind it (module). */
  readonly whenBusy: "replace" | "queue";
  /** How long bytes take on the line; 0 without. */
  readonly lineTime?: ((length: number) => Millis) | undefined;
  /** False while the owner has no power: what arrives is not even looked at. */
  readonly isOn: () => boolean;
  /** A frame has come; call `acknowledge` if it may be an answer. */
  readonly frame: (frame: Frame) => void;
  /** A frame with a wrong checksum has come, with what it says of itself. */
  readonly badChecksum: (cmd: number, sn: number) => void;
}

/** What is special about a request. */
export interface RequestOptions {
  readonly flags?: number;
  /** Instead of the usual 200 ms. */
  readonly timeoutMs?: Millis;
  /** Part of a transfer, which begins anew after a restore: it is not saved, and queues even where others replace. */
  readonly isOfTransfer?: boolean;
}

/** What a port remembers, as plain JSON: requests that wait for their answer are sent again after a restore. */
export interface FramePortState {
  readonly sn: number;
  readonly waiting: readonly { readonly cmd: number; readonly payload: string }[];
}

/** The vendor's wait for an acknowledgement, and its three transmissions in all, on both sides (uart.md 3). */
const ACK_TIMEOUT_MS = 200;
const TRANSMISSIONS = 3;
const NO_PAYLOAD = new Uint8Array(0);

/** One end of a UART as frames: numbers requests, repeats them until they are answered, answers (uart.md 1, 3). */
export class FramePort {
  readonly #options: FramePortOptions;
  readonly #outgoing: Retransmitter;
  readonly #splitter: FrameSplitter;
  #sn = 0;
  /** Requests of a saved state that `resume` sends again. */
  #unsent: FramePortState["waiting"] = [];

  constructor(options: FramePortOptions) {
    this.#options = options;
    const { clock, link, matchSn, whenBusy, lineTime = () => 0 } = options;
    this.#outgoing = new Retransmitter({
      clock,
      write: (bytes) => link.write(bytes),
      timeoutMs: ACK_TIMEOUT_MS,
      transmissions: TRANSMISSIONS,
      matchSn,
      whenBusy,
      lineTime,
    });
    this.#splitter = new FrameSplitter({
      frame: options.frame,
      bad: ({ reason, bytes }) => {
        if (reason !== "checksum") return;
        // A stuffed len or cmd moves what stands behind it on the wire.
        const [cmd = 0, sn = 0] = bytes
          .filter((byte, at) => at < 3 || byte !== 0x55 || bytes[at - 1] !== 0xff)
          .subarray(4);
        options.badChecksum(cmd, sn);
      },
    });
    link.onData((bytes) => {
      if (options.isOn()) this.#splitter.push(bytes);
    });
  }

  /** Sends a message that wants an answer, and returns its sn; `settled` is told whether an answer came, and which. */
  request(
    cmd: number,
    payload: Uint8Array = NO_PAYLOAD,
    settled?: Transmission["settled"],
    { flags = 0, timeoutMs, isOfTransfer }: RequestOptions = {},
  ): number {
    const sn = this.#sn;
    this.#sn = (sn + 1) & 0xff;
    const bytes = encodeFrame({ cmd, sn, flags, payload });
    this.#outgoing.send({ bytes, ackCmd: cmd + 1, sn, timeoutMs, isOfTransfer, settled });
    return sn;
  }

  /** Sends an answer or a notice, once. */
  reply(cmd: number, sn: number, payload: Uint8Array = NO_PAYLOAD): void {
    this.#options.link.write(encodeFrame({ cmd, sn, flags: 0, payload }));
  }

  /** Offers a frame as an answer to the waiting request; true when it was. */
  acknowledge(frame: Frame): boolean {
    return this.#outgoing.acknowledge(frame);
  }

  /** Begins anew: the sn counts from 0, nothing waits any more, half a frame is forgotten. */
  reset(): void {
    this.#outgoing.clear();
    this.#splitter.clear();
    this.#unsent = [];
    this.#sn = 0;
  }

  save(): FramePortState {
    const frames = this.#outgoing.waiting
      .filter(({ isOfTransfer }) => isOfTransfer !== true)
      .map(({ bytes }) => decodeFrame(bytes))
      .filter((frame) => frame !== undefined);
    return {
      sn: (this.#sn - frames.length) & 0xff,
      waiting: frames.map(({ cmd, payload }) => ({ cmd, payload: formatHex(payload) })),
    };
  }

  /** Takes a saved state over; nothing is said before `resume`. */
  load({ sn, waiting }: FramePortState): void {
    this.reset();
    this.#sn = sn;
    this.#unsent = waiting;
  }

  /** Sends what was not answered before the save again, with its old sn. */
  resume(): void {
    const unsent = this.#unsent;
    this.#unsent = [];
    for (const { cmd, payload } of unsent) this.request(cmd, parseHex(payload));
  }
}
