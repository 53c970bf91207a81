import { lstatSync, mkdirSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";

const ONLY_OWNER = 0o700;
const OTHERS = 0o077;

/** The folder in which the running labs of this user are listed. */
export function runtimeFolder(): string {
  const base = process.env.XDG_RUNTIME_DIR ?? "";
  return base === "" ? join(tmpdir(), `gizlab-${process.getuid?.() ?? userInfo().username}`) : join(base, "gizlab");
}

/** Makes the folder where it is missing. False where it cannot be used: another user owns it or may write to it. */
export function makeRuntimeFolder(folder: string): boolean {
  try {
    mkdirSync(folder, { recursive: true, mode: ONLY_OWNER });
    return isOwnFolder(folder);
  } catch {
    return false;
  }
}

/** True for a folder that this user owns and nobody else may enter. Windows has no such modes; a profile folder is private there. */
export function isOwnFolder(folder: string): boolean {
  try {
    const stat = lstatSync(folder);
    if (!stat.isDirectory()) return false;
    const uid = process.getuid?.();
    return uid === undefined || (stat.uid === uid && (stat.mode & OTHERS) === 0);
  } catch {
    return false;
  }
}
