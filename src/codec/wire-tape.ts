import { MAX_PAYLOAD } from "./frame.js";

const HEADER_LENGTH = 2;
/** len, cmd, sn, flags and checksum. */
const BODY_OVERHEAD = 7;
const STUFFING = 0x55;
/** Every frame fits in, each of its bytes stuffed, and as much again before it. */
const KEPT = 4 * (MAX_PAYLOAD + BODY_OVERHEAD);

/**
 * The wire bytes of the frame that begins at `start`, stuffing included, by the length of its un-stuffed payload. The 55
 * behind a last FF is missing where it has not come yet.
 */
export function cutFrame(raw: readonly number[], start: number, payloadLength: number): Uint8Array {
  let at = start + HEADER_LENGTH;
  for (let left = payloadLength + BODY_OVERHEAD; left > 0; left -= 1) {
    at += raw[at] === 0xff && raw[at + 1] === STUFFING ? 2 : 1;
  }
  return Uint8Array.from(raw.slice(start, at));
}

/** The last bytes of a line, from which a frame can be had as it stood there, by the offset that a `FrameSplitter` tells. */
export class WireTape {
  #bytes: number[] = [];
  #start = 0;

  push(bytes: Uint8Array): void {
    if (this.#bytes.length > KEPT) this.#forget(this.#bytes.length - KEPT / 2);
    for (const byte of bytes) this.#bytes.push(byte);
  }

  /** The frame's bytes on the wire. A last FF has its 55, also where that is still to come. */
  cut(offset: number, payloadLength: number): Uint8Array {
    const wire = cutFrame(this.#bytes, offset - this.#start, payloadLength);
    return wire.at(-1) === 0xff ? Uint8Array.of(...wire, STUFFING) : wire;
  }

  #forget(count: number): void {
    this.#bytes = this.#bytes.slice(count);
    this.#start += count;
  }
}
