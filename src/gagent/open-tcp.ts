import { connect } from "node:net";
import type { Duplex } from "node:stream";

/** Opens a TCP connection to a broker. */
export function openTcp(host: string, port: number): Duplex {
  return connect({ host, port, noDelay: true });
}
