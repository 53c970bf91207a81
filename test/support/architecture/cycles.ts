import { type ParsedFile, resolveImport, type Violation } from "./source-file.js";

/** Rings of files that import each other; an import of a type alone counts too. */
export function checkCycles(files: readonly ParsedFile[], known: ReadonlySet<string>): Violation[] {
  const byPath = new Map(files.map((file) => [file.path, file]));
  const visited = new Set<string>();
  const found: Violation[] = [];

  const walk = (path: string, trail: readonly string[]): void => {
    visited.add(path);
    for (const { specifier, line } of byPath.get(path)?.imports ?? []) {
      const target = specifier?.startsWith(".") ? resolveImport(path, specifier, known) : undefined;
      if (target === undefined) continue;
      const from = [...trail, path];
      const back = from.indexOf(target);
      if (back >= 0) {
        const ring = [...from.slice(back), target].map((step) => step.replace(/^src\//, ""));
        found.push({ path, line, rule: "cycle", message: ring.join(" -> ") });
      } else if (!visited.has(target)) walk(target, from);
    }
  };
  for (const { path } of files) if (!visited.has(path)) walk(path, []);
  return found;
}
