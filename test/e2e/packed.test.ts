import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const ROOT = new URL("../..", import.meta.url).pathname;
const README = readFileSync(join(ROOT, "README.md"), "utf8");
const SNIPPET = /^```ts\n([\s\S]*?gizlab\/testing[\s\S]*?)^```$/m.exec(README)?.[1] ?? "";
const TSC = [join(ROOT, "node_modules/.bin/tsc"), "--noEmit", "--strict", "--module", "nodenext", "--target", "es2022"];
const TYPES = ["--moduleResolution", "nodenext", "--lib", "es2023,esnext.disposable,dom", "--skipLibCheck"];

let project: string;

/** An empty project with the packed tarball in it; the packages it needs are those of this checkout. */
beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), "gizlab-packed-"));
  const modules = join(project, "node_modules");
  mkdirSync(join(modules, "gizlab"), { recursive: true });
  for (const name of readdirSync(join(ROOT, "node_modules"))) {
    symlinkSync(join(ROOT, "node_modules", name), join(modules, name));
  }
  const [{ filename }] = JSON.parse(
    execFileSync("npm", ["pack", "--json", "--ignore-scripts", "--pack-destination", project], {
      cwd: ROOT,
      encoding: "utf8",
      stdio: ["ignore", "pipe", "ignore"],
    }),
  ) as [{ filename: string }];
  execFileSync("tar", ["-xzf", join(project, filename), "-C", join(modules, "gizlab"), "--strip-components=1"]);
  writeFileSync(join(project, "package.json"), '{"name":"empty","type":"module"}');
  writeFileSync(join(project, "light.test.ts"), SNIPPET);
}, 60_000);

afterAll(() => rmSync(project, { recursive: true, force: true }));

function run(program: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve) => {
    const { VITEST: _, NODE_ENV: __, ...env } = process.env;
    execFile(program, args, { cwd: project, env: { ...env, NO_COLOR: "1" } }, (error, stdout, stderr) =>
      resolve({ code: error === null ? 0 : Number(error.code ?? 1), output: `${stdout}${stderr}` }),
    );
  });
}

describe("the packed tarball in an empty project", () => {
  it("passes the test that the README shows", async () => {
    expect(SNIPPET).toContain("lab.faults.add");
    const { code, output } = await run(join(ROOT, "node_modules/.bin/vitest"), ["run"]);
    expect(output).toMatch(/Tests +1 passed/);
    expect(code).toBe(0);
  }, 60_000);

  it("runs as the command gizlab", async () => {
    const { code, output } = await run("node", [
      "node_modules/gizlab/dist/cli/main.js",
      "decode",
      "FFFF0005071000001C",
    ]);
    expect([code, output.includes("heartbeat")]).toEqual([0, true]);
  });

  it("compiles what fits the profile, and refuses a misspelt datapoint, a wrong type and a read-only control", async () => {
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
  }, 60_000);

  it("types a product of one's own by what `profile types` prints", async () => {
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
  }, 60_000);
});
