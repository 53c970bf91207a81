import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { HOUSED_PACKAGES } from "./support/architecture/borders.js";
import { checkArchitecture, describeViolations, readSources } from "./support/architecture/check.js";

const ROOT = new URL("../", import.meta.url);

/** The violations of a made-up tree, `path: source`. */
function check(tree: Readonly<Record<string, string>>): string[] {
  return describeViolations(checkArchitecture(Object.entries(tree).map(([path, source]) => ({ path, source }))));
}

/** What one file of `mcu` is refused for; `mcu` is as good as any folder but `core` and `web`. */
function checkSource(source: string, path = "src/mcu/made-up.ts"): string[] {
  return check({ [path]: source });
}

const EMPTY = "export const a = 1;\n";

describe("the tree", () => {
  it("keeps every rule of the architecture", () => {
    expect(describeViolations(checkArchitecture(readSources(ROOT)))).toEqual([]);
  });

  it("is read as a whole, so that no rule is green over nothing", () => {
    const files = readSources(ROOT);
    expect(files.length).toBeGreaterThan(100);
    expect(files.map(({ path }) => path)).toEqual(
      expect.arrayContaining(["src/index.ts", "src/cloud/broker/broker.ts"]),
    );
  });

  it("has a home for every dependency", () => {
    const { dependencies } = JSON.parse(readFileSync(new URL("package.json", ROOT), "utf8")) as {
      dependencies: object;
    };
    // Types of packages, which the public types name, are imported by nobody.
    const packages = Object.keys(dependencies).filter((name) => !name.startsWith("@types/"));
    expect(packages.filter((name) => !HOUSED_PACKAGES.includes(name))).toEqual([]);
  });
});

describe("borders", () => {
  /** Every import the table allows, beside a folder importing itself. */
  const ALLOWED: Readonly<Record<string, string>> = {
    core: "",
    codec: "core",
    profile: "core codec",
    link: "core codec",
    mcu: "core codec profile link",
    gagent: "core codec profile link",
    cloud: "core codec profile",
    api: "core codec profile cloud",
    record: "core codec profile link",
    firmware: "core",
    lab: "core codec profile link mcu gagent cloud api record firmware",
    scenario: "lab codec profile core",
    check: "lab codec profile core",
    cli: "lab scenario check record firmware core profile codec",
    tui: "lab scenario check record firmware core profile codec",
    web: "",
  };
  const folders = Object.keys(ALLOWED);

  it.each(folders)("let %s import what the table names, and nothing else", (from) => {
    for (const to of folders.filter((folder) => folder !== from)) {
      const found = check({ [`src/${from}/a.ts`]: `import { a } from "../${to}/b.js";`, [`src/${to}/b.ts`]: EMPTY });
      const isAllowed = ALLOWED[from]?.split(" ").includes(to);
      expect(found).toEqual(isAllowed ? [] : [`src/${from}/a.ts:1: border: ${from} may not import ${to} (${to}/b.ts)`]);
    }
  });

  it("hold for the two files at the top", () => {
    const tree = { "src/lab/lab.ts": EMPTY, "src/core/clock.ts": EMPTY, "src/cloud/cloud.ts": EMPTY };
    const top = 'export * from "./lab/lab.js";\nexport * from "./core/clock.js";\nexport * from "./cloud/cloud.js";\n';
    expect(check({ ...tree, "src/index.ts": top })).toEqual([
      "src/index.ts:2: border: index.ts may not import core (core/clock.ts)",
      "src/index.ts:3: border: index.ts may not import cloud (cloud/cloud.ts)",
    ]);
    expect(check({ ...tree, "src/testing.ts": top })).toEqual([
      "src/testing.ts:3: border: testing.ts may not import cloud (cloud/cloud.ts)",
    ]);
  });

  it.each([
    ['import { a } from "../cloud/b.js";'],
    ['import type { a } from "../cloud/b.js";'],
    ['import { type a } from "../cloud/b.js";'],
    ['import "../cloud/b.js";'],
    ['import * as b from "../cloud/b.js";'],
    ['export { a } from "../cloud/b.js";'],
    ['export type { a } from "../cloud/b.js";'],
    ['export * from "../cloud/b.js";'],
    ['export const b = await import("../cloud/b.js");'],
    ['export type B = import("../cloud/b.js").B;'],
    ['export type B = typeof import("../cloud/b.js");'],
    ['const b = require("../cloud/b.js");'],
    ['import b = require("../cloud/b.js");'],
  ])("see %s", (line) => {
    expect(check({ "src/core/a.ts": `\n${line}\n`, "src/cloud/b.ts": EMPTY })).toEqual([
      "src/core/a.ts:2: border: core may not import cloud (cloud/b.ts)",
    ]);
  });

  it("give the web page the types of api/control, and nothing that runs", () => {
    const tree = { "src/api/control/lab-control.ts": EMPTY, "src/api/openapi/users.ts": EMPTY };
    const page = (line: string): string[] => check({ ...tree, "src/web/page.tsx": line });
    expect(page('import type { a } from "../api/control/lab-control.js";')).toEqual([]);
    expect(page('import { a } from "../api/control/lab-control.js";')).toHaveLength(1);
    expect(page('import type { a } from "../api/openapi/users.js";')).toHaveLength(1);
  });

  it("refuse an import that leads nowhere, out of src, or to what only running tells", () => {
    expect(checkSource('import "./gone.js";')).toEqual(["src/mcu/made-up.ts:1: border: ./gone.js is no file of src"]);
    expect(checkSource('import "../../test/support/heap.js";')).toHaveLength(1);
    expect(checkSource("await import(process.env.PART ?? `a`);")).toEqual([
      "src/mcu/made-up.ts:1: border: an import must name its module",
    ]);
  });

  it("refuse a folder that the table does not name", () => {
    expect(checkSource(EMPTY, "src/shared/a.ts")).toEqual([
      "src/shared/a.ts:1: border: shared is not in the table of architecture.md 3",
    ]);
  });
});

describe("cycles", () => {
  it("are found between two files and across a type-only import", () => {
    const tree = {
      "src/mcu/a.ts": 'import { b } from "./b.js";\nexport const a = b;\n',
      "src/mcu/b.ts": 'import type { a } from "./a.js";\nexport const b: typeof a = 1;\n',
    };
    expect(check(tree)).toEqual(["src/mcu/b.ts:1: cycle: mcu/a.ts -> mcu/b.ts -> mcu/a.ts"]);
  });

  it("are found behind a file that is no part of them", () => {
    const tree = {
      "src/mcu/a.ts": 'export * from "./b.js";\nexport * from "./c.js";\n',
      "src/mcu/b.ts": 'export * from "./d.js";\n',
      "src/mcu/c.ts": 'export * from "./d.js";\n',
      "src/mcu/d.ts": 'export * from "./c.js";\n',
    };
    expect(check(tree)).toEqual(["src/mcu/c.ts:1: cycle: mcu/d.ts -> mcu/c.ts -> mcu/d.ts"]);
    expect(check({ ...tree, "src/mcu/d.ts": EMPTY })).toEqual([]);
  });

  it("can be one file long", () => {
    expect(checkSource('export * from "./made-up.js";')).toHaveLength(1);
  });
});

describe("packages", () => {
  const use = (name: string, path: string): string[] => checkSource(`import x from "${name}";`, path);

  it.each([
    ["aedes", "src/cloud/broker/broker.ts", "src/cloud/cloud.ts"],
    ["avr8js", "src/mcu/avr.ts", "src/mcu/wasm.ts"],
    ["avr8js", "src/mcu/avr/chip.ts", "src/mcu/virtual-mcu.ts"],
    ["better-sqlite3", "src/cloud/store/database.ts", "src/cloud/telemetry/log.ts"],
    ["binary-parser", "src/codec/datapoints.ts", "src/profile/load.ts"],
    ["fastify", "src/api/server.ts", "src/cloud/cloud.ts"],
    ["@fastify/swagger", "src/api/server.ts", "src/lab/lab.ts"],
    ["@fastify/type-provider-typebox", "src/api/face.ts", "src/profile/load.ts"],
    ["ink", "src/tui/app.tsx", "src/cli/main.ts"],
    ["jsonc-parser", "src/profile/load.ts", "src/lab/seed.ts"],
    ["kysely/helpers/sqlite", "src/cloud/store/query.ts", "src/cloud/cloud.ts"],
    ["luxon", "src/cloud/telemetry/zone.ts", "src/core/duration.ts"],
    ["mqtt", "src/gagent/mqtt-client.ts", "src/cloud/broker/broker.ts"],
    ["pg", "src/cloud/store/postgres.ts", "src/cloud/devices/registry.ts"],
    ["qrcode", "src/cli/ready-text.ts", "src/api/openapi/users.ts"],
    ["re2js", "src/cloud/linq/pattern.ts", "src/cloud/broker/topics.ts"],
    ["react", "src/tui/app.tsx", "src/web/page.tsx"],
    ["serialport", "src/link/serial-port.ts", "src/lab/serial-ports.ts"],
    ["@serialport/bindings-cpp", "src/link/pty-port.ts", "src/cli/main.ts"],
    ["@lydell/node-pty", "src/link/pty-port.ts", "src/mcu/virtual-mcu.ts"],
    ["typebox", "src/api/errors.ts", "src/profile/load.ts"],
    ["ws", "src/cloud/push/session.ts", "src/cloud/broker/broker.ts"],
    ["yaml", "src/scenario/located-yaml.ts", "src/lab/seed-file.ts"],
    ["yargs/helpers", "src/cli/main.ts", "src/lab/lab.ts"],
  ])("%s is used in %s, not in %s", (name, home, elsewhere) => {
    expect(use(name, home)).toEqual([]);
    expect(use(name, elsewhere)).toEqual([
      expect.stringMatching(/^\S+:1: package: \S+ is used in \S+( and \S+)? only$/),
    ]);
  });

  it("without a home are refused everywhere, as are built-in modules without node:", () => {
    expect(use("lodash", "src/cli/main.ts")).toEqual([
      "src/cli/main.ts:1: package: lodash has no home in architecture.md 3",
    ]);
    expect(use("fs", "src/cli/main.ts")).toHaveLength(1);
    expect(use("node:fs", "src/cli/main.ts")).toEqual([]);
  });
});

describe("time and chance", () => {
  it.each([
    ["const a = Date.now();", "Date.now"],
    ['const a = Date["now"]();', "Date.now"],
    ["const now = Date.now;", "Date.now"],
    ["const a = new Date();", "new Date()"],
    ["setTimeout(() => {}, 1);", "setTimeout"],
    ["const run = { later: setTimeout };", "setTimeout"],
    ["globalThis.setTimeout(() => {}, 1);", "setTimeout"],
    ["setInterval(() => {}, 1);", "setInterval"],
    ["const a = Math.random();", "Math.random"],
    ["const a = performance.now();", "performance.now"],
  ])("%s is refused outside core", (line, what) => {
    const source = `// the first line\n${line}\n`;
    expect(checkSource(source)).toEqual([`src/mcu/made-up.ts:2: time: ${what} outside core`]);
    expect(checkSource(source, "src/core/clock.ts")).toEqual([]);
    expect(checkSource(source, "src/web/page.ts")).toEqual([]);
  });

  it.each(["node:timers", "node:timers/promises", "node:perf_hooks"])("%s is imported in core only", (name) => {
    expect(checkSource(`import * as a from "${name}";`)).toEqual([
      `src/mcu/made-up.ts:1: package: ${name} is used in core only`,
    ]);
    expect(checkSource(`import * as a from "${name}";`, "src/core/clock.ts")).toEqual([]);
  });

  it.each([
    ["// Date.now() and setTimeout in a comment"],
    ['const a = "Math.random()";'],
    ["const a = new Date(0);"],
    ["const a = Date.UTC(2024, 1, 29);"],
    ["socket.setTimeout(5);"],
    ["const clock = { setTimeout: 1, now() {} };"],
    ["interface Clock { setTimeout(ms: number): void; setInterval: number }"],
    ["class Clock { setTimeout() {} setInterval = 1; }"],
    ["let handle: ReturnType<typeof setTimeout>;"],
    ["setImmediate(() => {}); clearTimeout(handle);"],
  ])("%s is no use of it", (line) => {
    expect(checkSource(line)).toEqual([]);
  });
});

describe("files", () => {
  it.each([["export default 1;"], ["export default function a() {}"], ["export { a as default };\nconst a = 1;"]])(
    "do not say %s",
    (line) => expect(checkSource(line)).toEqual(["src/mcu/made-up.ts:1: default-export: exports have names"]),
  );

  it("may import a default that a package has", () => {
    expect(checkSource('import mqtt, { default as other } from "mqtt";', "src/gagent/a.ts")).toEqual([]);
  });

  it("have at most 500 lines", () => {
    expect(checkSource("//\n".repeat(500))).toEqual([]);
    expect(checkSource("//\n".repeat(501))).toEqual(["src/mcu/made-up.ts:501: length: 501 lines, 500 at most"]);
  });

  it.each([
    ["src/mcu/virtualMcu.ts", "virtualMcu is not kebab-case"],
    ["src/mcu/virtual_mcu.ts", "virtual_mcu is not kebab-case"],
    ["src/mcu/Models/weather.ts", "Models is not kebab-case"],
    ["src/mcu/models/weather.v2.ts", "weather.v2 is not kebab-case"],
    ["src/mcu/utils.ts", "utils says nothing"],
    ["src/mcu/types.ts", "types says nothing"],
    ["src/mcu/index.ts", "index.ts stands in src only"],
  ])("are not called %s", (path, why) => {
    expect(checkSource(EMPTY, path)).toEqual([`${path}:1: name: ${why}`]);
  });

  it.each([
    "src/mcu/virtual-mcu.ts",
    "src/tui/app.tsx",
    "src/codec/binary-parser.d.ts",
    "src/link/rfc2217.ts",
    "src/index.ts",
  ])("may be called %s", (path) => expect(checkSource(EMPTY, path)).toEqual([]));

  it.each([
    ["let a: any;", "any"],
    ["const a = b as any;", "any"],
    ["function f(a: Record<string, any[]>) {}", "any"],
    ["// @ts-ignore: made up\nconst a = 1;", "@ts-ignore"],
    ["/* @ts-expect-error */ const a = 1;", "@ts-expect-error"],
    ["// @ts-nocheck", "@ts-nocheck"],
  ])("do not say %s", (line, what) => {
    expect(checkSource(line)).toEqual([`src/mcu/made-up.ts:1: any: ${what}`]);
  });

  it("may use the word any", () => {
    expect(checkSource('// any port will do\nconst any = "any"; const a: unknown = { any };')).toEqual([]);
  });

  it("that do not parse are refused, not passed over", () => {
    expect(checkSource("const = 1;")).toEqual([expect.stringContaining("src/mcu/made-up.ts:1: syntax: ")]);
  });
});
