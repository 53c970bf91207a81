import type { Duplex } from "node:stream";
import { readPacketLength } from "./packet-pacer.js";

/** The largest MQTT packet a client may send; the largest honest one carries a few kilobytes. */
export const MAX_PACKET_LENGTH = 64 * 1024;
const HEADER_LIMIT = 5;

export interface InboundEvents {
  /** Something was read. */
  bytes(chunk: Uint8Array): void;
  /** A packet announces more than `MAX_PACKET_LENGTH`. */
  tooLarge(length: number): void;
}

/**
 * Looks at what a client sends before aedes does: tells of every read, for keepalive, and cuts the connection as soon
 * as a packet announces more than `MAX_PACKET_LENGTH`, before anything is buffered for it.
 */
export function watchInbound(conn: Duplex, events: InboundEvents): void {
  const read = conn.read.bind(conn);
  /** The first bytes of a packet whose header a read has cut. */
  let cut: Uint8Array | undefined;
  /** Bytes of the current packet that are still to come. */
  let skip = 0;
  const inspect = (chunk: Uint8Array): boolean => {
    const bytes = cut === undefined ? chunk : Buffer.concat([cut, chunk]);
    cut = undefined;
    let at = skip;
    while (at < bytes.length) {
      const length = readPacketLength(bytes, at);
      if (length === undefined) {
        cut = bytes.slice(at);
        skip = 0;
        return cut.length < HEADER_LIMIT;
      }
      if (length > MAX_PACKET_LENGTH) {
        events.tooLarge(length);
        return false;
      }
      at += length;
    }
    skip = at - bytes.length;
    return true;
  };
  conn.read = (size?: number) => {
    const chunk = read(size) as Uint8Array | null;
    if (chunk === null) return null;
    events.bytes(chunk);
    if (inspect(chunk)) return chunk;
    conn.destroy(new Error("the packet is too large"));
    return null;
  };
}
