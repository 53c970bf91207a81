import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createWallClock } from "../../src/core/clock.js";
import { loadProfile } from "../../src/lab/profiles.js";
import { openPort } from "../../src/link/open-port.js";
import { createBrokenMcus, startBrokenMcu } from "../support/broken-mcus.js";
import { runCli, startCli } from "../support/cli-process.js";
import { hasSocat, startPtyPair } from "../support/port-ends.js";
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

  it("leaves out of a quick run what takes minutes, and says so", async () => {
    const { code, stdout } = await runCli(["check", "virtual", "--profile", "pet-house", "--quick"]);
    expect(stdout).toMatch(/skipped {2}uart\.md 3\.1 .*\[report-full\]: takes 10m, and a quick run leaves out/);
    expect(stdout).toMatch(/\n\d+ passed, 0 failed, 2 skipped\n$/);
    expect(code).toBe(0);
  });

  it("says in one line what is wrong with a port or an option", async () => {
    const cases = [
      [["/dev/no-such-port"], 1, /^gizlab: \/dev\/no-such-port is not there \[port-missing\]; .*\n$/],
      [["tcp:127.0.0.1:1"], 1, /^gizlab: nobody listens at tcp:127\.0\.0\.1:1 \[port-unreachable\]\n$/],
      [["virtuel"], 2, /^gizlab: "virtuel" names no port \[usage\]; did you mean virtual.*\n$/],
      [["virtual", "--junit", "/dev/null/x.xml"], 2, /^gizlab: \/dev\/null\/x\.xml cannot be written: .*\n$/],
      [["virtual", "--fuzz", "many"], 2, /^gizlab: --fuzz is a whole number, .*\n$/],
      [["virtual", "--baud", "1"], 2, /^gizlab: --baud is a whole number, .*\n$/],
    ] as const;
    for (const [args, code, words] of cases) {
      const result = await runCli(["check", ...args, "--profile", "pet-house"]);
      expect([result.code, result.stderr]).toEqual([code, expect.stringMatching(words)]);
    }
  });
});

describe("gizlab check with generated sequences", () => {
  it("passes the virtual MCU, in words and as JUnit", async () => {
    const junit = join(makeTempFolder(), "fuzz.xml");
    const args = ["check", "virtual", "--profile", "ai-toy", "--fuzz", "50", "--seed", "9", "--junit", junit];
    const { code, stdout } = await runCli(args);
    expect(stdout).toBe(
      "ai-toy on virtual\n  ok       uart.md 1.2   survives 50 generated frame sequences [fuzz]\n1 passed, 0 failed\n",
    );
    expect(code).toBe(0);
    expect(readFileSync(junit, "utf8")).toMatch(/<testsuites name="gizlab check" tests="1" failures="0"/);
  });
});

describe("gizlab check on a real port", () => {
  const { profile } = loadProfile("pet-house");

  /** An MCU at a TCP port of this process, on the wall clock; the PORT that leads to it. */
  async function listenAsMcu(broken: Parameters<typeof startBrokenMcu>[0] = {}) {
    const link = await openPort("tcp-listen:0");
    const mcu = startBrokenMcu(broken, { profile, clock: createWallClock(), link });
    onTestFinished(() => {
      mcu.stop();
      link.close();
    });
    return { link, port: link.name.replace("tcp-listen:", "tcp:127.0.0.1:") };
  }

  it("passes an MCU that keeps every clause", async () => {
    const { port } = await listenAsMcu();
    const { code, stdout, stderr } = await runCli(["check", port, "--profile", "pet-house", "--quick"]);
    expect(stderr).toBe("");
    expect(stdout).toMatch(/\n\d\d passed, 0 failed, 2 skipped\n$/);
    expect(code).toBe(0);
  }, 150_000);

  it("fails a broken one at its clause, and waits for it where the port listens", async () => {
    const broken = createBrokenMcus().find(({ name }) => name === "wrong checksum range");
    const cli = startCli(["check", "tcp-listen:0", "--profile", "pet-house", "--quick", "--json"]);
    const { port } = await cli.event("port");
    const link = await openPort(String(port).replace("tcp-listen:", "tcp:127.0.0.1:"));
    const mcu = startBrokenMcu(broken ?? {}, { profile, clock: createWallClock(), link });
    onTestFinished(() => {
      mcu.stop();
      link.close();
    });
    expect(await cli.event("rule", ({ outcome }) => outcome === "failed")).toMatchObject({
      id: "frame-checksum",
      clause: "uart.md 1",
      hint: expect.stringMatching(/checksum counts the header/),
    });
    expect((await cli.result()).code).toBe(1);
    expect(cli.events.at(-1)).toMatchObject({ event: "total", ok: false, failed: 1 });
  }, 60_000);

  it.skipIf(!hasSocat())(
    "sends generated sequences over a pty too",
    async () => {
      const { a, b } = await startPtyPair(makeTempFolder());
      const link = await openPort(a);
      const mcu = startBrokenMcu({}, { profile, clock: createWallClock(), link });
      onTestFinished(() => {
        mcu.stop();
        link.close();
      });
      const { code, stdout } = await runCli(["check", b, "--profile", "pet-house", "--fuzz", "10"]);
      expect(stdout).toMatch(/survives 10 generated frame sequences/);
      expect(code).toBe(0);
    },
    60_000,
  );

  it("ends in one line when the port goes in the middle", async () => {
    const { link, port } = await listenAsMcu();
    const cli = startCli(["check", port, "--profile", "pet-house", "--json"]);
    await cli.event("rule");
    link.close();
    const { code, stderr } = await cli.result();
    expect(stderr).toMatch(/^gizlab: the port has gone in the middle of the check \[port-gone\]; .*\n$/);
    expect(code).toBe(1);
  });
});
