import type { Duplex } from "node:stream";
import { type IoTimer, ioNow, startIoTimer } from "../../core/io-timer.js";

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
  conn.write = ((chunk: Uint8Array | string, ...rest: unknown[]) => {
    const callback = rest.find((item): item is () => void => typeof item === "function");
    if (callback !== undefined) setImmediate(callback);
    return pacer.write(typeof chunk === "string" ? Buffer.from(chunk, "utf8") : chunk);
  }) as Duplex["write"];
}

class PacketPacer {
  readonly #conn: Duplex;
  readonly #send: (bytes: Uint8Array) => boolean;
  /** What happens to the packet being written; mqtt-packet writes header, length, topic and payload apart. */
  #packet:
    | { readonly isPublish: boolean; readonly pieces: Uint8Array[]; have: number; need: number | undefined }
    | undefined;
  readonly #queue: Uint8Array[] = [];
  #timer: IoTimer | undefined;
  #lastWrite = 0;
  /** When the first of the queue goes out at the latest. */
  #deadline = 0;

  constructor(conn: Duplex, send: (bytes: Uint8Array) => boolean) {
    this.#conn = conn;
    this.#send = send;
    conn.once("close", () => this.#timer?.cancel());
  }

  /** Takes the pieces of one packet after another; a packet begins with a piece of its own. */
  write(chunk: Uint8Array): boolean {
    if (chunk.length === 0) return true;
    this.#packet ??= { isPublish: (chunk[0] ?? 0) >> 4 === PUBLISH, pieces: [], have: 0, need: undefined };
    const packet = this.#packet;
    packet.have += chunk.length;
    packet.pieces.push(chunk);
    packet.need ??= readPacketLength(packet.pieces.length === 1 ? chunk : Buffer.concat(packet.pieces));
    if (packet.need === undefined || packet.have < packet.need) return true;
    this.#packet = undefined;
    // One buffer is one plain write: for a PUBACK of three pieces that is cheaper than to gather them in the kernel.
    const whole = packet.pieces.length === 1 ? chunk : Buffer.concat(packet.pieces, packet.have);
    if (!packet.isPublish) return this.#sendNow(whole);
    this.#enqueue(whole);
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
    return this.#send(bytes);
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
