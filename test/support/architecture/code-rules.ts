import { Visitor } from "oxc-parser";
import { areaOf } from "./borders.js";
import type { ParsedFile, Violation } from "./source-file.js";

const LINE_LIMIT = 500;
const KEBAB_CASE = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
/** Names that say nothing about what is inside (style.md, Files). */
const EMPTY_NAMES = new Set(["utils", "helpers", "common", "types", "manager", "service", "impl"]);
const TIMERS = new Set(["setTimeout", "setInterval"]);
const GLOBALS = new Set(["globalThis", "global", "window", "self"]);
const READINGS = new Set(["Date.now", "Math.random", "performance.now"]);

/** What a file may not hold, wherever it lies. */
export function checkCode(file: ParsedFile): Violation[] {
  return [...checkFile(file), ...checkExports(file), ...checkTypes(file), ...(ownsTime(file) ? [] : checkTime(file))];
}

/** `core` is where time comes from; browser code has no other (architecture.md 3). */
function ownsTime({ path }: ParsedFile): boolean {
  return areaOf(path) === "core" || areaOf(path) === "web";
}

function checkFile({ path, source, errors }: ParsedFile): Violation[] {
  const found: Violation[] = errors.map((message) => ({ path, line: 1, rule: "syntax", message }));
  const names = path
    .replace(/(?:\.d)?\.tsx?$/, "")
    .split("/")
    .slice(1);
  for (const name of names) {
    if (!KEBAB_CASE.test(name)) found.push({ path, line: 1, rule: "name", message: `${name} is not kebab-case` });
    else if (EMPTY_NAMES.has(name)) found.push({ path, line: 1, rule: "name", message: `${name} says nothing` });
  }
  if (names.at(-1) === "index" && names.length > 1) {
    found.push({ path, line: 1, rule: "name", message: "index.ts stands in src only" });
  }
  const lines = source.replace(/\n$/, "").split("\n").length;
  if (lines > LINE_LIMIT)
    found.push({ path, line: lines, rule: "length", message: `${lines} lines, ${LINE_LIMIT} at most` });
  return found;
}

function checkExports(file: ParsedFile): Violation[] {
  const found: Violation[] = [];
  const refuse = (start: number): void => {
    found.push({ path: file.path, line: file.lineAt(start), rule: "default-export", message: "exports have names" });
  };
  new Visitor({
    ExportDefaultDeclaration: ({ start }) => refuse(start),
    ExportSpecifier: ({ exported, start }) => {
      const name = exported.type === "Literal" ? exported.value : exported.name;
      if (name === "default") refuse(start);
    },
  }).visit(file.program);
  return found;
}

function checkTypes(file: ParsedFile): Violation[] {
  const found: Violation[] = [];
  const refuse = (start: number, message: string): void => {
    found.push({ path: file.path, line: file.lineAt(start), rule: "any", message });
  };
  new Visitor({ TSAnyKeyword: ({ start }) => refuse(start, "any") }).visit(file.program);
  for (const { value, start } of file.comments) {
    const silencer = /@ts-(?:ignore|nocheck|expect-error)/.exec(value)?.[0];
    if (silencer !== undefined) refuse(start, silencer);
  }
  return found;
}

/** Wall time and chance that go past the clock and the random source of `core`. */
function checkTime(file: ParsedFile): Violation[] {
  const found: Violation[] = [];
  const refuse = (start: number, what: string): void => {
    found.push({ path: file.path, line: file.lineAt(start), rule: "time", message: `${what} outside core` });
  };
  /** Identifiers that name a property or a type, and so refer to nothing global. */
  const names = new Set<object>();
  const exclude = ({ key, computed }: { key: object; computed: boolean }): void => {
    if (!computed) names.add(key);
  };
  new Visitor({
    MemberExpression: ({ object, property, computed, start }) => {
      if (!computed) names.add(property);
      if (object.type !== "Identifier") return;
      const name = readName(property, computed);
      if (READINGS.has(`${object.name}.${name}`)) refuse(start, `${object.name}.${name}`);
      if (GLOBALS.has(object.name) && TIMERS.has(name)) refuse(start, name);
    },
    Property: exclude,
    PropertyDefinition: exclude,
    MethodDefinition: exclude,
    TSPropertySignature: exclude,
    TSMethodSignature: exclude,
    TSTypeQuery: ({ exprName }) => {
      names.add(exprName);
    },
    NewExpression: ({ callee, arguments: given, start }) => {
      if (callee.type === "Identifier" && callee.name === "Date" && given.length === 0) refuse(start, "new Date()");
    },
    Identifier: (node) => {
      if (TIMERS.has(node.name) && !names.has(node)) refuse(node.start, node.name);
    },
  }).visit(file.program);
  return found;
}

function readName(property: { type: string; name?: unknown; value?: unknown }, computed: boolean): string {
  return String(computed ? property.value : property.name);
}
