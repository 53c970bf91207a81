import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { runCli, startUp } from "../support/cli-process.js";
import { ENCODINGS } from "../support/encodings.js";
import { expectOneLine } from "../support/one-line.js";
import { makeTempFolder } from "../support/temp-folder.js";

const CASE = (name: string): string => fileURLToPath(new URL(`../fixtures/cases/${name}`, import.meta.url));
const NOTEPAD = ENCODINGS["UTF-16LE with a byte order mark and CRLF"];
const LOG = "[19-08-28 18:50:45.681][RX]FF FF 00 05 07 10 00 00 1C\n";
const SCENARIO = "name: Warm\ndevices:\n  house: pet-house\nsteps:\n  - set: { house: { Temperature: 30 } }\n";
const RECORDING = `${JSON.stringify({ kind: "recording", format: 1, gizlab: "0.1.0", seed: 7, clock: "virtual", started_at: 0, from_start: true, redacted: true, profiles: [] })}\n`;

describe("a FILE that is -", () => {
  it("is stdin for gizlab import, which reads it whole before it stores anything", async () => {
    const { ready } = await startUp("--memory", "--profile", "pet-house", "--devices", "1");
    const where = ["--did", String(ready.devices[0]?.did), "--cloud", ready.urls.http];
    const rows = Array.from({ length: 3000 }, (_, at) => `${1767225600 + at * 60},${at % 40}`).join("\n");
    const imported = await runCli(["import", "-", ...where, "--json"], { input: NOTEPAD(`ts,Temperature\n${rows}\n`) });
    expect(JSON.parse(imported.stdout)).toMatchObject({ event: "imported", file: "stdin", reports: 3000 });
    const wrong = await runCli(["import", "-", ...where], { input: "ts,Temperature\n1767225600,1\n1767225600,999\n" });
    expect(wrong).toMatchObject({
      code: 1,
      stderr: expect.stringContaining("stdin:3:12: Temperature is out of range"),
    });
  });

  it.each<[string[], string, RegExp]>([
    [["profile", "check"], '{"name":1}', /stdin:1:9: name/],
    [["scenario", "check"], SCENARIO.replace("pet-house", "pet-hous"), /stdin:3:10 devices/],
    [["tools", "log"], LOG, /heartbeat/],
    [["replay", "--against", "module"], "nothing", /stdin:1: line 1: not JSON/],
    [["wireshark", "--pcapng", "a", "--lua", "b"], "nothing", /stdin:1: line 1: not JSON/],
    [["mcu", "pty", "--profile", "pet-house", "--script"], "Temprature\n1", /stdin:1:1: .*did you mean Temperature/],
  ])("is stdin for gizlab %j, in every encoding", async (args, text, words) => {
    for (const input of [text, NOTEPAD(text)]) {
      const { stdout, stderr } = await runCli([...args, "-"], { input });
      expect(stdout + stderr).toMatch(words);
    }
  });

  it("has a name of its own for a capture", async () => {
    expectOneLine(await runCli(["wireshark", "-"], { input: RECORDING }), { code: 2, line: /--pcapng and --lua/ });
    expectOneLine(await runCli(["replay", "-", "--step"], { input: RECORDING }), {
      code: 2,
      line: /--step reads Enter/,
    });
  });
});

describe("text files on the command line", () => {
  it("may have a byte order mark: f07", async () => {
    const checked = await runCli(["profile", "check", CASE("f07-profile-bom.json")]);
    expect(checked).toMatchObject({ code: 0, stdout: expect.stringMatching(/^pet-house: 15 datapoints/) });
    const up = ["up", "--memory", "--http-port", "0", "--mqtt-port", "0", "--seed", CASE("f07-seed-bom.json")];
    expect(await runCli([...up, "--exec", "true"])).toMatchObject({ code: 0 });
  });

  it("are refused with place and cure where they are not text", async () => {
    const file = join(makeTempFolder(), "gbk.json");
    writeFileSync(file, Buffer.from('{\n  "name": "\xce\xc2"\n}\n', "latin1"));
    const line = /gbk\.json:2:12 offset 13: byte 0xCE is not UTF-8 \[text-encoding\]; save the file as UTF-8/;
    expectOneLine(await runCli(["profile", "check", file]), { code: 2, line });
    expectOneLine(await runCli(["up", "--memory", "--seed", file]), { code: 2, line });
  });

  it("of a serial tool may have comments of another code page, which is said", async () => {
    const file = join(makeTempFolder(), "tool.log");
    writeFileSync(file, Buffer.concat([Buffer.from("\xce\xc2\xb6\xc8\n", "latin1"), Buffer.from(LOG)]));
    const { code, stdout, stderr } = await runCli(["tools", "log", file]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: expect.stringContaining("1 frame, 0 bad") });
    expect(stderr).toBe(`gizlab: ${file}:1 is not UTF-8 (GBK or Latin-1?); only its ASCII is read\n`);
  });
});

describe("a file that cannot be read or written", () => {
  const folder = (): string => {
    const path = join(makeTempFolder(), "folder");
    mkdirSync(path);
    return path;
  };

  it.each<[(path: string) => string[], RegExp]>([
    [(path) => ["profile", "check", path], /the directory .*folder has no profile\.json .*\[profile-missing\]/],
    [(path) => ["import", path, "--did", "x", "--cloud", "http://127.0.0.1:1"], /it is a directory|no cloud answers/],
    [(path) => ["replay", path], /folder cannot be read: it is a directory/],
    [(path) => ["scenario", "check", path], /folder cannot be read: it is a directory/],
    [(path) => ["tools", "log", path], /folder cannot be read: it is a directory/],
    [(path) => ["up", "--memory", "--seed", path], /folder cannot be read: it is a directory/],
    [(path) => ["mcu", "pty", "--profile", "pet-house", "--script", path], /folder cannot be read: it is a directory/],
    [(path) => ["profile", "check", join(path, "none.json")], /there is no profile ".*none\.json"/],
    [(path) => ["bridge", "pty", "--ota", path], /folder cannot be read: it is a directory/],
  ])("says why in words: %s", async (args, words) => {
    const { code, stderr } = await runCli(args(folder()));
    expect(stderr).not.toMatch(/\bE[A-Z]{4,}\b|unforeseen/);
    expect(stderr).toMatch(words);
    expect(code).not.toBe(0);
  });
});
