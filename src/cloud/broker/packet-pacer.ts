import type { Duplex } from "node:stream";
import { type IoTimer, ioNow, startIoTimer } from "../../core/io-timer.js";
import { assemblePackets } from "./packet-assembly.js";

const PUBLISH = 3;
/** Old modules read one packet a `recv` and drop the rest of the buffer (cloud.md 3.1). */
const GAP_MS = 5;
/** A stream of PUBACKs without a gap does not keep a PUBLISH back for longer. */
const PATIENCE_MS = 50;
/** What may wait for one device; more means that it does not read. */
const QUEUE_LIMIT = 256;

/**
 * Makes every PUBLISH to a device leave in a TCP write of its own, a few milliseconds after whatever was written
 * before (architecture.md 4). Everything else, such as PUBACK, passes at once.
 */
export function pacePublishes(conn: Duplex): void {
  const pacer = new PacketPacer(conn, conn.write.bind(conn));
  assemblePackets(conn, (packet) => pacer.send(packet));
}

class PacketPacer {
  readonly #conn: Duplex;
  readonly #write: (bytes: Uint8Array) => boolean;
  readonly #queue: Uint8Array[] = [];
  #timer: IoTimer | undefined;
  #lastWrite = 0;
  /** When the first of the queue goes out at the latest. */
  #deadline = 0;

  constructor(conn: Duplex, write: (bytes: Uint8Array) => boolean) {
    this.#conn = conn;
    this.#write = write;
    conn.once("close", () => this.#timer?.cancel());
  }

  /** Takes a whole packet. */
  send(packet: Uint8Array): boolean {
    if ((packet[0] ?? 0) >> 4 !== PUBLISH) return this.#sendNow(packet);
    this.#enqueue(packet);
    return true;
  }

  #enqueue(packet: Uint8Array): void {
    if (this.#queue.length >= QUEUE_LIMIT) {
      this.#conn.destroy(new Error("the device does not read its messages"));
      return;
    }
    this.#queue.push(packet);
    if (this.#timer !== undefined) return;
    this.#deadline = ioNow() + PATIENCE_MS;
    this.#wait();
  }

  #wait(): void {
    const restMs = Math.min(this.#lastWrite + GAP_MS, this.#deadline) - ioNow();
    this.#timer = startIoTimer(Math.ceil(Math.max(0, restMs)), () => this.#sendNext());
  }

  #sendNext(): void {
    this.#timer = undefined;
    if (this.#conn.destroyed) return;
    // Something else may have been written meanwhile.
    if (ioNow() < Math.min(this.#lastWrite + GAP_MS, this.#deadline)) return this.#wait();
    const packet = this.#queue.shift();
    if (packet === undefined) return;
    this.#sendNow(packet);
    if (this.#queue.length === 0) return;
    this.#deadline = ioNow() + PATIENCE_MS;
    this.#wait();
  }

  #sendNow(bytes: Uint8Array): boolean {
    this.#lastWrite = ioNow();
    return this.#write(bytes);
  }
}

/** The whole length of the MQTT packet that begins at `at`; undefined when too few of its bytes are there. */
export function readPacketLength(bytes: Uint8Array, at = 0): number | undefined {
  let length = 0;
  for (let i = 1; i <= 4; i += 1) {
    const byte = bytes[at + i];
    if (byte === undefined) return undefined;
    length += (byte & 0x7f) * 128 ** (i - 1);
    if (byte < 0x80) return i + 1 + length;
  }
  return Number.POSITIVE_INFINITY;
}
