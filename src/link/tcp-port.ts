import { createConnection, createServer, type Socket } from "node:net";
import { GizlabError } from "../core/errors.js";
import { startIoTimer } from "../core/io-timer.js";
import type { PortLink } from "./port.js";
import { linkStream } from "./stream-link.js";

type SocketAddress = { readonly host: string; readonly port: number } | { readonly path: string };

const CONNECT_TIMEOUT_MS = 5000;
const LOOPBACK = "127.0.0.1";

/** How long a closed connection may take to send its last bytes to a peer that may not read. */
const FAREWELL_MS = 500;

/** A silent connection is asked after this time, and then each second, whether the other end is still there. */
const KEEPALIVE_MS = 1000;

/** Connects to a TCP port or a unix socket. Rejects with `port-missing`, `port-denied`, `port-unreachable`. */
export function connectPort(name: string, address: SocketAddress): Promise<PortLink> {
  return new Promise((resolve, reject) => {
    const socket = createConnection(address);
    const fail = (error: NodeJS.ErrnoException): void => {
      timer.cancel();
      socket.destroy();
      reject(explain(name, error));
    };
    const timer = startIoTimer(CONNECT_TIMEOUT_MS, () => fail(new Error("no answer in 5 s")), { keepAlive: true });
    socket.once("error", fail).once("connect", () => {
      timer.cancel();
      socket.off("error", fail);
      resolve(linkSocket(name, socket));
    });
  });
}

/**
 * Listens on the loopback for one client at a time; a second one is turned away while the first is there. The link
 * lives on between clients. Rejects with `port-busy`, `port-denied`.
 */
export function listenPort(scheme: string, port: number): Promise<PortLink> {
  let client: PortLink | undefined;
  let receiver: (bytes: Uint8Array) => void = () => {};
  let isClosed = false;
  const peerListeners: ((isThere: boolean) => void)[] = [];
  const closeListeners: (() => void)[] = [];
  const tellPeer = (): void => {
    for (const listener of peerListeners) listener(client !== undefined);
  };
  const server = createServer((socket) => {
    if (client !== undefined || isClosed) return void socket.on("error", () => {}).destroy();
    const own = linkSocket(scheme, socket);
    client = own;
    own.onClose(() => {
      client = undefined;
      tellPeer();
    });
    tellPeer();
    own.onData((bytes) => receiver(bytes));
  });
  const link = (name: string): PortLink => ({
    name,
    write: (bytes) => client?.write(bytes),
    onData(next) {
      receiver = next;
    },
    onClose(listener) {
      if (isClosed) listener();
      else closeListeners.push(listener);
    },
    onPeer(listener) {
      peerListeners.push(listener);
      listener(client !== undefined);
    },
    close() {
      if (isClosed) return;
      isClosed = true;
      server.close();
      client?.close();
      for (const listener of closeListeners.splice(0)) listener();
    },
  });
  return new Promise((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => {
      const taken = new GizlabError("port-busy", `TCP port ${port} is in use`, {
        hint: `another program listens there; take another number, or ${scheme}:0 for a free one`,
      });
      reject(error.code === "EADDRINUSE" ? taken : explain(`${scheme}:${port}`, error));
    });
    server.listen(port, LOOPBACK, () => {
      const address = server.address();
      resolve(link(`${scheme}:${typeof address === "object" ? address?.port : port}`));
    });
  });
}

function linkSocket(name: string, socket: Socket): PortLink {
  // A frame is small and an answer is waited for.
  socket.setNoDelay(true);
  // A serial server that loses its power says no goodbye.
  socket.setKeepAlive(true, KEEPALIVE_MS);
  const release = (): void => {
    socket.destroySoon();
    const cut = startIoTimer(FAREWELL_MS, () => socket.destroy());
    socket.once("close", () => cut.cancel());
  };
  return linkStream({ name, readable: socket, writable: socket, release });
}

function explain(name: string, error: NodeJS.ErrnoException): GizlabError {
  const cause = { cause: error };
  switch (error.code) {
    case "ENOENT":
      return new GizlabError("port-missing", `${name} is not there`, cause);
    case "EACCES":
      return new GizlabError("port-denied", `this user may not open ${name}`, cause);
    case "ECONNREFUSED":
      return new GizlabError("port-unreachable", `nobody listens at ${name}`, cause);
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new GizlabError("port-unreachable", `the host of ${name} is not known`, cause);
    default:
      return new GizlabError("port-unreachable", `${name} cannot be reached: ${error.code ?? error.message}`, cause);
  }
}
