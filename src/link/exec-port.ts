import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { GizlabError } from "../core/errors.js";
import { startIoTimer } from "../core/io-timer.js";
import type { PortLink } from "./port.js";
import { linkStream } from "./stream-link.js";

/** A command that ends within this time was none, or not what was meant; one that runs on is a port. */
const GRACE_MS = 200;
/** A command that has not obeyed SIGTERM within this time gets SIGKILL. */
const OBEDIENCE_MS = 500;
const HAS_GROUPS = process.platform !== "win32";

/** The first word of a command line, where it is a program and no assignment, bracket or expansion. */
const PROGRAM = /^\s*(?:"([^"$`\\]+)"|'([^']+)'|([\w@%+./-]+))(?=\s|$)/;

/** The program that a command line begins with, when this machine does not have it. */
function findMissingProgram(command: string): string | undefined {
  const program = PROGRAM.exec(command)
    ?.slice(1)
    .find((word) => word !== undefined);
  if (program === undefined || process.platform === "win32") return undefined;
  // The shell knows its own words and the PATH.
  const { status } = spawnSync("/bin/sh", ["-c", 'command -v -- "$1"', "sh", program], { stdio: "ignore" });
  return status === 0 || status === null ? undefined : program;
}

/**
 * Starts a command whose stdin and stdout are the port; its stderr is shown. It ends with the link. Rejects with
 * `port-exec` when it does not start, or ends at once.
 */
export function execPort(command: string): Promise<PortLink> {
  const missing = findMissingProgram(command);
  if (missing !== undefined) {
    const hint = missing.includes("/")
      ? "is the path right, and the file executable?"
      : "is it installed, and in PATH?";
    const refusal = new GizlabError("port-exec", `exec: there is no program ${JSON.stringify(missing)}`, { hint });
    return Promise.reject(refusal);
  }
  // A group of its own: closing ends what the shell has started too.
  const child = spawn(command, { shell: true, detached: HAS_GROUPS, stdio: ["pipe", "pipe", "inherit"] });
  return new Promise((resolve, reject) => {
    child.on("error", (cause) => {
      reject(new GizlabError("port-exec", `${JSON.stringify(command)} cannot be started: ${cause.message}`, { cause }));
    });
    child.once("exit", (code, signal) => {
      const hint = "its own words, if any, stand above; exit code 127 is a command that is not there";
      reject(new GizlabError("port-exec", `${JSON.stringify(command)} ended at once with ${signal ?? code}`, { hint }));
    });
    child.once("spawn", () => {
      const end = (): void => {
        child.stdin.destroy();
        child.stdout.destroy();
        endGroup(child);
      };
      const ended = new Promise<GizlabError>((tell) => {
        child.once("exit", (code, signal) => tell(new GizlabError("port-exec", describeEnd(command, code, signal))));
      });
      const open = (): void => {
        const ends = { name: `exec:${command}`, readable: child.stdout, writable: child.stdin, release: end };
        resolve({ ...linkStream(ends), ended });
      };
      const grace = startIoTimer(GRACE_MS, open, { keepAlive: true });
      child.once("exit", () => grace.cancel());
    });
  });
}

function describeEnd(command: string, code: number | null, signal: NodeJS.Signals | null): string {
  return `${JSON.stringify(command)} has ended with ${signal ?? `exit code ${code}`}`;
}

/** Ends a command and all that it has started, also when the command itself has ended before them. */
function endGroup(child: ChildProcess): void {
  if (!signalGroup(child, "SIGTERM")) return;
  const kill = startIoTimer(OBEDIENCE_MS, () => signalGroup(child, "SIGKILL"), { keepAlive: true });
  child.once("exit", () => {
    if (!signalGroup(child, 0)) kill.cancel();
  });
}

/** False when nothing is left to be signalled. */
function signalGroup({ pid, exitCode, signalCode }: ChildProcess, signal: NodeJS.Signals | 0): boolean {
  if (pid === undefined) return false;
  const hasEnded = exitCode !== null || signalCode !== null;
  if (!HAS_GROUPS && hasEnded) return false;
  try {
    return process.kill(HAS_GROUPS ? -pid : pid, signal);
  } catch {
    return false;
  }
}
