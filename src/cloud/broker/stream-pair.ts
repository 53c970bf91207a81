import { Duplex } from "node:stream";

/** Two connected streams; `moved` is told of every message. As with a socket, the end of one is the end of the other, once it has read what is left. */
export function createStreamPair(moved: () => void = () => {}): [Duplex, Duplex] {
  const near = new PairEnd(moved);
  const far = new PairEnd(moved);
  near.joinTo(far);
  far.joinTo(near);
  return [near, far];
}

/** Node's own pair hands over every piece of a corked write by itself, and does not tell the other side of a `destroy`. */
class PairEnd extends Duplex {
  readonly #moved: () => void;
  #other: PairEnd | undefined;
  #isEnded = false;
  /** A write of the other side that waits until this side has read. */
  #waiting: (() => void) | undefined;

  constructor(moved: () => void) {
    super();
    this.#moved = moved;
  }

  joinTo(other: PairEnd): void {
    this.#other = other;
  }

  override _read(): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, callback: () => void): void {
    this.#other?.deliver(chunk, callback);
  }

  override _writev(pieces: { chunk: Buffer }[], callback: () => void): void {
    this.#other?.deliver(Buffer.concat(pieces.map(({ chunk }) => chunk)), callback);
  }

  override _final(callback: () => void): void {
    this.#other?.finish();
    callback();
  }

  override _destroy(error: Error | null, callback: (error: Error | null) => void): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.();
    const other = this.#other;
    if (other !== undefined && !other.destroyed) {
      other.finish();
      other.once("end", () => other.destroy());
    }
    callback(error);
  }

  deliver(chunk: Buffer, callback: () => void): void {
    this.#moved();
    if (this.destroyed || this.#isEnded || this.push(chunk)) callback();
    else this.#waiting = callback;
  }

  finish(): void {
    if (this.#isEnded) return;
    this.#moved();
    this.#isEnded = true;
    this.push(null);
  }
}
