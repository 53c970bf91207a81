import { describe, expect, it } from "vitest";
import { adviseGroup, findDeviceGroup, parseGroups } from "../../../src/link/device-group.js";

const UUCP = { name: "uucp", gid: 986, members: ["bob"], mayUse: true };

describe("the group that owns a device", () => {
  it("is named, with the command that lets a user in", () => {
    expect(adviseGroup("/dev/ttyUSB0", UUCP, "ada")).toBe(
      "/dev/ttyUSB0 belongs to group uucp: sudo usermod -aG uucp ada, then log in again",
    );
    expect(adviseGroup("/dev/ttyUSB0", { ...UUCP, name: "dialout" })).toContain("usermod -aG dialout $USER");
  });

  it("is told apart where a group does not help: in it since the login, root's, without rights, not known", () => {
    expect(adviseGroup("/dev/ttyUSB0", UUCP, "bob")).toMatch(/from the next login on: .*newgrp uucp/);
    for (const group of [{ ...UUCP, gid: 0, name: "root" }, { ...UUCP, mayUse: false }, undefined]) {
      expect(adviseGroup("/dev/ttyUSB0", group, "ada")).toContain("sudo chmod a+rw /dev/ttyUSB0");
    }
  });

  it("is read from the device and /etc/group", () => {
    expect(parseGroups("root:x:0:\ndialout:x:20:ada,bob\n\n")).toEqual([
      { name: "root", gid: 0, members: [] },
      { name: "dialout", gid: 20, members: ["ada", "bob"] },
    ]);
    expect(findDeviceGroup("/dev/no-such-device")).toBeUndefined();
    if (process.platform === "linux") expect(findDeviceGroup("/dev/null")).toMatchObject({ gid: 0, mayUse: true });
  });
});
