import { execFile } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { listShippedProfiles, loadProfile } from "../../../src/lab/profiles.js";
import { parseProfile } from "../../../src/profile/load.js";
import { printTypes } from "../../../src/profile/typescript.js";
import { BENCH_ATTRS, printProfile } from "../../support/profile-document.js";
import { makeTempFolder } from "../../support/temp-folder.js";

const TSC = fileURLToPath(new URL("../../../node_modules/.bin/tsc", import.meta.url));
const CONFIG = {
  compilerOptions: { strict: true, noEmit: true, module: "nodenext", types: [], lib: ["es2022"], skipLibCheck: true },
  include: ["*.ts"],
};

/** What the compiler says about the files of a folder, `file(line): code`; empty when it has nothing to say. */
function compile(files: Readonly<Record<string, string>>): Promise<string[]> {
  const folder = makeTempFolder();
  writeFileSync(join(folder, "package.json"), JSON.stringify({ type: "module" }));
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(CONFIG));
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  return new Promise((resolve) => {
    execFile(TSC, ["-p", folder, "--pretty", "false"], (failure, output) => {
      const lines = [...output.matchAll(/([\w.-]+)\((\d+),\d+\): error (TS\d+)/g)];
      const found = lines.map(([, file, line, code]) => `${file}(${line}): ${code}`);
      resolve(failure !== null && found.length === 0 ? [`${failure.message}${output}`] : found);
    });
  });
}

describe("printTypes", () => {
  const bench = printTypes(parseProfile(printProfile(), "bench"));

  it("gives types for every shipped profile that a strict compiler takes", async () => {
    const files = listShippedProfiles().map((name) => [`${name}.ts`, printTypes(loadProfile(name).profile)] as const);
    const usage = [
      'import type { PetHouseAttrs, PetHouseControls } from "./pet-house.js";',
      "export const control: PetHouseControls = { Motor_Speed: -5, LED_OnOff: true };",
      "export const speed = (attrs: PetHouseAttrs): number => attrs.Motor_Speed + attrs.Temperature;",
      'import type { PhMeterControls } from "./ph-meter.js";',
      "export const nothing: PhMeterControls = {};",
    ].join("\n");
    expect(await compile({ ...Object.fromEntries(files), "usage.ts": usage })).toEqual([]);
  });

  it("lets the compiler find a misspelt datapoint, a foreign label, a wrong type and a read-only one", async () => {
    const usage = [
      'import type { BenchAttrs, BenchControls } from "./bench.js";',
      "export const good: BenchControls = { target: 20, mode: 'heat', serial: '00112233', power: false };",
      "export const misspelt: BenchControls = { targett: 20 };",
      "export const label: BenchControls = { mode: 'heet' };",
      "export const type: BenchControls = { power: 1 };",
      "export const readonly: BenchControls = { level: 7 };",
      "export const reading = (attrs: BenchAttrs): number => attrs.levle;",
    ].join("\n");
    expect(await compile({ "bench.ts": bench, "usage.ts": usage })).toEqual([
      "usage.ts(3): TS2561",
      "usage.ts(4): TS2322",
      "usage.ts(5): TS2322",
      "usage.ts(6): TS2353",
      "usage.ts(7): TS2551",
    ]);
  });

  it("stays sound when names and labels are anything a person may type", async () => {
    const { power, mode, level } = BENCH_ATTRS;
    const odd = [
      { ...power, name: "constructor", display_name: "ends */ here\nand goes on" },
      { ...mode, name: "class", enum: ['say "hi"', "back\\slash", "摄氏", "`$1`", ""] },
      { ...level, id: 2, type: "status_readonly", position: undefined },
    ];
    const names = ["智能灯", "3-way lamp", "pet house", "Ünit"];
    const files = names.map((name, at) => [`n${at}.ts`, printTypes(parseProfile(printProfile(odd, { name }), name))]);
    expect(await compile(Object.fromEntries(files))).toEqual([]);
    expect(files.map(([, text]) => /interface (\w+)Attrs/.exec(String(text))?.[1])).toEqual([
      "Product",
      "Product3WayLamp",
      "PetHouse",
      "Nit",
    ]);
  });

  it("tells limits, step and access in the comment of each datapoint", () => {
    expect(bench).toContain("/** target (writable, -13 to 187, step 1) */\n  target: number;");
    expect(bench).toContain("/** level (readonly, 0 to 14, step 0.01) */\n  level: number;");
    expect(bench).toContain("/** serial (writable, hex of 4 bytes) */\n  serial: string;");
    expect(bench).toContain("/** alert (alert) */\n  alert: boolean;");
  });

  it("writes limits without the noise of binary fractions", () => {
    const spec = { min: 1, max: 3, ratio: 0.1, addition: 0.2 };
    const text = printProfile([{ ...BENCH_ATTRS.level, id: 0, uint_spec: spec, position: undefined }]);
    expect(printTypes(parseProfile(text, "noise"))).toContain("0.3 to 0.5, step 0.1)");
  });
});
