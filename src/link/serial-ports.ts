import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { guessUsbDevice } from "./usb-ids.js";

/** A serial port of this machine. USB ids are four lower-case hex digits. */
export interface SerialPortEntry {
  readonly path: string;
  readonly vendorId?: string;
  readonly productId?: string;
  readonly serialNumber?: string;
  readonly manufacturer?: string;
  /** What is probably plugged in. */
  readonly guess?: string;
}

export interface ListOptions {
  /** Where /dev and /sys are; another folder for tests. */
  readonly root?: string;
  readonly platform?: NodeJS.Platform;
  /** What asks the operating system elsewhere than on Linux. */
  readonly ask?: typeof askSystem;
}

/** Linux's names of UARTs with a plug. */
const PLUGGED = /^(ttyUSB|ttyACM|ttyXRUSB|ttyCH\d+USB|rfcomm)\d+$/;
/** Its names of UARTs that are soldered on, many of which are not there. */
const SOLDERED = /^tty(S|AMA|O|mxc|THS)\d+$/;
const MAC_NAME = /^cu\./;
/** macOS has these without any hardware. */
const MAC_VIRTUAL = /^cu\.(Bluetooth|debug-console|wlan-debug)/;

/** Lists the serial ports, the likeliest first. Needs neither udev nor serialport's native part; never throws. */
export async function listSerialPorts({
  root = "/",
  platform = process.platform,
  ask = askSystem,
}: ListOptions = {}): Promise<readonly SerialPortEntry[]> {
  const found = platform === "linux" ? listLinux(root) : await listElsewhere(root, ask);
  return found.map(withGuess).sort((a, b) => rank(a) - rank(b) || comparePaths(a.path, b.path));
}

/** Linux tells everything in /sys, also in a container without udev. */
function listLinux(root: string): SerialPortEntry[] {
  const names = readNames(join(root, "dev"));
  const plugged = names.filter((name) => PLUGGED.test(name));
  const soldered = names.filter((name) => SOLDERED.test(name) && isRealUart(join(root, "sys/class/tty", name)));
  const byId = readLinks(join(root, "dev/serial/by-id"));
  return [...plugged, ...soldered].map((name) => ({
    path: join(root, "dev", name),
    ...(readUsb(join(root, "sys/class/tty", name, "device")) ?? parseById(byId.get(name))),
  }));
}

/** The 8250 driver makes four ports whether they are there or not; those have type 0. */
function isRealUart(folder: string): boolean {
  const type = readText(join(folder, "type"));
  return type === undefined ? readNames(join(folder, "device")).length > 0 : type !== "0";
}

/** The USB device stands a few folders above its interface's tty. */
function readUsb(device: string): Partial<SerialPortEntry> | undefined {
  let folder: string;
  try {
    folder = realpathSync(device);
  } catch {
    return undefined;
  }
  for (let up = 0; up < 4; up += 1, folder = dirname(folder)) {
    const vendorId = readText(join(folder, "idVendor"));
    if (vendorId === undefined) continue;
    return compact({
      vendorId,
      productId: readText(join(folder, "idProduct")),
      serialNumber: readText(join(folder, "serial")),
      manufacturer: readText(join(folder, "manufacturer")),
    });
  }
  return undefined;
}

/** The name udev gives, `usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0`: maker first, serial number last. */
function parseById(name: string | undefined): Partial<SerialPortEntry> {
  const words = /^usb-(.+?)-if\d+/.exec(name ?? "")?.[1]?.split("_") ?? [];
  return words.length < 3 ? {} : compact({ manufacturer: words[0], serialNumber: words.at(-1) });
}

async function askSystem() {
  const { SerialPort } = await import("serialport");
  return SerialPort.list();
}

async function listElsewhere(root: string, ask: typeof askSystem): Promise<SerialPortEntry[]> {
  try {
    return (await ask()).map(({ path, vendorId, productId, serialNumber, manufacturer }) => ({
      // macOS: opening tty.* waits for a modem's carrier, cu.* does not.
      path: path.replace(/^\/dev\/tty\./, "/dev/cu."),
      ...compact({
        vendorId: vendorId?.toLowerCase(),
        productId: productId?.toLowerCase(),
        serialNumber,
        manufacturer,
      }),
    }));
  } catch {
    const names = readNames(join(root, "dev")).filter((name) => MAC_NAME.test(name) && !MAC_VIRTUAL.test(name));
    return names.map((name) => ({ path: join(root, "dev", name) }));
  }
}

function withGuess(entry: SerialPortEntry): SerialPortEntry {
  const { vendorId, productId = "" } = entry;
  return { ...entry, ...compact({ guess: vendorId && guessUsbDevice(vendorId, productId) }) };
}

/** A known adapter, then any USB device, then the rest. */
function rank({ guess, vendorId }: SerialPortEntry): number {
  if (guess !== undefined) return 0;
  return vendorId === undefined ? 2 : 1;
}

function comparePaths(a: string, b: string): number {
  return a.localeCompare(b, "en", { numeric: true });
}

function compact(entry: { readonly [Key in keyof SerialPortEntry]?: string | undefined }): Partial<SerialPortEntry> {
  return Object.fromEntries(
    Object.entries(entry).filter(([, value]) => value !== undefined && value !== ""),
  ) as Partial<SerialPortEntry>;
}

function readNames(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** What each link of a folder leads to, by the target's name. */
function readLinks(folder: string): ReadonlyMap<string, string> {
  const links = new Map<string, string>();
  for (const name of readNames(folder)) {
    try {
      links.set(basename(realpathSync(join(folder, name))), name);
    } catch {
      // It has been unplugged meanwhile.
    }
  }
  return links;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}
