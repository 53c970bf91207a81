import { spawnSync } from "node:child_process";
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

const ROOT = new URL("../..", import.meta.url).pathname;
const MAIN = join(ROOT, "dist/cli/main.js");

/** Builds `dist`, which the end-to-end tests run, when it is missing or older than the source. */
export function setup(): void {
  if (writtenAt(MAIN) >= newestSource()) return;
  const { status } = spawnSync("npm", ["run", "--silent", "build"], {
    cwd: ROOT,
    stdio: ["ignore", "inherit", "inherit"],
  });
  // tsc writes what it can; whether types are right is for `npm test` to say, which builds before.
  if (status !== 0) process.stderr.write("test/config/global-setup: the build has errors; dist holds what it left\n");
}

function newestSource(): number {
  const sources = readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" }).map((path) =>
    join(ROOT, "src", path),
  );
  return Math.max(...[...sources, join(ROOT, "tsconfig.json")].map(writtenAt));
}

/** When a file was last written; never, if it is not there. */
function writtenAt(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}
