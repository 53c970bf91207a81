import { closeSync, constants, openSync } from "node:fs";
import type { ReadStream } from "node:tty";
import { GizlabError } from "../core/errors.js";
import { DEFAULT_SERIAL_SETTINGS, type PortLink } from "./port.js";
import { openSerialPort } from "./serial-port.js";
import { linkStream } from "./stream-link.js";

/** The part of node-pty that its types leave out. */
interface PtyModule {
  readonly open: (options: { readonly encoding: null }) => {
    readonly ptsName: string;
    readonly master: ReadStream;
    readonly slave: ReadStream;
  };
}

/**
 * Makes a pseudo-terminal; another program opens its `path` as it would open a serial port, and may come and go.
 * Rejects with `pty-missing`.
 */
export async function makePtyPort(): Promise<PortLink> {
  const { ptsName: path, master, slave } = await openPair();
  // Node's stream would eat what is meant for the other program; a bare descriptor keeps the terminal alive without it.
  const held = openSync(path, constants.O_RDWR | constants.O_NOCTTY | constants.O_NONBLOCK);
  slave.on("error", () => {}).destroy();
  // serialport sets a terminal raw as a whole; Node leaves a CR before each LF.
  await new Promise<void>((resolve, reject) => {
    openSerialPort(path, DEFAULT_SERIAL_SETTINGS, { isExclusive: false }).then((once) => {
      once.onClose(resolve);
      once.close();
    }, reject);
  });
  const release = (): void => {
    master.destroy();
    closeSync(held);
  };
  return linkStream({ name: `pty ${path}`, path, readable: master, writable: master, release });
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
    return (pty.default ?? pty).open({ encoding: null });
  } catch (cause) {
    throw new GizlabError("pty-missing", "the optional package @lydell/node-pty is not installed", {
      hint: "npm install @lydell/node-pty, or use tcp-listen:port, or make a pair with socat and give one end",
      cause,
    });
  }
}
