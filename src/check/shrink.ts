import { decodeFrame, encodeFrame } from "../codec/frame.js";

export interface ShrinkOptions<T> {
  /** Whether these items still fail; asked once at a time, each time from a fresh start. */
  readonly fails: (items: readonly T[]) => Promise<boolean>;
  /** Smaller forms of an item, the smallest first. */
  readonly shorten: (item: T) => Iterable<T>;
  /** How often `fails` may be asked. */
  readonly limit: number;
}

export interface Shrunk<T> {
  readonly items: readonly T[];
  readonly attempts: number;
  /** False when the limit was reached before nothing smaller failed. */
  readonly isSmallest: boolean;
}

/**
 * The smallest sequence to be found that still fails: items are dropped first, in halves and then one by one, then each is
 * shortened, until neither helps. `items` themselves are taken to fail.
 */
export async function shrinkSequence<T>(items: readonly T[], options: ShrinkOptions<T>): Promise<Shrunk<T>> {
  const shrinking = new Shrinking(items, options);
  while ((await shrinking.dropItems()) || (await shrinking.shortenItems())) {
    // Once more, until neither helps.
  }
  return shrinking.result;
}

class Shrinking<T> {
  readonly #options: ShrinkOptions<T>;
  #items: readonly T[];
  #attempts = 0;

  constructor(items: readonly T[], options: ShrinkOptions<T>) {
    this.#items = items;
    this.#options = options;
  }

  get result(): Shrunk<T> {
    return { items: this.#items, attempts: this.#attempts, isSmallest: this.#attempts < this.#options.limit };
  }

  /** Drops runs of items, long ones first; true when any could go. */
  async dropItems(): Promise<boolean> {
    const before = this.#items.length;
    for (let size = Math.ceil(before / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let at = 0; at < this.#items.length; ) {
        if (!(await this.#take(removeRun(this.#items, at, size)))) at += size;
      }
    }
    return this.#items.length < before;
  }

  /** Shortens each item as far as it goes; true when any did. */
  async shortenItems(): Promise<boolean> {
    let isShorter = false;
    for (let at = 0; at < this.#items.length; at += 1) while (await this.#shortenItem(at)) isShorter = true;
    return isShorter;
  }

  async #shortenItem(at: number): Promise<boolean> {
    for (const smaller of this.#options.shorten(this.#items[at] as T)) {
      if (this.#attempts >= this.#options.limit) return false;
      if (await this.#take(this.#items.with(at, smaller))) return true;
    }
    return false;
  }

  async #take(candidate: readonly T[]): Promise<boolean> {
    // What fails with nothing at all is no matter of the sequence.
    if (candidate.length === 0 || this.#attempts >= this.#options.limit) return false;
    this.#attempts += 1;
    if (!(await this.#options.fails(candidate))) return false;
    this.#items = candidate;
    return true;
  }
}

/** Shorter forms of bytes on a wire: a whole frame with less payload, and then the bytes with runs of them left out. */
export function* shortenBytes(bytes: Uint8Array): Generator<Uint8Array> {
  const frame = decodeFrame(bytes);
  if (frame !== undefined) {
    const { length } = frame.payload;
    for (const kept of new Set([0, length >> 2, length >> 1, length - 1])) {
      if (kept >= 0 && kept < length) yield encodeFrame({ ...frame, payload: frame.payload.subarray(0, kept) });
    }
  }
  for (let size = bytes.length >> 1; size >= 1; size >>= 1) {
    // From the end: a frame that is cut is easier to read than one without its head.
    for (let at = bytes.length - size; at >= 0; at -= size) yield Uint8Array.from(removeRun([...bytes], at, size));
  }
}

function removeRun<T>(items: readonly T[], at: number, size: number): T[] {
  return [...items.slice(0, at), ...items.slice(at + size)];
}
