import {
  accessSync,
  constants,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmdirSync,
  statSync,
} from "node:fs";
import { createServer } from "node:net";
import { userInfo } from "node:os";
import { join } from "node:path";
import { createWallClock } from "../../core/clock.js";

/** What can be asked of this machine. Nothing of it throws: what is not there or not allowed is undefined, empty or false. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly nodeVersion: string;
  /** Undefined where there are no such ids, as on Windows. */
  readonly uid: number | undefined;
  readonly user: string;
  /** The group ids of this process. */
  readonly groups: readonly number[];
  readonly pathFolders: readonly string[];
  /** Milliseconds since 1970. */
  now(): number;
  exists(path: string): boolean;
  isFolder(path: string): boolean;
  read(path: string): string | undefined;
  /** The names in a folder; undefined where it may not be read. */
  list(path: string): readonly string[] | undefined;
  link(path: string): string | undefined;
  mayReadAndWrite(path: string): boolean;
  /** Whether something can really be made in a folder; it is taken away again. */
  mayMakeIn(folder: string): boolean;
  mayExecute(path: string): boolean;
  /** The group that a file belongs to. */
  groupOf(path: string): number | undefined;
  /** Undefined when a port of 127.0.0.1 is free, else the system's word for it, such as EADDRINUSE. */
  tryPort(port: number): Promise<string | undefined>;
}

/** The machine that this runs on. */
export function createMachine(): Machine {
  return {
    platform: process.platform,
    nodeVersion: process.versions.node,
    uid: process.getuid?.(),
    user: attempt(() => userInfo().username) ?? process.env.USER ?? "$USER",
    groups: attempt(() => [...(process.getgroups?.() ?? []), ...[process.getgid?.()].filter(isNumber)]) ?? [],
    pathFolders: (process.env.PATH ?? "").split(process.platform === "win32" ? ";" : ":").filter((path) => path !== ""),
    now: () => createWallClock().now(),
    exists: existsSync,
    isFolder: (path) => attempt(() => statSync(path).isDirectory()) ?? false,
    read: (path) => attempt(() => readFileSync(path, "utf8")),
    list: (path) => attempt(() => readdirSync(path)),
    link: (path) => attempt(() => readlinkSync(path)),
    mayReadAndWrite: (path) => isAllowed(path, constants.R_OK | constants.W_OK),
    mayMakeIn: (folder) => attempt(() => rmdirSync(mkdtempSync(join(folder, ".gizlab-doctor-"))) ?? true) ?? false,
    mayExecute: (path) => isAllowed(path, constants.X_OK),
    groupOf: (path) => attempt(() => statSync(path).gid),
    tryPort,
  };
}

function attempt<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}

function isAllowed(path: string, mode: number): boolean {
  return attempt(() => accessSync(path, mode) ?? true) ?? false;
}

function isNumber(value: number | undefined): value is number {
  return value !== undefined;
}

function tryPort(port: number): Promise<string | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(undefined)));
  });
}
