import { parseFile, resolveImport, type SourceFile } from "./source-file.js";

/** Everything that importing one file loads before it runs, as paths of the tree and names of packages. */
export interface Loaded {
  readonly files: readonly string[];
  readonly packages: readonly string[];
}

/** Follows the imports of `entry` that are neither types nor `import()`. */
export function loadedBy(entry: string, tree: readonly SourceFile[]): Loaded {
  const byPath = new Map(tree.map((file) => [file.path, file]));
  const known = new Set(byPath.keys());
  const files = new Set<string>();
  const packages = new Set<string>();
  const load = (path: string): void => {
    const file = byPath.get(path);
    if (file === undefined || files.has(path)) return;
    files.add(path);
    for (const { specifier, isTypeOnly, isLazy } of parseFile(file).imports) {
      if (specifier === undefined || isTypeOnly || isLazy) continue;
      if (specifier.startsWith(".")) load(resolveImport(path, specifier, known) ?? "");
      else if (!specifier.startsWith("node:")) packages.add(specifier);
    }
  };
  load(entry);
  return { files: [...files], packages: [...packages].sort() };
}
