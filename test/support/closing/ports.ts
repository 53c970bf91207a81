import { createServer } from "node:net";
import { join } from "node:path";
import { openPort } from "../../../dist/link/open-port.js";
import type { PortLink } from "../../../dist/link/port.js";
import { openReconnecting } from "../../../dist/link/reconnecting.js";

/** Both ends of an open port. */
export interface PortEnds {
  readonly near: PortLink;
  /** Takes the far end away. */
  readonly cut: () => void;
}

/** A command that copies its input, and one that neither reads, writes nor obeys SIGTERM. */
const COPY = "exec:cat";
const DEAF = "exec:trap '' TERM; while :; do sleep 1; done";

/** Opens each kind of port, and something at its far end. `folder` is empty. */
export const PORTS: Readonly<Record<string, (folder: string) => Promise<PortEnds>>> = {
  pty: async () => {
    const near = await openPort("pty");
    const far = await openPort(near.path ?? "");
    return { near, cut: () => far.close() };
  },
  "pty without a far end": async () => ({ near: await openPort("pty"), cut: () => {} }),
  serial: async () => {
    const far = await openPort("pty");
    return { near: await openPort(far.path ?? ""), cut: () => far.close() };
  },
  "tcp-listen": async () => {
    const near = await openPort("tcp-listen:0");
    const far = await openPort(`tcp:127.0.0.1:${near.name.split(":")[1]}`);
    return { near, cut: () => far.close() };
  },
  tcp: async () => {
    const far = await openPort("tcp-listen:0");
    return { near: await openPort(`tcp:127.0.0.1:${far.name.split(":")[1]}`), cut: () => far.close() };
  },
  rfc2217: async () => {
    const far = await openPort("rfc2217-listen:0");
    return { near: await openPort(`rfc2217:127.0.0.1:${far.name.split(":")[1]}`), cut: () => far.close() };
  },
  unix: async (folder) => {
    const path = join(folder, "socket");
    // It never reads.
    const server = createServer({ pauseOnConnect: true }, (socket) => socket.on("error", () => {}));
    await new Promise<void>((resolve) => server.listen(path, resolve));
    server.unref();
    return { near: await openPort(`unix:${path}`), cut: () => server.close() };
  },
  exec: async () => ({ near: await openPort(COPY), cut: () => {} }),
  "exec of a program that ends by itself": async () => ({ near: await openPort("exec:sleep 0.3"), cut: () => {} }),
  "exec of a program that obeys nothing": async () => ({ near: await openPort(DEAF), cut: () => {} }),
  reconnecting: async () => {
    const far = await openPort("tcp-listen:0");
    return { near: await openReconnecting(`tcp:127.0.0.1:${far.name.split(":")[1]}`), cut: () => far.close() };
  },
};

const FLOOD = new Uint8Array(3_000_000);

/** What is done to the two ends before both are closed. */
export const ORDERS: Readonly<Record<string, (ends: PortEnds) => Promise<void>>> = {
  "near first": async ({ near, cut }) => {
    near.close();
    cut();
  },
  "far first, at once": async ({ near, cut }) => {
    cut();
    near.close();
  },
  "far first, then a pause": async ({ near, cut }) => {
    near.onData(() => {});
    cut();
    await pause();
    near.close();
  },
  "nobody ever reads, far first": async ({ near, cut }) => {
    cut();
    await pause();
    near.close();
  },
  "with unsent bytes, near first": async ({ near, cut }) => {
    near.write(FLOOD);
    await pause();
    near.close();
    cut();
  },
  "with unsent bytes, far first": async ({ near, cut }) => {
    near.onData(() => {});
    near.write(FLOOD);
    await pause();
    cut();
    await pause();
    near.close();
  },
  twice: async ({ near, cut }) => {
    near.onClose(() => near.close());
    near.close();
    near.close();
    near.write(FLOOD);
    cut();
  },
};

/** Long enough for what is under way on a quiet machine. */
function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, 60));
}
