import { once } from "node:events";
import { connect, type Socket } from "node:net";

/** A TCP connection whose reads are kept apart, as firmware sees them: one `recv` each. */
export interface RawSocket {
  readonly socket: Socket;
  /** What each 'data' event brought, oldest first. */
  readonly reads: readonly Buffer[];
  /** Resolves once `isEnough` holds for the reads so far. */
  until(isEnough: (reads: readonly Buffer[]) => boolean): Promise<readonly Buffer[]>;
}

/** Connects to a `scheme://host:port` of a lab. */
export async function openRawSocket(url: string): Promise<RawSocket> {
  const { hostname, port } = new URL(url);
  const socket = connect({ host: hostname, port: Number(port), noDelay: true });
  const reads: Buffer[] = [];
  socket.on("data", (bytes) => reads.push(bytes));
  await once(socket, "connect");
  return {
    socket,
    reads,
    async until(isEnough) {
      while (!isEnough(reads)) await once(socket, "data");
      return reads;
    },
  };
}
