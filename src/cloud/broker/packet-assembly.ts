import type { Duplex } from "node:stream";

/**
 * Gives `send` whole packets, where mqtt-packet writes header, length, topic and payload apart. A connection is not
 * corked any more: that would only keep each packet until the next tick.
 */
export function assemblePackets(conn: Duplex, send: (packet: Uint8Array) => boolean): void {
  const assembly = new PacketAssembly();
  (conn as { cork: unknown }).cork = undefined;
  conn.write = ((chunk: Uint8Array | string, encoding?: unknown, done?: unknown) => {
    if (typeof encoding === "function") setImmediate(encoding as () => void);
    if (typeof done === "function") setImmediate(done as () => void);
    const packet = assembly.add(typeof chunk === "string" ? Buffer.from(chunk, "utf8") : chunk);
    return packet === undefined || send(packet);
  }) as Duplex["write"];
}

/** Pieces up to this length are copied faster byte by byte. */
const SHORT = 16;

/** The packet that is being written. */
class PacketAssembly {
  #pieces: Uint8Array[] = [];
  #have = 0;
  #rest = 0;
  #weight = 1;
  /** Known once the last byte of the length has come. */
  #need: number | undefined;

  /** Takes the pieces of one packet after another; a packet begins with a piece of its own. Returns it when it is whole. */
  add(piece: Uint8Array): Uint8Array | undefined {
    if (piece.length === 0) return undefined;
    if (this.#need === undefined) this.#readLength(piece);
    this.#pieces.push(piece);
    this.#have += piece.length;
    if (this.#need === undefined || this.#have < this.#need) return undefined;
    const packet = this.#pieces.length === 1 ? piece : this.#join();
    this.#pieces = [];
    this.#have = 0;
    this.#rest = 0;
    this.#weight = 1;
    this.#need = undefined;
    return packet;
  }

  /** The length stands behind the first byte, seven bits a byte, the lowest first. */
  #readLength(piece: Uint8Array): void {
    for (let at = this.#have === 0 ? 1 : 0; at < piece.length; at += 1) {
      const byte = piece[at] as number;
      this.#rest += (byte & 0x7f) * this.#weight;
      this.#weight *= 128;
      if (byte >= 0x80) continue;
      this.#need = this.#have + at + 1 + this.#rest;
      return;
    }
  }

  #join(): Uint8Array {
    const packet = Buffer.allocUnsafe(this.#have);
    let at = 0;
    for (const piece of this.#pieces) {
      if (piece.length > SHORT) packet.set(piece, at);
      else for (let i = 0; i < piece.length; i += 1) packet[at + i] = piece[i] as number;
      at += piece.length;
    }
    return packet;
  }
}
