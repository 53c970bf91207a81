import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { runProgram, startUp } from "../support/cli-process.js";

const SCRIPT = new URL("../fixtures/drive_lab.py", import.meta.url).pathname;
const hasPython = spawnSync("python3", ["--version"]).status === 0;
if (!hasPython) process.stderr.write("test/e2e/lab-control: skipped, python3 is missing: apt-get install python3\n");

it.skipIf(!hasPython)("plain Python drives a lab through /_lab", async () => {
  const names = [...readFileSync(SCRIPT, "utf8").matchAll(/^def (test_\w+)/gm)].map(([, name]) => name);
  const { up, ready } = await startUp(
    ...["--memory", "--clock", "virtual", "--profile", "pet-house", "--devices", "1"],
  );
  const { code, stdout, stderr } = await runProgram("python3", [SCRIPT, ready.urls.http]);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(stdout.trimEnd().split("\n")).toEqual(names.map((name) => `ok ${name}`));
  expect(names.length).toBeGreaterThan(10);
  expect(await up.stop("SIGINT")).toMatchObject({ code: 0 });
  expect(up.stderr).toBe("");
});
