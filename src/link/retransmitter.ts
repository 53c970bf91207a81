import type { Frame } from "../codec/frame.js";
import type { Clock, Timer } from "../core/clock.js";
import type { Millis } from "../core/duration.js";

/** A message that waits for its answer. */
export interface Transmission {
  readonly bytes: Uint8Array;
  readonly ackCmd: number;
  readonly sn: number;
  /** Instead of the usual wait for an answer. */
  readonly timeoutMs?: Millis | undefined;
  /** Part of a transfer: takes nobody's place and leaves its own to nobody. */
  readonly isOfTransfer?: boolean | undefined;
  /** Called with true and the answer, or with false when given up or replaced. */
  readonly settled?: ((answered: boolean, answer?: Frame) => void) | undefined;
}

export interface RetransmitterOptions {
  readonly clock: Clock;
  readonly write: (bytes: Uint8Array) => void;
  /** Wait for an answer after the last byte has left (uart.md 3: 200 ms). */
  readonly timeoutMs: Millis;
  /** How often a message is sent in all (uart.md 3: three times). */
  readonly transmissions: number;
  /** The module wants the sn echoed, the vendor's MCU code does not look at it (uart.md 3). */
  readonly matchSn: boolean;
  /** A new message takes the place of the waiting one (MCU), or queues behind it (module). */
  readonly whenBusy: "replace" | "queue";
  /** How long bytes take on the line. */
  readonly lineTime: (length: number) => Millis;
}

/** Newer modules keep 20 messages waiting (uart.md 3). */
const QUEUE_LIMIT = 20;

/**
 * Sends one message at a time and repeats it until it is answered.
 *
 *   idle --send--> waiting --answer--> idle
 *                    |  ^
 *            time-out|  |again, while transmissions are left
 *                    +--+--> given up --> idle
 */
export class Retransmitter {
  readonly #options: RetransmitterOptions;
  #waiting: { transmission: Transmission; left: number; timer: Timer } | undefined;
  readonly #queue: Transmission[] = [];

  constructor(options: RetransmitterOptions) {
    this.#options = options;
  }

  get isBusy(): boolean {
    return this.#waiting !== undefined;
  }

  /** What waits for its answer or its turn, oldest first. */
  get waiting(): readonly Transmission[] {
    return this.#waiting === undefined ? [] : [this.#waiting.transmission, ...this.#queue];
  }

  send(transmission: Transmission): void {
    if (this.#waiting === undefined) {
      this.#begin(transmission);
    } else if (this.#isReplacedBy(this.#waiting.transmission, transmission)) {
      const replaced = this.#waiting;
      replaced.timer.cancel();
      this.#begin(transmission);
      replaced.transmission.settled?.(false);
    } else if (this.#queue.length < QUEUE_LIMIT) {
      this.#queue.push(transmission);
    } else {
      transmission.settled?.(false);
    }
  }

  /** Offers a received frame; true when it was the awaited answer. */
  acknowledge(answer: Frame): boolean {
    const waiting = this.#waiting?.transmission;
    if (waiting === undefined || waiting.ackCmd !== answer.cmd) return false;
    if (this.#options.matchSn && waiting.sn !== answer.sn) return false;
    this.#settle(answer);
    this.#next();
    return true;
  }

  /** Forgets everything that waits. */
  clear(): void {
    for (const transmission of this.#queue.splice(0)) transmission.settled?.(false);
    this.#settle(undefined);
  }

  #isReplacedBy(waiting: Transmission, newcomer: Transmission): boolean {
    return this.#options.whenBusy === "replace" && waiting.isOfTransfer !== true && newcomer.isOfTransfer !== true;
  }

  #begin(transmission: Transmission): void {
    this.#waiting = {
      transmission,
      left: this.#options.transmissions - 1,
      timer: this.#armTimeout(transmission),
    };
    this.#options.write(transmission.bytes);
  }

  #armTimeout(transmission: Transmission): Timer {
    const { clock, lineTime } = this.#options;
    const { timeoutMs = this.#options.timeoutMs } = transmission;
    return clock.setTimer("ack", timeoutMs + lineTime(transmission.bytes.length), () => this.#timedOut());
  }

  #timedOut(): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    if (waiting.left === 0) {
      this.#settle(undefined);
      this.#next();
      return;
    }
    waiting.left -= 1;
    waiting.timer = this.#armTimeout(waiting.transmission);
    this.#options.write(waiting.transmission.bytes);
  }

  #settle(answer: Frame | undefined): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    waiting.timer.cancel();
    this.#waiting = undefined;
    waiting.transmission.settled?.(answer !== undefined, answer);
  }

  #next(): void {
    if (this.#waiting !== undefined) return;
    const next = this.#queue.shift();
    if (next !== undefined) this.#begin(next);
  }
}
