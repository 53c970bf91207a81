import { readFileSync, statSync } from "node:fs";

/** The group that a device file belongs to, and what it may do. */
export interface DeviceGroup {
  readonly name: string;
  readonly gid: number;
  /** As /etc/group has them; the group of a user's own is not listed there. */
  readonly members: readonly string[];
  /** True when the group may read and write the device. */
  readonly mayUse: boolean;
}

const READ_WRITE = 0o060;

/** The groups of a machine, as /etc/group writes them. */
export function parseGroups(text: string): { name: string; gid: number; members: string[] }[] {
  return text.split("\n").flatMap((line) => {
    const [name, , gid, members = ""] = line.split(":");
    return name === undefined || gid === undefined || name === ""
      ? []
      : [{ name, gid: Number(gid), members: members.split(",").filter((member) => member !== "") }];
  });
}

/** The group that owns a device; undefined where that cannot be told, as on Windows. */
export function findDeviceGroup(path: string): DeviceGroup | undefined {
  try {
    const { gid, mode } = statSync(path);
    const known = parseGroups(readFileSync("/etc/group", "utf8")).find((group) => group.gid === gid);
    return {
      name: known?.name ?? String(gid),
      gid,
      members: known?.members ?? [],
      mayUse: (mode & READ_WRITE) === READ_WRITE,
    };
  } catch {
    return undefined;
  }
}

/** How a user comes to be allowed to open a device, by the group that owns it. */
export function adviseGroup(path: string, group: DeviceGroup | undefined, user = "$USER"): string {
  const forNow = `sudo chmod a+rw ${path}, until it is unplugged`;
  if (group === undefined) return forNow;
  const { name, gid, members, mayUse } = group;
  if (gid === 0 || !mayUse) return `${path} belongs to group ${name}, which may not use it; ${forNow}`;
  if (members.includes(user)) {
    return `${path} belongs to group ${name}, and ${user} is in it from the next login on: log in again, or newgrp ${name}`;
  }
  return `${path} belongs to group ${name}: sudo usermod -aG ${name} ${user}, then log in again`;
}
