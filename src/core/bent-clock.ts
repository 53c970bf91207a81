import type { Clock, Timer } from "./clock.js";
import type { Millis } from "./duration.js";

/** How wrong a clock is. */
export interface BentClockState {
  readonly rate: number;
  readonly aheadMs: Millis;
}

/** A clock that is wrong: set forward or back, or too fast or slow. Straight until it is bent. */
export class BentClock implements Clock {
  readonly #inner: Clock;
  #rate = 1;
  /** What the inner clock and this one said when it was last bent. */
  #innerSince: Millis = 0;
  #ownSince: Millis = 0;

  constructor(inner: Clock) {
    this.#inner = inner;
  }

  get mode(): Clock["mode"] {
    return this.#inner.mode;
  }

  now(): Millis {
    return this.#isStraight ? this.#inner.now() : Math.round(this.#exact);
  }

  steady(): Millis {
    return this.#inner.steady();
  }

  setTimer(name: string, delayMs: Millis, action: () => void): Timer {
    if (this.#isStraight) return this.#inner.setTimer(name, delayMs, action);
    const timer = this.#inner.setTimer(name, delayMs / this.#rate, action);
    return { dueAt: this.now() + delayMs, cancel: () => timer.cancel() };
  }

  pending(): string[] {
    return this.#inner.pending();
  }

  hold(isCertain?: boolean): () => void {
    return this.#inner.hold(isCertain);
  }

  letGo(): void {
    this.#inner.letGo();
  }

  stir(): void {
    this.#inner.stir();
  }

  /** Moves the hands by `spanMs`; timers that are set keep their time. */
  shift(spanMs: Millis): void {
    this.#anchor();
    this.#ownSince += spanMs;
  }

  /** Runs `rate` times as fast from now on; 1 is right. */
  run(rate: number): void {
    this.#anchor();
    this.#rate = rate;
  }

  save(): BentClockState {
    return { rate: this.#rate, aheadMs: this.#exact - this.#inner.now() };
  }

  load({ rate, aheadMs }: BentClockState): void {
    this.#rate = 1;
    this.#innerSince = 0;
    this.#ownSince = 0;
    if (rate === 1 && aheadMs === 0) return;
    this.shift(aheadMs);
    this.run(rate);
  }

  get #isStraight(): boolean {
    return this.#rate === 1 && this.#innerSince === this.#ownSince;
  }

  /** Not rounded, so that bending and saving lose nothing. */
  get #exact(): Millis {
    return this.#ownSince + (this.#inner.now() - this.#innerSince) * this.#rate;
  }

  #anchor(): void {
    const own = this.#exact;
    this.#innerSince = this.#inner.now();
    this.#ownSince = own;
  }
}
