import { realpathSync } from "node:fs";
import { delimiter, join, sep } from "node:path";

/**
 * How this command line is called in a shell: `gizlab` where PATH leads to it, else `npx gizlab`, as in a clone or a
 * project that depends on it. The folders that npx puts into PATH do not count.
 */
export function nameCommandLine(script: string, path: string): string {
  const own = realPath(script);
  const folders = path.split(delimiter).filter((folder) => folder !== "" && !folder.includes(`node_modules${sep}.bin`));
  return folders.some((folder) => own !== undefined && realPath(join(folder, "gizlab")) === own)
    ? "gizlab"
    : "npx gizlab";
}

function realPath(path: string): string | undefined {
  try {
    return realpathSync(path);
  } catch {
    return undefined;
  }
}
