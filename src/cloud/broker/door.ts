import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { createStreamPair } from "./stream-pair.js";

/** Somebody who has come in, and has not said yet who it is. */
export interface Arrival {
  readonly conn: Duplex;
  readonly ip: string;
  /** False for a stream of this process. */
  readonly isSocket: boolean;
}

/** Where connections come in, by TCP or without a port. Knows every one that is not closed yet, logged in or not. */
export class Door {
  readonly #take: (arrival: Arrival) => void;
  readonly #stir: () => void;
  readonly #open = new Set<Duplex>();
  #server: Server | undefined;

  /** @param stir called when a stream of this process is about to carry something */
  constructor(take: (arrival: Arrival) => void, stir: () => void) {
    this.#take = take;
    this.#stir = stir;
  }

  /** Listens on TCP. Resolves with the port; rejects with the system's error, such as EADDRINUSE. */
  listen(host: string, port: number): Promise<number> {
    const server = createServer((socket) => this.#admit(socket, socket));
    this.#server = server;
    return new Promise((resolve, reject) => {
      server.once("error", reject);
      server.listen(port, host, () => {
        server.off("error", reject);
        resolve((server.address() as AddressInfo).port);
      });
    });
  }

  /** A connection without a port: the client's end of a stream pair. */
  connect(): Duplex {
    const [near, far] = createStreamPair(this.#stir);
    this.#admit(far);
    return near;
  }

  /** Cuts every connection, and resolves when all are closed. */
  async clear(): Promise<void> {
    const ended = [...this.#open].map((conn) => new Promise((resolve) => conn.once("close", resolve)));
    for (const conn of this.#open) conn.destroy();
    await Promise.all(ended);
  }

  /** Listens no longer. Resolves when the last TCP connection has ended, which is left to others. */
  async stop(): Promise<void> {
    const server = this.#server;
    if (server !== undefined) await new Promise((resolve) => server.close(resolve));
  }

  #admit(conn: Duplex, socket?: Socket): void {
    socket?.setNoDelay(true);
    conn.on("error", () => {});
    this.#open.add(conn);
    const ip = (socket === undefined ? "127.0.0.1" : (socket.remoteAddress ?? "")).replace(/^::ffff:/, "");
    conn.once("close", () => this.#open.delete(conn));
    this.#take({ conn, ip, isSocket: socket !== undefined });
  }
}
