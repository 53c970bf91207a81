import { basename } from "node:path";
import type { Machine } from "./machine.js";

/** Who has a file or socket open, as far as /proc tells. */
export interface Holders {
  readonly programs: readonly { readonly pid: number; readonly name: string }[];
  /** True when some processes may not be looked at, because they are another user's. */
  readonly isPartial: boolean;
}

/** Looks through the `fd` folders of /proc for links that `isIt` knows. Elsewhere than on Linux nobody is found. */
export function findHolders(machine: Machine, isIt: (link: string) => boolean): Holders {
  const programs: { pid: number; name: string }[] = [];
  let isPartial = machine.platform !== "linux";
  for (const entry of machine.list("/proc") ?? []) {
    if (!/^\d+$/.test(entry)) continue;
    const folder = `/proc/${entry}/fd`;
    const names = machine.list(folder);
    // A process that has ended meanwhile is no secret.
    if (names === undefined) isPartial ||= machine.exists(`/proc/${entry}`);
    const has = (names ?? []).some((name) => isIt(machine.link(`${folder}/${name}`) ?? ""));
    if (has) programs.push({ pid: Number(entry), name: nameProgram(machine, entry) });
  }
  return { programs, isPartial };
}

/** Such as `minicom (pid 123)`; "somebody" when it cannot be told. */
export function nameHolders({ programs, isPartial }: Holders): string {
  if (programs.length > 0) return programs.map(({ pid, name }) => `${name} (pid ${pid})`).join(", ");
  return isPartial ? "a program that this user may not see" : "a program outside of this machine's view";
}

function nameProgram(machine: Machine, pid: string): string {
  const [program = "", ...args] = (machine.read(`/proc/${pid}/cmdline`) ?? "").split("\0");
  // Options of Node may stand before the script, as in npm start.
  const script = args.find((arg) => !arg.startsWith("-")) ?? "";
  if (/(?:^|\/)(?:gizlab|dist\/cli\/main\.js)$/.test(script)) return "gizlab";
  const isNode = basename(program) === "node" && script !== "";
  if (isNode) return `node ${basename(script)}`;
  return machine.read(`/proc/${pid}/comm`)?.trim() || basename(program) || "a program";
}
