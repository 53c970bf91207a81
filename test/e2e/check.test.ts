import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { runCli } from "../support/cli-process.js";
import { makeTempFolder } from "../support/temp-folder.js";

describe("gizlab check", () => {
  it("passes the virtual MCU, in words and as JUnit", async () => {
    const junit = join(makeTempFolder(), "check.xml");
    const { code, stdout } = await runCli(["check", "virtual", "--profile", "pet-house", "--junit", junit]);
    expect(stdout).toMatch(/ok {7}uart\.md 2\.9 {3}answers a wrong checksum with 12, error 1 \[illegal-checksum\]/);
    expect(stdout).toMatch(/\n\d+ passed, 0 failed\n$/);
    expect(code).toBe(0);
    expect(readFileSync(junit, "utf8")).toMatch(/<testsuites name="gizlab check" tests="\d\d" failures="0"/);
  });

  it("prints a line of JSON for each rule", async () => {
    const { code, stdout } = await runCli(["check", "virtual", "--profile", "ai-toy", "--json"]);
    const lines = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines[0]).toMatchObject({ event: "check", port: "virtual", profile: "ai-toy" });
    expect(lines[1]).toMatchObject({ event: "rule", id: "frame-any", clause: "uart.md 1", outcome: "passed" });
    expect(lines.at(-1)).toMatchObject({ event: "total", ok: true, failed: 0 });
    expect(code).toBe(0);
  });

  it("refuses a port it cannot open in one line", async () => {
    const { code, stderr } = await runCli(["check", "/dev/ttyUSB0", "--profile", "pet-house"]);
    expect(stderr).toBe("gizlab: check cannot open /dev/ttyUSB0 yet [usage]; the one port it knows is: virtual\n");
    expect(code).toBe(2);
  });
});
