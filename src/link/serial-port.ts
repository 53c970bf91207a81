import { existsSync } from "node:fs";
import type { DarwinPortBinding, LinuxPortBinding } from "@serialport/bindings-cpp";
import type { SerialPort } from "serialport";
import { GizlabError } from "../core/errors.js";
import { adviseGroup, findDeviceGroup } from "./device-group.js";
import type { PortLink, SerialSettings } from "./port.js";
import { linkStream } from "./stream-link.js";
import { TtyStream } from "./tty-stream.js";

export interface SerialOptions {
  /** Two programs that read one port each get half of it. */
  readonly isExclusive: boolean;
}

/**
 * Opens a serial port or the far side of a pty. The control lines are left alone: a pty has none, and to some boards
 * they are the reset button. Rejects with `port-missing`, `port-denied`, `serial-busy`, `port-not-serial`, `serial-missing`.
 */
export async function openSerialPort(
  path: string,
  settings: SerialSettings,
  { isExclusive }: SerialOptions = { isExclusive: true },
): Promise<PortLink> {
  const port = await openSerial(path, settings, { isExclusive });
  const tty = ttyOf(port);
  if (tty !== undefined) {
    const stream = new TtyStream(tty);
    return linkStream({ name: path, readable: stream, writable: stream, release: () => stream.destroy() });
  }
  // Closing twice, or what the cable has closed already, is no mistake.
  const release = (): void => port.close(() => {});
  return linkStream({ name: path, readable: port, writable: port, release });
}

/** Opens and sets a serial port, and neither reads nor writes. Rejects as `openSerialPort` does. */
export async function openSerial(path: string, settings: SerialSettings, options: SerialOptions): Promise<SerialPort> {
  const port = await createSerialPort(path, settings, options.isExclusive);
  await new Promise<void>((resolve, reject) => {
    port.open((error) => (error ? reject(explainSerialError(path, error, existsSync(path))) : resolve()));
  });
  return port;
}

/** What stands behind an open port of Linux or macOS; undefined on Windows. */
export function ttyOf({ port: binding }: SerialPort): LinuxPortBinding | DarwinPortBinding | undefined {
  return binding !== undefined && "poller" in binding ? binding : undefined;
}

async function createSerialPort(path: string, settings: SerialSettings, lock: boolean): Promise<SerialPort> {
  const { baud: baudRate, dataBits, parity, stopBits } = settings;
  try {
    const { SerialPort } = await import("serialport");
    return new SerialPort({ path, baudRate, dataBits, parity, stopBits, lock, autoOpen: false });
  } catch (cause) {
    throw new GizlabError("serial-missing", "serialport has no native part for this machine", {
      hint: "npm rebuild @serialport/bindings-cpp builds it; a port of another machine can be had with tcp: or rfc2217:",
      cause,
    });
  }
}

/** What the words of the operating system, which is all that serialport passes on, mean for the person with the board. */
export function explainSerialError(path: string, error: Error, isThere: boolean): GizlabError {
  const { message } = error;
  const cause = { cause: error };
  if (/permission denied/i.test(message)) {
    const group = process.platform === "linux" ? findDeviceGroup(path) : undefined;
    const hint = adviseGroup(path, group, process.env.USER);
    return new GizlabError("port-denied", `this user may not open ${path}`, { hint, ...cause });
  }
  // Windows says "access denied" of a port that another program has open.
  if (/cannot lock|busy|access denied/i.test(message)) {
    const hint = "close the other program: a serial monitor, ModemManager, another gizlab";
    return new GizlabError("serial-busy", `another program has ${path} open`, { hint, ...cause });
  }
  if (!isThere || /no such|file not found|no such device/i.test(message)) {
    const hint = "gizlab ports lists what is plugged in";
    return new GizlabError("port-missing", `${path} is not there`, { hint, ...cause });
  }
  if (/inappropriate ioctl|not a (tty|character)|is a directory|directory/i.test(message)) {
    const hint = "gizlab ports lists the serial ports";
    return new GizlabError("port-not-serial", `${path} is no serial port`, { hint, ...cause });
  }
  return new GizlabError("port-failed", `${path} cannot be opened: ${message.replace(/^Error:?\s*/i, "")}`, cause);
}
