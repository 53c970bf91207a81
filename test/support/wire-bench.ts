import { VirtualClock } from "../../src/core/clock.js";
import { formatHex, parseHex } from "../../src/core/hex.js";
import type { Link } from "../../src/link/link.js";
import { createLinkPair } from "../../src/link/pair.js";

/** Something said on the wire, and when. */
export interface Saying {
  readonly at: number;
  readonly bytes: Uint8Array;
}

/** One end of a wire whose other end a test holds: what comes out is written down, what goes in is written by hand. */
export class WireBench {
  readonly clock: VirtualClock;
  /** The end for the device under test. */
  readonly link: Link;
  readonly #hand: Link;
  #heard: Saying[] = [];
  #answer: (bytes: Uint8Array) => void = () => {};

  constructor(startAt = Date.UTC(2026, 0, 1)) {
    this.clock = new VirtualClock(startAt);
    const [link, hand] = createLinkPair();
    this.link = link;
    this.#hand = hand;
    hand.onData((bytes) => {
      this.#heard.push({ at: this.clock.now(), bytes });
      this.#answer(bytes);
    });
  }

  /** Hex with capitals and spaces, as uart.md 6 writes it, of each message heard since the last look. */
  take(): string[] {
    return this.takeSayings().map(({ bytes }) => spellHex(bytes));
  }

  /** Milliseconds since `from` and message, of each heard since the last look. */
  takeTimed(from: number): [number, string][] {
    return this.takeSayings().map(({ at, bytes }) => [at - from, spellHex(bytes)]);
  }

  takeSayings(): Saying[] {
    return this.#heard.splice(0);
  }

  /** Calls `answer` with every message from now on. */
  answerWith(answer: (bytes: Uint8Array) => void): void {
    this.#answer = answer;
  }

  write(bytes: Uint8Array): void {
    this.#hand.write(bytes);
  }

  /** Writes hex and takes what is said at once in answer. */
  async ask(hex: string): Promise<string[]> {
    this.take();
    this.write(parseHex(hex));
    await this.clock.settle();
    return this.take();
  }
}

/** `ffff0005` as `FF FF 00 05`. */
export function spellHex(bytes: Uint8Array): string {
  return (formatHex(bytes).match(/../g) ?? []).join(" ").toUpperCase();
}
