import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createWallClock } from "../../src/core/clock.js";
import { loadProfile } from "../../src/lab/profiles.js";
import { openPort } from "../../src/link/open-port.js";
import { createBrokenMcus, startBrokenMcu } from "../support/broken-mcus.js";
import { compileMcu, hasCompiler } from "../support/c-mcu.js";
import { runCli, startCli } from "../support/cli-process.js";
import { hasSocat, startPtyPair } from "../support/port-ends.js";
import { makeTempFolder } from "../support/temp-folder.js";
import { writeVariablePetHouse } from "../support/variable-pet-house.js";

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

describe("gizlab check on a port where nothing answers", () => {
  it("gives one failure that says what to look at, and one line for the rest", async () => {
    const junit = join(makeTempFolder(), "dead.xml");
    const { code, stdout } = await runCli(["check", "exec:cat >&2", "--profile", "pet-house", "--junit", junit]);
    expect(stdout.match(/FAILED/g)).toHaveLength(1);
    expect(stdout).toMatch(/found no byte at all in 9 transmissions\n {11}likely: check power, RX and TX swapped/);
    expect(stdout).toMatch(
      /\n {2}skipped {2}\d\d rules: nothing readable comes since frame-any\n0 passed, 1 failed, \d\d skipped\n$/,
    );
    expect(code).toBe(1);
    expect(readFileSync(junit, "utf8")).toMatch(/<skipped message="nothing readable comes since frame-any"\/>/);
  }, 60_000);

  it("gives one failure with --fuzz too, in the JUnit report as well", async () => {
    const junit = join(makeTempFolder(), "dead.xml");
    const args = ["check", "exec:cat >&2", "--profile", "pet-house", "--fuzz", "5", "--junit", junit];
    const { code, stdout } = await runCli(args);
    expect(stdout).toMatch(/FAILED .* \[fuzz\]\n .*found no byte at all\n {11}likely: check power, RX and TX/);
    expect(stdout).toMatch(/\n0 passed, 1 failed\n$/);
    expect(code).toBe(1);
    expect(readFileSync(junit, "utf8")).toMatch(/tests="1" failures="1"/);
  }, 60_000);
});

const canCompile = hasCompiler();
const { program } = compileMcu();

describe.skipIf(!canCompile)("gizlab check on an MCU in C with the manners of the vendor's SDK", () => {
  const MANNERS = "-m no-range-check -m resend=2000 -m one-mode";
  const port = `exec:${program} ${MANNERS} - 2>/dev/null`;

  function expectManners(stdout: string): void {
    expect(stdout).not.toMatch(/FAILED/);
    expect(stdout).toMatch(/\n\d\d passed, 0 failed, 5 advice, 2 skipped\n$/);
    expect(stdout).toMatch(
      /advice .*\[control-LED_R-beyond\]\n {11}found 255 reported as it came, better LED_R within 0\.\.254/,
    );
    expect(stdout).toMatch(/advice .*\[control-LED_G-beyond\]: 255 reported as it came\n/);
    expect(stdout).toMatch(/\[control-Motor_Speed-max\]\n {11}found Motor_Speed 10 taken only while LED_Color is Pink/);
    expect(stdout).toMatch(/\[resend\]: resent after [12],\d\d\d ms, 200 ms by the document\n/);
  }

  it("fails nothing and names the advice, in fixed and in variable length, and sends all sequences", async () => {
    const variable = `exec:${program} ${MANNERS} -m var-len - 2>/dev/null`;
    const junit = join(makeTempFolder(), "check.xml");
    const [fixed, varied, fuzzed] = await Promise.all([
      runCli(["check", port, "--profile", "pet-house", "--quick", "--junit", junit]),
      runCli(["check", variable, "--profile", writeVariablePetHouse(), "--quick"]),
      runCli(["check", port, "--profile", "pet-house", "--fuzz", "200", "--json"]),
    ]);
    expectManners(fixed.stdout);
    expect(fixed.code).toBe(0);
    const xml = readFileSync(junit, "utf8");
    expect(xml).toMatch(/<testsuites name="gizlab check" tests="53" failures="0" errors="0" skipped="2"/);
    expect(xml).toMatch(
      /<system-out>found 255 reported as it came, better LED_R within 0\.\.254\nadvice: check a value/,
    );
    expectManners(varied.stdout);
    expect(varied.stdout).toMatch(/\[info-attributes\]: bit 7 is clear \(0000000000000002\), as in the vendor's SDK/);
    expect(varied.code).toBe(0);
    const events = fuzzed.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(events).toContainEqual(expect.objectContaining({ event: "fuzz", outcome: "passed", sequences: 200 }));
    const advice = events.filter(({ outcome }) => outcome === "advice");
    expect(advice).toMatchObject([
      { id: "fuzz-out-of-range", found: expect.stringMatching(/Motor_Speed 11, of 0\.\.10/) },
    ]);
    expect(events.at(-1)).toMatchObject({ event: "total", ok: true, failed: 0, advice: 1 });
    expect(fuzzed.code).toBe(0);
  }, 300_000);

  it("is started once more for each attempt to make a failing sequence smaller, also where it hears nothing", async () => {
    const args = ["check", `exec:${program} -d - 2>/dev/null`, "--profile", "pet-house", "--fuzz", "200"];
    const { code, stdout } = await runCli(args);
    expect(stdout).toMatch(
      /FAILED {3}uart\.md 1\.2 .*\n {11}expected an answer to a heartbeat, found no answer to 3 transmissions\n/,
    );
    expect(stdout).toMatch(/\n {11} {2}mcu < {2}FF FF .* bad frame/);
    expect(stdout).toMatch(
      /: 1 of \d+ frames? left after \d+ attempts, nothing smaller fails, and it failed again on a restarted MCU\n/,
    );
    expect(code).toBe(1);
  }, 240_000);

  it("fails with --strict what is advice without", async () => {
    const junit = join(makeTempFolder(), "strict.xml");
    const args = ["check", port, "--profile", "pet-house", "--fuzz", "30", "--strict", "--junit", junit];
    const { code, stdout } = await runCli(args);
    expect(stdout).toMatch(/\n1 passed, 0 failed, 1 advice; --strict counts advice as failures\n$/);
    expect(code).toBe(1);
    expect(readFileSync(junit, "utf8")).toMatch(/tests="2" failures="1"[\s\S]*<failure type="fuzz-out-of-range"/);
  }, 120_000);
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
