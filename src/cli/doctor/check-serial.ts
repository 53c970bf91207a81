import { adviseGroup, type DeviceGroup, parseGroups } from "../../lab/serial-ports.js";
import { type Finding, fine, warn } from "./finding.js";
import { findHolders, nameHolders } from "./holders.js";
import type { Machine } from "./machine.js";

const DEVICE_NAMES: Partial<Record<NodeJS.Platform, RegExp>> = {
  linux: /^tty(?:USB|ACM|AMA)\d+$/,
  darwin: /^cu\.(?:usb|wch|SLAB)/,
};
/** Debian's and Fedora's name, and Arch's. */
const SERIAL_GROUPS = ["dialout", "uucp"];
/** Services that open every new serial device to see what it is. */
const PRYING = /^(?:ModemManager|brltty)$/;

/** Everything about serial ports: who may use them, which there are, and who has them open. */
export function checkSerial(machine: Machine): Finding[] {
  const { platform } = machine;
  if (platform === "win32") return [fine("serial", "Windows shows serial ports in its device manager, as COM3")];
  const names = (machine.list("/dev") ?? []).filter((name) => DEVICE_NAMES[platform]?.test(name));
  const devices = names.sort().map((name) => `/dev/${name}`);
  const found = [...checkDevices(machine, devices), ...devices.flatMap((device) => checkBusy(machine, device))];
  return platform === "linux" ? [checkGroup(machine, devices), ...found, checkUdev(machine)] : found;
}

function checkGroup(machine: Machine, devices: readonly string[]): Finding {
  if (machine.uid === 0) return fine("serial-group", "root may use every serial port");
  const table = parseGroups(machine.read("/etc/group") ?? "");
  const owner = devices.map((device) => machine.groupOf(device)).find((gid) => gid !== undefined && gid !== 0);
  const group = table.find(({ gid }) => gid === owner) ?? table.find(({ name }) => SERIAL_GROUPS.includes(name));
  if (group === undefined) return fine("serial-group", "this system has no group for serial ports");
  const { name, gid, members } = group;
  if (machine.groups.includes(gid)) return fine("serial-group", `${machine.user} is in the group ${name}`);
  if (members.includes(machine.user)) {
    return warn("serial-group", `${machine.user} is in the group ${name} from the next login on`, `newgrp ${name}`);
  }
  const fix = `sudo usermod -aG ${name} ${machine.user}, then log out and in again`;
  return warn("serial-group", `${machine.user} is not in the group ${name}, which may use serial ports`, fix);
}

/** The group that owns a device; what it may do with it is not asked for. */
function ownerOf(machine: Machine, device: string): DeviceGroup | undefined {
  const gid = machine.groupOf(device);
  if (machine.platform !== "linux" || gid === undefined) return undefined;
  const known = parseGroups(machine.read("/etc/group") ?? "").find((group) => group.gid === gid);
  // Who is in the group already is kept away by something else.
  const mayUse = !machine.groups.includes(gid);
  return { name: known?.name ?? String(gid), gid, members: known?.members ?? [], mayUse };
}

function checkDevices(machine: Machine, devices: readonly string[]): Finding[] {
  if (devices.length === 0) {
    return [fine("serial-ports", "no serial adapter is plugged in (a container sees one with --device=/dev/ttyUSB0)")];
  }
  return devices.map((device) =>
    machine.mayReadAndWrite(device)
      ? fine("serial-ports", `${device} can be read and written`)
      : warn(
          "serial-ports",
          `${device} may not be used by ${machine.user}`,
          adviseGroup(device, ownerOf(machine, device), machine.user),
        ),
  );
}

function checkBusy(machine: Machine, device: string): Finding[] {
  if (machine.platform !== "linux") return [];
  const holders = findHolders(machine, (link) => link === device);
  const { programs, isPartial } = holders;
  if (programs.length === 0) {
    return [
      fine("serial-busy", isPartial ? `nobody that may be seen has ${device} open` : `nobody has ${device} open`),
    ];
  }
  const prying = programs.find(({ name }) => PRYING.test(name));
  const pids = programs.map(({ pid }) => pid).join(" ");
  const fix = prying === undefined ? `close it, or: kill ${pids}` : `sudo systemctl stop ${prying.name}`;
  return [warn("serial-busy", `${device} is in use by ${nameHolders(holders)}`, fix)];
}

function checkUdev(machine: Machine): Finding {
  if (machine.exists("/run/udev")) return fine("udev", "/run/udev is there: ports have stable names");
  return warn(
    "udev",
    "no /run/udev: a port has no stable name, and who made an adapter is not told",
    machine.exists("/.dockerenv")
      ? "start the container with -v /run/udev:/run/udev:ro"
      : "sudo apt-get install udev; in a container: -v /run/udev:/run/udev:ro",
  );
}
