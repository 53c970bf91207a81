import { spawn } from "node:child_process";
import { GizlabError } from "../core/errors.js";
import { startIoTimer } from "../core/io-timer.js";
import type { PortLink } from "./port.js";
import { linkStream } from "./stream-link.js";

/** A command that ends within this time was none, or not what was meant; one that runs on is a port. */
const GRACE_MS = 200;

/**
 * Starts a command whose stdin and stdout are the port; its stderr is shown. It ends with the link. Rejects with
 * `port-exec` when it does not start, or ends at once.
 */
export function execPort(command: string): Promise<PortLink> {
  const hasGroups = process.platform !== "win32";
  // A group of its own: closing ends what the shell has started too.
  const child = spawn(command, { shell: true, detached: hasGroups, stdio: ["pipe", "pipe", "inherit"] });
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
        try {
          if (child.pid !== undefined && child.exitCode === null) process.kill(hasGroups ? -child.pid : child.pid);
        } catch {
          // It has ended by itself meanwhile.
        }
      };
      const open = (): void =>
        resolve(linkStream({ name: `exec:${command}`, readable: child.stdout, writable: child.stdin, release: end }));
      const grace = startIoTimer(GRACE_MS, open, { keepAlive: true });
      child.once("exit", () => grace.cancel());
    });
  });
}
