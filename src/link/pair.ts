import type { Link } from "./link.js";

/** The two ends of a wire inside this process. What one end writes arrives at the other in a microtask. */
export function createLinkPair(): [Link, Link] {
  const left = new PairEnd();
  const right = new PairEnd();
  left.joinTo(right);
  right.joinTo(left);
  return [left, right];
}

/** A turn of the microtask queue; `queueMicrotask` would cost an async resource a write. */
const NOW = Promise.resolve();

class PairEnd implements Link {
  #other: PairEnd | undefined;
  #receiver: (bytes: Uint8Array) => void = () => {};
  readonly #closeListeners: (() => void)[] = [];
  #closed = false;

  joinTo(other: PairEnd): void {
    this.#other = other;
  }

  write(bytes: Uint8Array): void {
    if (this.#closed) return;
    void NOW.then(() => this.#other?.receive(bytes));
  }

  receive(bytes: Uint8Array): void {
    if (!this.#closed) this.#receiver(bytes);
  }

  onData(receiver: (bytes: Uint8Array) => void): void {
    this.#receiver = receiver;
  }

  onClose(listener: () => void): void {
    if (this.#closed) listener();
    else this.#closeListeners.push(listener);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#other?.close();
    for (const listener of this.#closeListeners.splice(0)) listener();
  }
}
