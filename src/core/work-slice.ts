import { ioNow } from "./io-timer.js";

/** The event loop is let go after this long. */
const SLICE_MS = 8;

/** Long work in slices of a few milliseconds of wall time, so that everything else gets its turn in between. */
export class WorkSlice {
  #start = ioNow();
  #worked = 0;

  /** Whether it is time to rest. */
  get isOver(): boolean {
    return ioNow() - this.#start >= SLICE_MS;
  }

  /** Milliseconds that it worked up to its last rest. */
  get workedMs(): number {
    return this.#worked;
  }

  /** Lets everything else that waits run, and begins the next slice. */
  async rest(): Promise<void> {
    this.#worked += ioNow() - this.#start;
    await this.wait();
    this.#start = ioNow();
  }

  /** What a rest waits for. */
  protected async wait(): Promise<void> {
    await new Promise<void>((resume) => setImmediate(resume));
  }
}
