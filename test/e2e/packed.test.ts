import { execFile, execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = new URL("../..", import.meta.url).pathname;
const README = readFileSync(join(ROOT, "README.md"), "utf8");
const FIXTURES =
  /^```ts\n([\s\S]*?gizlab\/vitest[\s\S]*?)^```$/m.exec(README.slice(README.indexOf("Under vitest,")))?.[1] ?? "";
const SNIPPET = /^```ts\n([\s\S]*?gizlab\/testing[\s\S]*?)^```$/m.exec(README)?.[1] ?? "";
const TSC = ["node_modules/typescript/bin/tsc", "--noEmit", "--strict", "--target", "es2022"];
const MODULES = [
  { module: "nodenext", moduleResolution: "nodenext" },
  { module: "esnext", moduleResolution: "bundler" },
];
/** The runners beside gizlab: two of them in the versions of this checkout, which npm has in its cache. */
const RUNNERS = [`vitest@${versionOf("vitest")}`, `typescript@${versionOf("typescript")}`, "jest@30"];
const BINDING = "better-sqlite3/build/Release/better_sqlite3.node";
const TYPES = ["--module", "nodenext", "--lib", "es2023,esnext.disposable,dom", "--skipLibCheck"];
const MINUTE = 60_000;

let project: string;
/** What npm said while it installed. */
let installing: string;

/**
 * An empty project in which npm has installed the packed tarball, as a user does. Install scripts do not run: the
 * SQLite binding that they would fetch or compile is the one of this checkout.
 */
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "gizlab-packed-"));
  const [{ filename }] = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", project], {
      cwd: ROOT,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
      maxBuffer: 64 * 1024 * 1024,
    }),
  ) as [{ filename: string }];
  writeFileSync(join(project, "package.json"), '{"name":"empty","type":"module"}');
  const quiet = ["--prefer-offline", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=warn"];
  installing = execFileSync("npm", ["install", ...quiet, `./${filename}`, ...RUNNERS], {
    cwd: project,
    encoding: "utf8",
    stdio: ["ignore", "pipe", "pipe"],
  });
  mkdirSync(join(project, "node_modules", dirname(BINDING)), { recursive: true });
  copyFileSync(join(ROOT, "node_modules", BINDING), join(project, "node_modules", BINDING));
  writeFileSync(join(project, "light.test.ts"), SNIPPET);
  writeFileSync(join(project, "fixtures.test.ts"), FIXTURES);
}, 10 * MINUTE);

afterAll(() => rmSync(project, { recursive: true, force: true }), 5 * MINUTE);

function versionOf(name: string): string {
  const text = readFileSync(join(ROOT, "node_modules", name, "package.json"), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}

/** A test of plain JavaScript, for runners that read no TypeScript. */
function plainTest(imports: string): string {
  return `${imports}
import { startLab } from "gizlab/testing";
test("a device reports", async () => {
  const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: 7 });
  try {
    const device = await lab.device("pet-house", { isAlive: false });
    await device.set({ Temperature: 21 });
    await device.expectReport({ Temperature: 21 });
  } finally {
    await lab.close();
  }
}, ${MINUTE});
`;
}

function run(program: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const { VITEST: _, NODE_ENV: __, ...env } = process.env;
    execFile(program, args, { cwd: project, env: { ...env, NO_COLOR: "1" } }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: `${stdout}${stderr}` }),
    );
  });
}

describe("the packed tarball in an empty project", () => {
  it("is installed without a package that Node 20 cannot run", () => {
    expect(installing).not.toContain("EBADENGINE");
    const cookies = readdirSync(join(project, "node_modules"), { recursive: true, encoding: "utf8" })
      .filter((path) => path.endsWith(join("cookie", "package.json")))
      .map((path) => JSON.parse(readFileSync(join(project, "node_modules", path), "utf8")) as { version: string });
    expect(cookies.map(({ version }) => version.split(".")[0])).toEqual(["1"]);
  });

  it(
    "passes the tests that the README shows, under vitest's own time limit",
    async () => {
      expect(SNIPPET).toContain("lab.faults.add");
      const { code, output } = await run("node", ["node_modules/vitest/vitest.mjs", "run"]);
      expect(output).toMatch(/Tests +2 passed/);
      expect(code).toBe(0);
    },
    MINUTE,
  );

  it(
    "runs under node:test",
    async () => {
      writeFileSync(
        join(project, "plain.mjs"),
        plainTest('import { test as define } from "node:test";\nconst test = (name, action) => define(name, action);'),
      );
      const { code, output } = await run("node", ["--test", "plain.mjs"]);
      expect(output).toMatch(/pass 1\b/);
      expect(code).toBe(0);
    },
    MINUTE,
  );

  it(
    "runs under jest 30",
    async () => {
      mkdirSync(join(project, "jest"));
      writeFileSync(join(project, "jest", "light.test.mjs"), plainTest('import { test } from "@jest/globals";'));
      const { code, output } = await run("node", [
        "--experimental-vm-modules",
        "node_modules/jest/bin/jest.js",
        ...["--rootDir", "jest", "--testMatch", "**/*.test.mjs", "--transform", "{}"],
      ]);
      expect(output).toMatch(/Tests: +1 passed/);
      expect(code).toBe(0);
    },
    MINUTE,
  );

  it.each(MODULES)(
    "has types that compile in full with module $module",
    async ({ module, moduleResolution }) => {
      writeFileSync(
        join(project, "types.ts"),
        `import { type Lab, startLab as startPlatform } from "gizlab";
import { startLab } from "gizlab/testing";
import { expect, test } from "gizlab/vitest";
export const platform: Promise<Lab> = startPlatform();
export const device = (await startLab()).device("pet-house");
test("types", async ({ device, user }) => {
  expect(device).toBeOnline();
  await expect(device).toHaveReported({ LED_R: 1 });
  const { LED_OnOff, Temperature = 0 } = await user.latest(device);
  const rows = await user.aggregate(device, { attrs: ["Temperature"], start: "2026-03-01" });
  expect([LED_OnOff === 1, Temperature + (rows[0]?.attrs.Temperature ?? 0)]).toEqual([true, 0]);
});
`,
      );
      const settings = ["--module", module, "--moduleResolution", moduleResolution, "--skipLibCheck", "false"];
      expect(await run("node", [...TSC, ...settings, "types.ts"])).toEqual({ code: 0, output: "" });
    },
    MINUTE,
  );

  it("runs as the command gizlab", async () => {
    const { code, output } = await run("node", [
      "node_modules/gizlab/dist/cli/main.js",
      "decode",
      "FFFF0005071000001C",
    ]);
    expect([code, output.includes("heartbeat")]).toEqual([0, true]);
  });

  it(
    "compiles what fits the profile, and refuses a misspelt datapoint, a wrong type and a read-only control",
    async () => {
      writeFileSync(
        join(project, "misuse.ts"),
        `import { startLab } from "gizlab/testing";
const lab = await startLab();
const device = await lab.device("pet-house");
await device.set({ Temperature: 21 });
await device.set({ Temprature: 21 });
await device.set({ Temperature: "warm" });
await device.control({ LED_Color: "Purple" });
await device.control({ LED_Color: "Beige" });
await device.control({ Temperature: 21 });
await device.expectReport((attrs) => attrs.Humidity > 3);
await device.expectReport((attrs) => attrs.Humidty > 3);
lab.faults.add({ kind: "uart.dorp" });
`,
      );
      const { output } = await run("node", [...TSC, ...TYPES, "light.test.ts", "misuse.ts"]);
      const lines = [...output.matchAll(/^(\S+)\((\d+),/gm)].map(([, file, line]) => `${file}:${line}`);
      expect([...new Set(lines)]).toEqual([5, 6, 8, 9, 11, 12].map((line) => `misuse.ts:${line}`));
    },
    MINUTE,
  );

  it(
    "types a product of one's own by what `profile types` prints",
    async () => {
      const cli = join("node_modules", "gizlab", "dist", "cli", "main.js");
      const source = readFileSync(join(ROOT, "profiles/pet-house/profile.json"), "utf8");
      writeFileSync(join(project, "barn.json"), source.replaceAll("Temperature", "Warmth"));
      const { output } = await run("node", [cli, "profile", "types", "barn.json"]);
      writeFileSync(join(project, "barn.ts"), output);
      writeFileSync(
        join(project, "own.ts"),
        `import { startLab } from "gizlab/testing";
import type {} from "./barn.js";
const lab = await startLab({ profiles: ["barn.json"] });
const barn = await lab.device("barn");
await barn.set({ Warmth: 21 });
await barn.set({ Temperature: 21 });
`,
      );
      const checked = await run("node", [...TSC, ...TYPES, "own.ts"]);
      expect([...checked.output.matchAll(/^(\S+\(\d+),/gm)].map(([, place]) => place)).toEqual(["own.ts(6"]);
    },
    MINUTE,
  );
});
