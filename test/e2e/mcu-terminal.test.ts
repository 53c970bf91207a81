import { mkdirSync, symlinkSync } from "node:fs";
import { join, relative } from "node:path";
import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { type CliProcess, runCli, startCli, startOnTerminal } from "../support/cli-process.js";
import { pollUntil } from "../support/poll.js";
import { hasSocat, startPtyPair } from "../support/port-ends.js";
import { makeTempFolder } from "../support/temp-folder.js";

const PET_HOUSE = ["--profile", "pet-house"] as const;
const [CTRL_C, TAB] = ["\u0003", "\t"];

function shown(mcu: CliProcess, text: string): Promise<string> {
  return pollUntil(
    text,
    async () => stripVTControlCharacters(mcu.stdout),
    (stdout) => stdout.includes(text),
  );
}

describe("a signal ends gizlab mcu at once, and what it was doing has failed", () => {
  it.each([
    ["SIGTERM", "wait 50s"],
    ["SIGHUP", "wait cloud"],
    ["SIGINT", "wait 50s"],
  ] as const)("%s in the middle of %s", async (signal, verb) => {
    const mcu = startCli(["mcu", "exec:sleep 60", ...PET_HOUSE, "--do", `get LED_R; ${verb}; report; time`, "--json"]);
    await mcu.event("verb");
    const { code, tookMs } = await mcu.stop(signal);
    expect(code).toBe(1);
    expect(tookMs).toBeLessThan(2000);
    expect(mcu.events.filter(({ event }) => event === "verb")).toMatchObject([
      { verb: "get LED_R", ok: true },
      { verb, ok: false, code: "interrupted", message: `interrupted by ${signal}` },
      {
        verb: "report",
        ok: false,
        code: "interrupted",
        message: expect.stringMatching(/before it was begun, as was 1 verb/),
      },
    ]);
    expect(mcu.stderr).toContain(`gizlab: ${verb}: interrupted by ${signal} [interrupted]\n`);
  });

  it("before anybody is at the port", async () => {
    const mcu = startCli(["mcu", "tcp-listen:0", ...PET_HOUSE, "--do", "wait cloud", "--json"]);
    await mcu.event("ready");
    expect(await mcu.stop("SIGTERM")).toMatchObject({ code: 1 });
    expect(mcu.stderr).toMatch(/gizlab: wait cloud: interrupted by SIGTERM before it was begun \[interrupted\]/);
  });

  it("is no failure where nothing was to be done", async () => {
    const mcu = startCli(["mcu", "exec:sleep 60", ...PET_HOUSE, "--do", "get LED_R", "--json"]);
    await mcu.event("verb");
    expect(await mcu.stop("SIGHUP")).toMatchObject({ code: 0, signal: null });
  });
});

describe.skipIf(process.platform !== "linux")("the prompt", () => {
  it("completes choices at Tab, clears half a line at Ctrl-C, and leaves at the next", async () => {
    const mcu = startOnTerminal(["mcu", "pty", ...PET_HOUSE]);
    await mcu.line(/has a pet-house for its MCU/);
    mcu.type(`set LED_Color=${TAB}`);
    await mcu.line(/Customize {2}Yellow {2}Purple {2}Pink/);
    mcu.type(`Pi${TAB}`);
    await shown(mcu, "set LED_Color=Pink ");
    mcu.type(CTRL_C);
    mcu.type("get LED_Color\r");
    await mcu.line(/^.*get LED_Color: LED_Color=/);
    mcu.type(`set Temperature=${TAB}`);
    await mcu.line(/Temperature: -13 to 187/);
    mcu.type(CTRL_C);
    mcu.type(CTRL_C);
    expect(await mcu.ended).toMatchObject({ code: 0 });
    expect(mcu.stdout).not.toContain("Temperature is");
  });
});

describe("what comes from outside", () => {
  it("never reaches the terminal as an escape", async () => {
    const name = "\u001b]0;owned\u0007\u009b2J";
    for (const args of [
      ["mcu", "exec:false", "--profile", `${name}.json`],
      ["decode", "--profile", name, "FF"],
      [name],
      ["trace", `--${name}`],
    ]) {
      const { code, stdout, stderr } = await runCli(args);
      expect(code).toBe(2);
      expect(`${stdout}${stderr}`).not.toMatch(/[^\P{Cc}\n\t]/u);
    }
  });
});

describe.skipIf(!hasSocat())("a path that is there is a PORT", () => {
  it.each(["mcu", "bridge"])(
    "for %s: relative, with a slash or without, and through a link",
    async (command) => {
      const folder = makeTempFolder();
      mkdirSync(join(folder, "pty"));
      const { a } = await startPtyPair(join(folder, "pty"));
      symlinkSync(a, join(folder, "ttyV0"));
      for (const path of [relative(process.cwd(), a), relative(process.cwd(), join(folder, "ttyV0"))]) {
        const child = startCli([command, path, ...PET_HOUSE, "--json"]);
        expect(await child.event("ready")).toMatchObject({ port: path });
        await child.stop("SIGTERM");
      }
      const { code, stderr } = await runCli([command, "pty/nobody", ...PET_HOUSE]);
      expect([code, stderr]).toEqual([1, expect.stringContaining("pty/nobody is not there [port-missing]")]);
    },
    90_000,
  );
});
