import { type Finding, fine, warn } from "./finding.js";
import { findHolders, type Holders, nameHolders } from "./holders.js";
import type { Machine } from "./machine.js";

const LISTENING = "0A";
const TABLES = ["/proc/net/tcp", "/proc/net/tcp6"];

/** A gizlab that is known to listen on ports of this machine. */
export interface KnownLab {
  readonly pid: number;
  /** Its data folder; null for a lab in memory. */
  readonly folder: string | null;
  readonly ports: readonly number[];
}

/** Whether `gizlab up` can listen on a port of its own, and who does if it cannot. */
export async function checkPort(
  machine: Machine,
  name: string,
  port: number,
  option: string,
  labs: readonly KnownLab[] = [],
): Promise<Finding> {
  const code = await machine.tryPort(port);
  if (code === undefined) return fine(name, `port ${port} is free`);
  const other = `gizlab up ${option} 0`;
  if (code === "EACCES") return warn(name, `port ${port} needs more rights than ${machine.user} has`, other);
  const lab = labs.find(({ ports }) => ports.includes(port));
  if (code === "EADDRINUSE" && lab !== undefined) {
    return fine(name, `port ${port}: gizlab itself runs there, pid ${lab.pid}, ${describeFolder(lab.folder)}`);
  }
  if (code !== "EADDRINUSE") return warn(name, `nothing can listen on port ${port} (${code})`, other);
  const holders = findListeners(machine, port);
  // gizlab that does not answer, such as one of another user.
  const isOwn = holders.programs.some((program) => program.name === "gizlab");
  const stop = holders.programs.map(({ pid }) => `kill ${pid}, or `).join("");
  return warn(
    name,
    `port ${port} is in use by ${nameHolders(holders)}`,
    isOwn ? `stop it, or ${other}` : `${stop}${other}`,
  );
}

function describeFolder(folder: string | null): string {
  return folder === null ? "in memory" : `folder ${folder}`;
}

function findListeners(machine: Machine, port: number): Holders {
  const inodes = new Set<string>();
  const wanted = port.toString(16).toUpperCase().padStart(4, "0");
  for (const line of TABLES.flatMap((table) => (machine.read(table) ?? "").split("\n"))) {
    const fields = line.trim().split(/\s+/);
    if (fields[3] === LISTENING && fields[1]?.endsWith(`:${wanted}`)) inodes.add(`socket:[${fields[9]}]`);
  }
  return findHolders(machine, (link) => inodes.has(link));
}
