import { closeSync, constants, openSync } from "node:fs";
import type { ReadStream } from "node:tty";
import { GizlabError } from "../core/errors.js";
import { DEFAULT_SERIAL_SETTINGS, type PortLink } from "./port.js";
import { openSerial, ttyOf } from "./serial-port.js";
import { linkStream } from "./stream-link.js";
import { type TtyPort, TtyStream } from "./tty-stream.js";

/** The part of node-pty that its types leave out. */
interface PtyModule {
  readonly open: (options: { readonly encoding: null }) => {
    readonly ptsName: string;
    /** Of the master. */
    readonly fd: number;
    readonly master: ReadStream;
    readonly slave: ReadStream;
  };
}

/**
 * Makes a pseudo-terminal; another program opens its `path` as it would open a serial port, and may come and go.
 * Rejects with `pty-missing`.
 */
export async function makePtyPort(): Promise<PortLink> {
  const { ptsName: path, fd, master, slave } = await openPair();
  // Node's stream would eat what is meant for the other program; a bare descriptor keeps the terminal alive without it.
  const held = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  slave.on("error", () => {}).destroy();
  const release = (): void => {
    master.destroy();
    closeSync(held);
  };
  try {
    const stream = new TtyStream(await watchMaster(fd, path, release));
    return linkStream({
      name: `pty ${path}`,
      path,
      readable: stream,
      writable: stream,
      release: () => stream.destroy(),
    });
  } catch (error) {
    release();
    throw error;
  }
}

/** Makes the terminal raw, and its master wait for both directions with serialport's means. */
async function watchMaster(fd: number, path: string, release: () => void): Promise<TtyPort> {
  // serialport sets a terminal raw as a whole; Node leaves a CR before each LF.
  const once = ttyOf(await openSerial(path, DEFAULT_SERIAL_SETTINGS, { isExclusive: false }));
  if (once === undefined) throw new TypeError("a pty is a tty");
  await once.close();
  const { LinuxPortBinding } = await import("@serialport/bindings-cpp");
  const { poller } = new LinuxPortBinding(fd, once.openOptions);
  const close = async (): Promise<void> => {
    poller.stop();
    poller.destroy();
    release();
  };
  return { fd, poller, close };
}

async function openPair(): Promise<ReturnType<PtyModule["open"]>> {
  if (process.platform === "win32") {
    throw new GizlabError("pty-missing", "Windows has no pseudo-terminals to open", {
      hint: "use tcp-listen:port, or a pair of COM ports made by com0com",
    });
  }
  try {
    // Optional: it is not installed where it has no binary.
    const pty = (await import("@lydell/node-pty")) as unknown as PtyModule & { readonly default?: PtyModule };
    const pair = (pty.default ?? pty).open({ encoding: null });
    // Node may keep the master, and not touch it: it writes there in a loop that stops everything until the other side
    // reads. It has been told to read already, and pausing it would come too late.
    pair.master._read = () => {};
    return pair;
  } catch (cause) {
    throw new GizlabError("pty-missing", "the optional package @lydell/node-pty is not installed", {
      hint: "npm install @lydell/node-pty, or use tcp-listen:port, or make a pair with socat and give one end",
      cause,
    });
  }
}
