import { dirname, join, resolve } from "node:path";
import type { StoreState } from "../../lab/store-probe.js";
import { type Finding, fail, fine, warn } from "./finding.js";
import { findHolders, nameHolders } from "./holders.js";
import type { Machine } from "./machine.js";

const LEAST_NODE = [20, 19] as const;
const SANE_YEARS = { from: 2025, to: 2100 } as const;

/** What gizlab asks its store of. */
export interface StoreProbe {
  readSqliteVersion(): string;
  probeStore(folder: string): StoreState;
}

/** Node 20.19 or newer. */
export function checkNode({ nodeVersion }: Machine): Finding {
  const [major = 0, minor = 0] = nodeVersion.split(".").map(Number);
  const [leastMajor, leastMinor] = LEAST_NODE;
  const isEnough = major > leastMajor || (major === leastMajor && minor >= leastMinor);
  if (isEnough) return fine("node", `Node ${nodeVersion}`);
  return fail(
    "node",
    `Node ${nodeVersion} is too old: ${LEAST_NODE.join(".")} is the least`,
    "nvm install 22, or https://nodejs.org",
  );
}

/** The native part of better-sqlite3, and what stands in the data folder. */
export async function checkStore(
  machine: Machine,
  folder: string,
  load: () => Promise<StoreProbe>,
): Promise<Finding[]> {
  let probe: StoreProbe;
  let version: string;
  try {
    probe = await load();
    version = probe.readSqliteVersion();
  } catch (error) {
    const [reason = ""] = String((error as Error)?.message ?? error).split("\n");
    return [
      fail(
        "sqlite",
        `the native part of better-sqlite3 does not load: ${reason}`,
        "npm rebuild better-sqlite3, or npm ci",
      ),
      checkFolder(machine, folder) ?? fine("data", `${folder} can be written; its store was not looked at`),
    ];
  }
  return [
    fine("sqlite", `SQLite ${version}`),
    checkFolder(machine, folder) ?? describeStore(machine, folder, probe.probeStore(folder)),
  ];
}

/** What is wrong with the folder itself. */
function checkFolder(machine: Machine, folder: string): Finding | undefined {
  const path = resolve(folder);
  const other = "choose another with --data, or gizlab up --memory";
  if (machine.exists(path)) {
    if (!machine.isFolder(path)) return fail("data", `${folder} is no folder`, other);
    if (machine.mayMakeIn(path)) return undefined;
    return fail(
      "data",
      `${folder} cannot be written by ${machine.user}`,
      `sudo chown -R ${machine.user} ${folder}, or ${other}`,
    );
  }
  let parent = dirname(path);
  while (!machine.exists(parent) && parent !== dirname(parent)) parent = dirname(parent);
  if (machine.isFolder(parent) && machine.mayMakeIn(parent))
    return fine("data", `${folder} is not there yet; gizlab up makes it`);
  return fail("data", `${folder} cannot be made: ${parent} cannot be written by ${machine.user}`, other);
}

function describeStore(machine: Machine, folder: string, state: StoreState): Finding {
  switch (state.kind) {
    case "absent":
      return fine("data", `${folder} can be written, and is empty`);
    case "usable":
      return fine("data", `${folder} holds a store, and nobody uses it`);
    case "locked": {
      const path = resolve(folder);
      const holders = nameHolders(findHolders(machine, (link) => link.startsWith(join(path, "gizlab.sqlite"))));
      return warn(
        "data",
        `${folder} is in use by ${holders}`,
        "stop it, or gizlab up --memory, or another folder with --data",
      );
    }
    case "newer":
      return fail(
        "data",
        `${folder} was made by a newer gizlab (schema ${state.found}, this one knows ${state.expected})`,
        "use that gizlab, or another folder with --data",
      );
    case "broken":
      return fail(
        "data",
        `the store in ${folder} cannot be read: ${state.reason}`,
        `mv ${folder} ${folder}.broken, or another folder with --data`,
      );
  }
}

/** A year that can be, and the data of time zones. */
export function checkClock(machine: Machine): Finding[] {
  const now = new Date(machine.now());
  const year = now.getUTCFullYear();
  const time = now.toISOString();
  const isSane = year >= SANE_YEARS.from && year <= SANE_YEARS.to;
  return [
    isSane
      ? fine("clock", time)
      : fail("clock", `the clock says ${time}`, "sudo timedatectl set-ntp true, or sudo date -s …"),
    checkZones(),
  ];
}

function checkZones(): Finding {
  const { timeZone } = new Intl.DateTimeFormat().resolvedOptions();
  try {
    const noon = new Date(Date.UTC(2024, 6, 1, 12));
    const hour = new Intl.DateTimeFormat("en-GB", { timeZone: "Asia/Shanghai", hour: "2-digit" }).format(noon);
    if (hour === "20") return fine("time-zones", `data of time zones is there; this machine is in ${timeZone}`);
  } catch {
    // A Node without the data refuses the name.
  }
  return fail("time-zones", "this Node has no data of time zones", "install Node with full ICU: https://nodejs.org");
}

const TOOLS: readonly { readonly name: string; readonly use: string }[] = [
  { name: "socat", use: "makes pairs of virtual serial ports" },
  { name: "tshark", use: "shows captures with the dissector" },
  { name: "tmux", use: "holds the terminals of the tests" },
];

/** Programs that gizlab works without. */
export function checkTools(machine: Machine): Finding[] {
  const install = machine.platform === "darwin" ? "brew install" : "sudo apt-get install";
  return TOOLS.map(({ name, use }) => {
    const files = machine.platform === "win32" ? [`${name}.exe`] : [name];
    const found = machine.pathFolders
      .flatMap((folder) => files.map((file) => join(folder, file)))
      .find(machine.mayExecute);
    return found === undefined
      ? warn(
          name,
          `not found; it ${use} (optional)`,
          machine.platform === "win32" ? `install ${name}` : `${install} ${name}`,
        )
      : fine(name, found);
  });
}
