import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { runCli } from "../support/cli-process.js";
import { makeTempFolder } from "../support/temp-folder.js";

const F14 = fileURLToPath(new URL("../fixtures/cases/f14-uint64.json", import.meta.url));

describe("a uint64 on the command line", () => {
  it("passes profile check, and is a number or a text in the types", async () => {
    expect(await runCli(["profile", "check", F14])).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^pass: 1 datapoint, dev_status 8 bytes, attr_flags 1/),
    });
    expect((await runCli(["profile", "types", F14])).stdout).toContain("kuozhan: number | string;");
  });

  it.each<[given: string, shown: number | string, hex: string]>([
    ["0", 0, "0000000000000000"],
    ["9007199254740991", 9007199254740991, "001fffffffffffff"],
    ["9007199254740993", "9007199254740993", "0020000000000001"],
    ['"9007199254740993"', "9007199254740993", "0020000000000001"],
    ["18446744073709551615", "18446744073709551615", "ffffffffffffffff"],
  ])("goes through encode and decode with every digit: %s", async (given, shown, hex) => {
    const args = ["encode", "--cmd", "report", "--profile", F14, "--attrs", `{"kuozhan":${given}}`];
    const frame = (await runCli(args)).stdout.trim();
    const decoded = await runCli(["decode", "--json", "--profile", F14, frame]);
    expect(JSON.parse(decoded.stdout.split("\n")[0] ?? "")).toMatchObject({
      payload: `04${hex}`,
      attrs: { kuozhan: shown },
    });
  });

  it.each(["18446744073709551616", "-1", '"-1"'])("is refused out of range: %s", async (given) => {
    const args = ["encode", "--cmd", "control", "--profile", F14, "--attrs", `{"kuozhan":${given}}`];
    expect(await runCli(args)).toMatchObject({ code: 1, stderr: expect.stringContaining("[attr-range]") });
  });

  it("keeps its digits in a scenario, where YAML has a number", async () => {
    const file = join(makeTempFolder(), "wide.yaml");
    writeFileSync(
      file,
      [
        "name: Eight bytes",
        `profiles: [${JSON.stringify(F14)}]`,
        "devices: { wide: f14-uint64 }",
        "steps:",
        "  - set: { wide: { kuozhan: 18446744073709551615 } }",
        "  - expect: { wide: { report: { kuozhan: 18446744073709551615 } }, within: 10s }",
        '  - control: { wide: { kuozhan: "9007199254740993" } }',
        "  - expect: { wide: { report: { kuozhan: 9007199254740993 } }, within: 10s }",
        "",
      ].join("\n"),
    );
    const run = await runCli(["scenario", "run", file]);
    expect(run).toMatchObject({ code: 0, stdout: expect.stringContaining("4 passed, 0 failed") });
    writeFileSync(
      file,
      `name: no\nprofiles: [${JSON.stringify(F14)}]\ndevices: { wide: f14-uint64 }\nsteps:\n  - set: { wide: { kuozhan: 18446744073709551616 } }\n`,
    );
    expect((await runCli(["scenario", "check", file])).stdout).toMatch(/:5:\d+ .*kuozhan is out of range/);
  });
});
