import { isBuiltin } from "node:module";
import { type ParsedFile, resolveImport, type Violation } from "./source-file.js";

const PROTOCOL = ["core", "codec", "profile"] as const;
const PARTS = ["core", "codec", "profile", "link", "mcu", "gagent", "cloud", "api", "record", "firmware"] as const;
const FRONT = ["lab", "scenario", "check", "record", "firmware", "core", "profile", "codec"] as const;

/** Who may import whom: the table of architecture.md 3. A folder may always import itself. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  core: [],
  codec: ["core"],
  profile: ["core", "codec"],
  // FramePort turns a link of bytes into one of frames, for both ends of the wire alike.
  link: ["core", "codec"],
  mcu: [...PROTOCOL, "link"],
  gagent: [...PROTOCOL, "link"],
  cloud: PROTOCOL,
  api: [...PROTOCOL, "cloud"],
  record: [...PROTOCOL, "link"],
  firmware: ["core"],
  lab: PARTS,
  scenario: ["lab", ...PROTOCOL],
  check: ["lab", ...PROTOCOL],
  "index.ts": ["lab"],
  "testing.ts": ["lab", "core"],
  "vitest.ts": ["lab", "core", "testing.ts"],
  cli: FRONT,
  tui: FRONT,
  web: [],
};
/** Folders of which another one may have the types, and nothing that runs. */
const MAY_IMPORT_TYPES: Readonly<Record<string, readonly string[]>> = { web: ["src/api/control/"] };

/** The homes of architecture.md 3: a package is imported there and nowhere else. */
const HOMES: Readonly<Record<string, readonly string[]>> = {
  "@fastify/swagger": ["api"],
  "@fastify/type-provider-typebox": ["api"],
  "@fastify/websocket": ["api"],
  aedes: ["cloud/broker"],
  ajv: ["api"],
  avr8js: ["mcu/avr"],
  "@lydell/node-pty": ["link"],
  "@serialport/bindings-cpp": ["link"],
  "better-sqlite3": ["cloud/store"],
  "binary-parser": ["codec"],
  fastify: ["api"],
  ink: ["tui"],
  "jsonc-parser": ["profile"],
  // Fastify asks it for requests without a port; later versions want a cookie package that Node 20 cannot load.
  "light-my-request": ["api"],
  kysely: ["cloud/store"],
  luxon: ["cloud/telemetry"],
  mqtt: ["gagent"],
  pg: ["cloud/store"],
  qrcode: ["cli"],
  // LINQ's re(...): a pattern of a stranger must take linear time, which JavaScript's own engine does not promise.
  re2js: ["cloud/linq"],
  react: ["tui"],
  serialport: ["link"],
  typebox: ["api"],
  vitest: ["vitest"],
  ws: ["api", "cloud/push"],
  yaml: ["scenario"],
  yargs: ["cli"],
};
/** Modules of Node that tell or measure time past `core/clock` and `core/io-timer`. */
const TIME_MODULES = new Set(["node:timers", "node:timers/promises", "node:perf_hooks"]);

/** The packages that have a home. */
export const HOUSED_PACKAGES: readonly string[] = Object.keys(HOMES);

/** The folder or top file that an import rule speaks of: `src/api/errors.ts` is of `api`. */
export function areaOf(path: string): string {
  return path.split("/")[1] ?? "";
}

/** Imports that cross a border the wrong way, or lead nowhere. */
export function checkBorders(file: ParsedFile, known: ReadonlySet<string>): Violation[] {
  const area = areaOf(file.path);
  const allowed = MAY_IMPORT[area];
  if (allowed === undefined) {
    return [{ path: file.path, line: 1, rule: "border", message: `${area} is not in the table of architecture.md 3` }];
  }
  return file.imports.flatMap(({ specifier, line, isTypeOnly }) => {
    const refuse = (rule: string, message: string): Violation[] => [{ path: file.path, line, rule, message }];
    if (specifier === undefined) return refuse("border", "an import must name its module");
    if (!specifier.startsWith(".")) return checkPackage(file.path, specifier).flatMap((why) => refuse("package", why));
    const target = resolveImport(file.path, specifier, known);
    if (target === undefined) return refuse("border", `${specifier} is no file of src`);
    const to = areaOf(target);
    if (to === area || allowed.includes(to)) return [];
    const isTypeOfOpenFolder = (MAY_IMPORT_TYPES[area] ?? []).some((folder) => target.startsWith(folder));
    if (isTypeOnly && isTypeOfOpenFolder) return [];
    return refuse("border", `${area} may not import ${to} (${target.slice("src/".length)})`);
  });
}

function checkPackage(path: string, specifier: string): string[] {
  if (specifier.startsWith("node:") && isBuiltin(specifier)) {
    return TIME_MODULES.has(specifier) && areaOf(path) !== "core" ? [`${specifier} is used in core only`] : [];
  }
  const [scope = "", name = ""] = specifier.split("/");
  const packageName = scope.startsWith("@") ? `${scope}/${name}` : scope;
  const homes = HOMES[packageName];
  if (homes === undefined) return [`${packageName} has no home in architecture.md 3`];
  const isHome = homes.some((home) => path.startsWith(`src/${home}/`) || path === `src/${home}.ts`);
  return isHome ? [] : [`${packageName} is used in ${homes.join(" and ")} only`];
}
