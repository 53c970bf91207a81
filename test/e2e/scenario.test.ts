import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCli, startCli } from "../support/cli-process.js";
import { makeTempFolder } from "../support/temp-folder.js";
import { findElements, parseXml } from "../support/xml.js";

const FIXTURES = new URL("../fixtures/scenarios/", import.meta.url).pathname;
const GOOD = join(FIXTURES, "pet-house-alarm.yaml");
const FAILING = join(FIXTURES, "failing.yaml");
/** Ctrl-C closes cleanly within a second (interfaces.md); some more for a machine that runs all tests at once. */
const SOON_MS = 1500;

/** A scenario file of this text. */
function writeScenario(text: string): string {
  const file = join(makeTempFolder(), "made-up.yaml");
  writeFileSync(file, text);
  return file;
}

function events(stdout: string): Record<string, unknown>[] {
  return stdout
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe("gizlab scenario run", () => {
  it("tells each step with its line and ends with 0 when all passed", async () => {
    const { code, stdout, stderr } = await runCli(["scenario", "run", GOOD]);
    expect([code, stderr]).toEqual([0, ""]);
    const lines = stdout.trimEnd().split("\n");
    expect(lines[0]).toBe("A warm pet house raises its alarm, and an app cools it (seed 7)");
    expect(lines[1]).toBe(`  ok      ${GOOD}:9  expect house: online, meter: online`);
    expect(lines.slice(1, -1).filter((line) => !line.startsWith("  ok      "))).toEqual([]);
    expect(lines.at(-1)).toBe("16 passed, 0 failed");
  });

  it("ends with 1 at a deliberate failure, names its line, says why, and writes JUnit", async () => {
    const junit = join(makeTempFolder(), "reports", "junit.xml");
    const { code, stdout, stderr } = await runCli(["scenario", "run", FAILING, GOOD, "--junit", junit]);
    expect([code, stderr]).toEqual([1, ""]);
    expect(stdout).toContain(`  ok      ${FAILING}:5  set house: {Temperature: 30}\n`);
    expect(stdout).toContain(
      `  FAILED  ${FAILING}:6  expect house: {report: {Temperature: 31}}, within: 10s [expectation-failed]\n`,
    );
    expect(stdout).toMatch(/\n {10}no report Temperature=31 of pet-house \S+ within 10s\n {12}nearest: /);
    expect(stdout).toMatch(/\n {14}Temperature is 30, wanted 31\n/);
    // The other file is run all the same.
    expect(stdout.trimEnd().split("\n").at(-1)).toBe("17 passed, 1 failed, 1 not run");

    const root = parseXml(readFileSync(junit, "utf8"));
    expect(root.attributes).toMatchObject({ tests: "19", failures: "1", skipped: "1", errors: "0" });
    expect(root.children.map(({ attributes }) => attributes.file)).toEqual([FAILING, GOOD]);
    const failed = findElements(root, "testcase").filter((test) => findElements(test, "failure").length > 0);
    expect(failed.map(({ attributes }) => attributes)).toEqual([
      expect.objectContaining({ file: FAILING, line: "6", classname: "A value that never comes" }),
    ]);
    const [failure] = findElements(root, "failure");
    expect(failure?.attributes.message).toMatch(/^no report Temperature=31 of pet-house \S+ within 10s$/);
    expect(failure?.text).toContain("Temperature is 30, wanted 31");
  });

  it("speaks JSON, a line for each step and for what there is at the end", async () => {
    const { code, stdout } = await runCli(["scenario", "run", FAILING, "--json", "--coverage", "--seed", "9"]);
    expect(code).toBe(1);
    const told = events(stdout);
    expect(told.map(({ event }) => event)).toEqual([
      "scenario",
      "step",
      "step",
      "step",
      "finished",
      "coverage",
      "total",
    ]);
    expect(told[0]).toMatchObject({ file: FAILING, name: "A value that never comes", seed: "9", steps: 3 });
    expect(told[2]).toMatchObject({
      line: 6,
      kind: "expect",
      outcome: "failed",
      error: { code: "expectation-failed" },
    });
    expect(told[3]).toMatchObject({ line: 7, outcome: "skipped" });
    expect(told[5]).toMatchObject({ datapoints: { "pet-house": { controlled: { touched: [] } } } });
    expect(told[6]).toEqual({ event: "total", scenarios: 1, passed: 1, failed: 1, skipped: 1 });
  });

  it("tells what several files have touched together", async () => {
    const { stdout } = await runCli(["scenario", "run", FAILING, GOOD, "--coverage"]);
    expect(stdout).toContain("\npet-house controlled: 2 of 6; not LED_OnOff LED_R LED_G LED_B\n");
    expect(stdout).toContain("\nsmart-meter controlled: 0 of 1; not relay\n");
    expect(stdout).toMatch(/\nfaults: 1 of \d+; not /);
  });

  it("ends with 2 before anything runs when a file is no scenario, and says every place", async () => {
    const bad = writeScenario("devices: { house: pet-hose }\nsteps:\n  - set: { hause: {} }\n");
    const junit = join(makeTempFolder(), "junit.xml");
    const { code, stdout, stderr } = await runCli(["scenario", "run", GOOD, bad, "--junit", junit]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr.trimEnd().split("\n")).toEqual([
      `gizlab: ${bad}:1:19 devices.house: no product is called pet-hose [scenario-invalid]; did you mean pet-house?`,
      `gizlab: ${bad}:3:12 steps[0].set.hause: no device is called hause [scenario-invalid]; did you mean house?`,
    ]);
    expect(existsSync(junit)).toBe(false);
    const json = await runCli(["scenario", "run", bad, "--json"]);
    expect(json.code).toBe(2);
    expect(events(json.stdout)[0]).toMatchObject({
      event: "problem",
      file: bad,
      line: 1,
      column: 19,
      path: "devices.house",
    });
  });

  it("ends with 2 before anything runs when a file cannot be read or a report cannot be written", async () => {
    const missing = await runCli(["scenario", "run", "nowhere.yaml"]);
    expect([missing.code, missing.stdout]).toEqual([2, ""]);
    expect(missing.stderr).toMatch(/^gizlab: nowhere\.yaml cannot be read: there is no such file .*\n$/);
    const big = await runCli(["scenario", "run", writeScenario("#".repeat(1024 * 1024 + 1))]);
    expect([big.code, big.stderr]).toEqual([2, expect.stringMatching(/^gizlab: cannot read .*1048576 bytes at most/)]);
    const unwritable = await runCli(["scenario", "run", GOOD, "--junit", join(GOOD, "junit.xml")]);
    expect([unwritable.code, unwritable.stdout]).toEqual([2, ""]);
    expect(unwritable.stderr).toMatch(/^gizlab: .*junit\.xml cannot be written: .*\[file-unwritable\].*\n$/);
  });

  it("knows what was probably meant", async () => {
    expect((await runCli(["scenario", "rum", GOOD])).stderr).toContain("Did you mean run?");
    expect((await runCli(["scenari", "run", GOOD])).stderr).toContain("Did you mean scenario?");
    expect((await runCli(["scenario", "run", GOOD, "--junt", "x"])).stderr).toContain("Did you mean --junit?");
  });

  it("ends soon at Ctrl-C, and writes what it has", async () => {
    const file = writeScenario("clock: wall\ndevices: { house: pet-house }\nsteps:\n  - wait: 1ms\n  - wait: 1h\n");
    const junit = join(makeTempFolder(), "junit.xml");
    const child = startCli(["scenario", "run", file, "--json", "--junit", junit]);
    await child.event("step");
    const end = await child.stop("SIGINT");
    expect(end).toMatchObject({ code: 130, signal: null });
    expect(end.tookMs).toBeLessThan(SOON_MS);
    expect(child.events.at(-1)).toEqual({ event: "total", scenarios: 1, passed: 1, failed: 0, skipped: 1 });
    expect(parseXml(readFileSync(junit, "utf8")).attributes).toMatchObject({ tests: "2", skipped: "1" });
  });
});

describe("gizlab scenario check", () => {
  it("says what is in good files, and runs nothing", async () => {
    const { code, stdout } = await runCli(["scenario", "check", FAILING, GOOD]);
    expect(code).toBe(0);
    expect(stdout.trimEnd().split("\n")).toEqual([
      `${FAILING}: A value that never comes: 1 device, 3 steps`,
      `${GOOD}: A warm pet house raises its alarm, and an app cools it: 2 devices, 16 steps`,
    ]);
  });

  it("ends with 1 and the place of every mistake", async () => {
    const bad = writeScenario(
      "devices: { house: pet-house }\nsteps:\n  - advance: 10\n  - advance: 1h\n    wait: 1s\n",
    );
    const { code, stdout, stderr } = await runCli(["scenario", "check", bad]);
    expect([code, stderr]).toEqual([1, ""]);
    expect(stdout).toMatch(
      /:3:14 steps\[0\]\.advance: "10" is not a duration \[duration-invalid\]; write a number and a unit/,
    );
    expect(stdout).toMatch(/:5:5 steps\[1\]\.wait: a step has one key \[scenario-invalid\]; begin another step/);
    const json = await runCli(["scenario", "check", bad, GOOD, "--json"]);
    expect(events(json.stdout).map(({ event, line }) => [event, line])).toEqual([
      ["problem", 3],
      ["problem", 5],
      ["checked", undefined],
    ]);
  });
});

describe("gizlab scenario schema", () => {
  it("prints a JSON Schema, as a line with --json", async () => {
    const text = await runCli(["scenario", "schema"]);
    const line = await runCli(["scenario", "schema", "--json"]);
    expect([text.code, line.code]).toEqual([0, 0]);
    expect(JSON.parse(text.stdout)).toMatchObject({ $schema: "https://json-schema.org/draft/2020-12/schema" });
    expect(JSON.parse(line.stdout)).toEqual(JSON.parse(text.stdout));
    expect(line.stdout.trimEnd()).not.toContain("\n");
  });
});
