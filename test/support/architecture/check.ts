import { readdirSync, readFileSync } from "node:fs";
import { checkBorders } from "./borders.js";
import { checkCode } from "./code-rules.js";
import { checkCycles } from "./cycles.js";
import { parseFile, type SourceFile, type Violation } from "./source-file.js";

/** Everything in which a tree breaks the rules of architecture.md 3 and style.md that a machine can check. */
export function checkArchitecture(files: readonly SourceFile[]): Violation[] {
  const parsed = files.map(parseFile);
  const known = new Set(files.map(({ path }) => path));
  return [
    ...parsed.flatMap((file) => [...checkBorders(file, known), ...checkCode(file)]),
    ...checkCycles(parsed, known),
  ];
}

/** `src/a.ts:3: border: …`, one string a violation. */
export function describeViolations(violations: readonly Violation[]): string[] {
  return violations.map(({ path, line, rule, message }) => `${path}:${line}: ${rule}: ${message}`);
}

/** The TypeScript files below `src` of the repository at `root`. */
export function readSources(root: URL): SourceFile[] {
  return readdirSync(new URL("src/", root), { recursive: true, encoding: "utf8" })
    .filter((path) => /\.tsx?$/.test(path))
    .sort()
    .map((path) => ({ path: `src/${path}`, source: readFileSync(new URL(`src/${path}`, root), "utf8") }));
}
