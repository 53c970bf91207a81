import { describe, expect, it } from "vitest";
import {
  checkClock,
  checkNode,
  checkStore,
  checkTools,
  type StoreProbe,
} from "../../../../src/cli/doctor/check-platform.js";
import { checkPort, type KnownLab } from "../../../../src/cli/doctor/check-ports.js";
import { checkSerial } from "../../../../src/cli/doctor/check-serial.js";
import type { Finding } from "../../../../src/cli/doctor/finding.js";
import type { Machine } from "../../../../src/cli/doctor/machine.js";

interface MadeUp extends Partial<Omit<Machine, "read" | "list" | "link" | "tryPort">> {
  readonly files?: Readonly<Record<string, string>>;
  readonly folders?: Readonly<Record<string, readonly string[]>>;
  readonly links?: Readonly<Record<string, string>>;
  readonly port?: string;
}

/** A Linux machine of ada's on which there is nothing but what is named. */
function createMachine({ files = {}, folders = {}, links = {}, port, ...rest }: MadeUp = {}): Machine {
  return {
    platform: "linux",
    nodeVersion: "20.19.0",
    uid: 1000,
    user: "ada",
    groups: [1000],
    pathFolders: [],
    now: () => Date.UTC(2026, 0, 2),
    exists: (path) => path in files || path in folders,
    isFolder: (path) => path in folders,
    read: (path) => files[path],
    list: (path) => folders[path],
    link: (path) => links[path],
    mayReadAndWrite: () => false,
    mayMakeIn: () => false,
    mayExecute: () => false,
    groupOf: () => undefined,
    tryPort: () => Promise.resolve(port),
    ...rest,
  };
}

/** `status name: message | fix`, one a line. */
const brief = (findings: readonly Finding[]): string[] =>
  findings.map(
    ({ name, status, message, fix }) => `${status} ${name}: ${message}${fix === undefined ? "" : ` | ${fix}`}`,
  );
const named = (findings: readonly Finding[], name: string): string[] =>
  brief(findings.filter((finding) => finding.name === name));

describe("Node", () => {
  it.each([
    ["20.19.0", "ok"],
    ["20.20.2", "ok"],
    ["22.0.0", "ok"],
    ["20.18.9", "problem"],
    ["18.20.0", "problem"],
  ])("%s is %s", (nodeVersion, status) => {
    expect(checkNode(createMachine({ nodeVersion })).status).toBe(status);
  });
});

describe("the store", () => {
  const probe = (state: ReturnType<StoreProbe["probeStore"]>) => () =>
    Promise.resolve({ readSqliteVersion: () => "3.50.0", probeStore: () => state });
  const there = { folders: { "/d": [], "/": [] }, mayMakeIn: () => true };

  it("is a problem when the native part does not load, in one line", async () => {
    const findings = await checkStore(createMachine(there), "/d", () =>
      Promise.reject(new Error("Could not locate the bindings file.\n at x")),
    );
    expect(brief(findings)).toEqual([
      "problem sqlite: the native part of better-sqlite3 does not load: Could not locate the bindings file. | npm rebuild better-sqlite3, or npm ci",
      "ok data: /d can be written; its store was not looked at",
    ]);
  });

  it.each([
    [{ kind: "usable" }, /^ok data: \/d holds a store/],
    [{ kind: "absent" }, /^ok data: .*empty/],
    [{ kind: "newer", found: 9, expected: 3 }, /^problem data: .*schema 9, this one knows 3/],
    [{ kind: "broken", reason: "file is not a database" }, /^problem data: .*not a database.*mv \/d \/d\.broken/],
    [{ kind: "locked" }, /^warning data: \/d is in use by .*--memory/],
  ] as const)("that is %j is said so", async (state, line) => {
    expect(named(await checkStore(createMachine(there), "/d", probe(state)), "data")).toEqual([
      expect.stringMatching(line),
    ]);
  });

  it("says who has it", async () => {
    const machine = createMachine({
      folders: { "/d": [], "/proc": ["12", "self"], "/proc/12/fd": ["3"] },
      links: { "/proc/12/fd/3": "/d/gizlab.sqlite-wal" },
      files: { "/proc/12/cmdline": "/usr/bin/node\0/home/ada/gizlab/dist/cli/main.js\0up\0" },
      mayMakeIn: () => true,
    });
    expect(named(await checkStore(machine, "/d", probe({ kind: "locked" })), "data")).toEqual([
      expect.stringMatching(/in use by gizlab \(pid 12\)/),
    ]);
  });

  it("in a folder that cannot be written, or made, is a problem", async () => {
    const absent = probe({ kind: "absent" });
    const line = async (machine: MadeUp) => named(await checkStore(createMachine(machine), "/d/e", absent), "data")[0];
    expect(await line({ folders: { "/d/e": [] } })).toMatch(/^problem .*cannot be written by ada \| sudo chown/);
    expect(await line({ files: { "/d/e": "" } })).toMatch(/^problem .*no folder/);
    expect(await line({ folders: { "/": [] } })).toMatch(/^problem .*cannot be made: \/ cannot be written/);
    expect(await line({ folders: { "/": [] }, mayMakeIn: () => true })).toMatch(/^ok .*not there yet/);
  });
});

describe("a port", () => {
  // As Linux writes it: 075B is 1883, 0A is LISTEN; the tenth field is the inode.
  const tcp =
    "  sl  local_address rem_address   st\n   0: 0100007F:075B 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4711 1\n";
  const check = async (machine: MadeUp) =>
    brief([await checkPort(createMachine(machine), "mqtt-port", 1883, "--mqtt-port")])[0];
  const busy = (labs: readonly KnownLab[]) =>
    checkPort(createMachine({ port: "EADDRINUSE" }), "mqtt-port", 1883, "--mqtt-port", labs);

  it("is gizlab's own where a lab is known to listen there", async () => {
    const labs = [
      { pid: 7, folder: null, ports: [8089, 1884] },
      { pid: 12, folder: "/home/ada/.gizlab", ports: [8088, 1883] },
    ];
    expect(await busy(labs)).toEqual({
      name: "mqtt-port",
      status: "ok",
      message: "port 1883: gizlab itself runs there, pid 12, folder /home/ada/.gizlab",
    });
    expect(await busy([{ pid: 7, folder: null, ports: [1883] }])).toMatchObject({
      message: "port 1883: gizlab itself runs there, pid 7, in memory",
    });
    expect(await busy([])).toMatchObject({ status: "warning" });
  });

  it("that is free is fine", async () => {
    expect(await check({})).toBe("ok mqtt-port: port 1883 is free");
  });

  it("that is in use is named with the program that has it", async () => {
    const machine = {
      port: "EADDRINUSE",
      files: { "/proc/net/tcp": tcp, "/proc/77/comm": "mosquitto\n" },
      folders: { "/proc": ["77"], "/proc/77/fd": ["0", "4"] },
      links: { "/proc/77/fd/4": "socket:[4711]" },
    };
    expect(await check(machine)).toBe(
      "warning mqtt-port: port 1883 is in use by mosquitto (pid 77) | kill 77, or gizlab up --mqtt-port 0",
    );
  });

  it("says so when the program may not be seen", async () => {
    const machine = {
      port: "EADDRINUSE",
      files: { "/proc/net/tcp": tcp, "/proc/77": "" },
      folders: { "/proc": ["77"] },
    };
    expect(await check(machine)).toMatch(/in use by a program that this user may not see \| gizlab up --mqtt-port 0$/);
    expect(await check({ port: "EADDRINUSE" })).toMatch(/^warning .*in use by a program/);
  });

  it("that is refused for other reasons is said so", async () => {
    expect(await check({ port: "EACCES" })).toMatch(/needs more rights/);
    expect(await check({ port: "EADDRNOTAVAIL" })).toMatch(/\(EADDRNOTAVAIL\)/);
  });
});

describe("serial ports", () => {
  const group = (members: string) => ({ "/etc/group": `root:x:0:\ndialout:x:20:${members}\n` });

  it.each<[string, MadeUp, RegExp]>([
    ["root", { uid: 0 }, /^ok/],
    ["a member", { files: group("ada"), groups: [20] }, /^ok .*ada is in the group dialout/],
    ["a member since the login", { files: group("bob,ada") }, /^warning .*next login.*newgrp dialout/],
    ["nobody", { files: group("bob") }, /^warning .*\| sudo usermod -aG dialout ada/],
    ["nobody on Arch", { files: { "/etc/group": "uucp:x:986:\n" } }, /usermod -aG uucp ada/],
    ["a system without such groups", {}, /^ok .*no group/],
  ])("know %s", (_, machine, line) => {
    expect(named(checkSerial(createMachine(machine)), "serial-group")).toEqual([expect.stringMatching(line)]);
  });

  it("trust the group of the device more than a usual name", () => {
    const machine = createMachine({
      files: { "/etc/group": "dialout:x:20:ada\nplugdev:x:46:\n" },
      folders: { "/dev": ["ttyUSB0"] },
      groups: [20],
      groupOf: () => 46,
    });
    expect(named(checkSerial(machine), "serial-group")).toEqual([expect.stringMatching(/usermod -aG plugdev/)]);
  });

  it("are named with what may be done to them and who has them open", () => {
    const machine = createMachine({
      folders: {
        ...{ "/dev": ["null", "tty1", "ttyUSB0", "ttyACM1"], "/run/udev": [] },
        ...{ "/proc": ["5", "6", "7"], "/proc/5/fd": ["3"], "/proc/6/fd": ["9"] },
      },
      links: { "/proc/5/fd/3": "/dev/ttyUSB0", "/proc/6/fd/9": "/dev/ttyACM1" },
      files: { "/proc/5/comm": "minicom\n", "/proc/6/comm": "ModemManager\n" },
      mayReadAndWrite: (path) => path === "/dev/ttyUSB0",
    });
    expect(brief(checkSerial(machine)).slice(1)).toEqual([
      "warning serial-ports: /dev/ttyACM1 may not be used by ada | sudo chmod a+rw /dev/ttyACM1, until it is unplugged",
      "ok serial-ports: /dev/ttyUSB0 can be read and written",
      "warning serial-busy: /dev/ttyACM1 is in use by ModemManager (pid 6) | sudo systemctl stop ModemManager",
      "warning serial-busy: /dev/ttyUSB0 is in use by minicom (pid 5) | close it, or: kill 5",
      "ok udev: /run/udev is there: ports have stable names",
    ]);
  });

  it("are no trouble where nothing of them is there", () => {
    for (const platform of ["linux", "darwin", "win32"] as const) {
      expect(checkSerial(createMachine({ platform })).filter(({ status }) => status === "problem")).toEqual([]);
    }
  });
});

describe("the rest", () => {
  it("finds a clock that has lost its battery", () => {
    expect(checkClock(createMachine({ now: () => 0 }))[0]).toMatchObject({
      status: "problem",
      message: expect.stringContaining("1970") as string,
    });
    expect(checkClock(createMachine()).map(({ status }) => status)).toEqual(["ok", "ok"]);
  });

  it("takes optional tools for what they are", () => {
    const machine = createMachine({ pathFolders: ["/bin", "/opt"], mayExecute: (path) => path === "/opt/tmux" });
    expect(checkTools(machine).map(({ name, status }) => `${name} ${status}`)).toEqual([
      "socat warning",
      "tshark warning",
      "tmux ok",
    ]);
  });
});
