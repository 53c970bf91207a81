import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { COMMANDS } from "../../src/cli/command-line/command-table.js";
import { formatHex } from "../../src/core/hex.js";
import { type CliResult, readLines, runCli, runShell } from "../support/cli-process.js";
import { makeTempFolder } from "../support/temp-folder.js";
import { loadUartVectors } from "../support/vectors.js";

const VERSION = String(
  (JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string }).version,
);

/** Asserts that a command was refused as wrong usage: exit code 2, nothing on stdout, a line for people on stderr. */
function expectUsage({ code, stdout, stderr }: CliResult, message: RegExp): void {
  expect(stderr).toMatch(message);
  expect(stderr).toMatch(/^gizlab: /);
  expect(stderr).not.toMatch(/unforeseen|\bat .*\.js/);
  expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
}

describe("help", () => {
  /** Every command that `help` and the help of its commands name. */
  async function walkHelp(command: readonly string[] = []): Promise<Map<string, CliResult>> {
    const help = await runCli([...command, "--help"]);
    const name = command.join(" ");
    const pattern = new RegExp(`^  gizlab ${name === "" ? "" : `${name} `}([a-z]+)`, "gm");
    // The examples come behind the commands and look alike.
    const [commands = ""] = help.stdout.split("Examples:");
    const below = await Promise.all(
      [...commands.matchAll(pattern)].map(([, word = ""]) => walkHelp([...command, word])),
    );
    return new Map([[name, help], ...below.flatMap((found) => [...found])]);
  }

  it("of every command exits 0 and shows examples", async () => {
    const found = await walkHelp();
    const commands = ["", "up", "sim", "trace", "record", "wireshark", "decode", "encode", "profile"];
    commands.push("profile check", "profile types", "profile dissector");
    expect([...found.keys()]).toEqual(expect.arrayContaining(commands));
    for (const [command, { code, stdout, stderr }] of found) {
      expect({ command, code, stderr }).toEqual({ command, code: 0, stderr: "" });
      if (command !== "") expect(stdout, command).toMatch(/^Examples:\n {2}(gizlab |source <\(gizlab )/m);
    }
  });

  it("is what gizlab alone shows", async () => {
    const [alone, asked] = await Promise.all([runCli([]), runCli(["--help"])]);
    expect(alone).toEqual(asked);
    expect(alone).toMatchObject({ code: 0, stderr: "", stdout: expect.stringMatching(/^gizlab <command>/) as string });
  });

  it("has a version", async () => {
    expect(await runCli(["--version"])).toEqual({ code: 0, stdout: `${VERSION}\n`, stderr: "" });
  });
});

describe("wrong usage exits with 2 and says what was meant", () => {
  const petHouse = ["--profile", "pet-house"];
  it.concurrent.each<[string[], RegExp]>([
    [["--json"], /name a command/],
    [["upp"], /Did you mean up\?/],
    [["up", "--htp-port", "5"], /Unknown argument: htp-port\. Did you mean --http-port\?/],
    [["decode", "--jsn", "00"], /Did you mean --json\?/],
    [["profile"], /name an action: check, types or dissector/],
    [["profile", "disector", "pet-house"], /Did you mean dissector\?/],
    [["profile", "chek", "pet-house"], /Did you mean check\?/],
    [["profile", "check", "pethouse"], /did you mean pet-house\?/],
    [["sim"], /sim needs <profile>\n {2}gizlab sim --help/],
    [["sim", "pet-hous"], /did you mean pet-house\?/],
    [["sim", "pet-house", "--count", "many"], /--count is a whole number/],
    [["sim", "pet-house", "--interval", "10"], /10s/],
    [["sim", "pet-house", "--cloud", "localhost:8088"], /http:\/\/127\.0\.0\.1:8088/],
    [["trase"], /Did you mean trace\?/],
    [["trace", "--folow"], /Did you mean --follow\?/],
    [["trace", "--limit", "0"], /--limit is a whole number, 1 to 999999/],
    [["trace", "--cloud", "localhost:8088"], /http:\/\/127\.0\.0\.1:8088/],
    [["trace", "--lab-token", "two words"], /--lab-token is no token/],
    [["trace", "--lab-token="], /--lab-token is no token/],
    [["record"], /record needs <file>\n {2}gizlab record --help/],
    [["record", "x.jsonl", "--for", "30"], /"30" is not a duration.*10s/],
    [["record", "x.jsonl", "--for", "40d"], /--for is 24 days at most/],
    [["record", "x.jsonl", "--secret"], /Did you mean --secrets\?/],
    [["wireshark"], /wireshark needs <file>/],
    [["sniff"], /sniff needs <port-a> and <port-b>\n/],
    [["tools", "aes"], /tools aes needs <direction>\n {2}gizlab tools aes --help/],
    [["profile", "check", "a", "--profil", "b"], /Unknown argument: profil\n/],
    [["mcu", "pty", "--profile", "a", "--profile", "b"], /--profile is given twice/],
    [["sniff", "pty"], /sniff needs <port-b>\n {2}gizlab sniff --help/],
    [["tools", "aes", "encrypt"], /--secret is missing\n {2}gizlab tools aes --help/],
    [["bridge", "pty", "--ota"], /--ota needs a value after it/],
    [["bridge", "pty", "--parity", "mark"], /--parity is one of "none", "even", "odd", not "mark"\n/],
    [["wireshark", "no-such-recording.jsonl"], /no-such-recording\.jsonl cannot be read: there is no such file/],
    [["wireshark", "capture.lua"], /three files.*--pcapng and --lua/],
    [["wireshark", "a", "--pcapng", "b", "--lua", "./b"], /three files/],
    [["up", "--lab-token", "é"], /--lab-token is no token/],
    [["up", "--memroy"], /Did you mean --memory\?/],
    [["encode"], /cmd/],
    [["encode", "--cmd", "hartbeat"], /did you mean heartbeat\?/],
    [["encode", "--cmd", "report"], /--profile/],
    [["encode", "--cmd", "report", "--profile", "pethouse"], /did you mean pet-house\?/],
    [["encode", "--cmd", "heartbeat", "--sn"], /sn/],
    [["encode", "--cmd", "heartbeat", "--sn", ""], /--sn is a whole number, 0 to 255/],
    [["encode", "--cmd", "heartbeat", "--sn", "256"], /--sn is a whole number, 0 to 255/],
    [["encode", "--cmd", "heartbeat", "--sn", "-1"], /--sn is a whole number, 0 to 255/],
    [["encode", "--cmd", "heartbeat", "--sn", "1.5"], /--sn is a whole number, 0 to 255/],
    [["encode", "--cmd", "heartbeat", "--sn", "0x10"], /--sn is a whole number, 0 to 255/],
    [["encode", "--cmd", "heartbeat", "--sn", "1", "--sn", "2"], /--sn is given twice/],
    [["encode", "--cmd", "heartbeat", "--attrs", "{}"], /heartbeat carries no datapoints/],
    [["encode", "--cmd", "heartbeat", "--payload", "0g"], /"g" is not a hex digit/],
    [
      ["encode", "--cmd", "control", ...petHouse, "--attrs", "{LED_R:56}"],
      /--attrs is no JSON object.*'\{"LED_R":56\}'/,
    ],
    [["encode", "--cmd", "control", ...petHouse, "--attrs", "5"], /--attrs is no JSON object/],
    [["decode"], /nothing to decode/],
    [["decode", "FF FF 00 0"], /no whole number of bytes/],
    [["decode", "FFFFxx05"], /"x" is not a hex digit/],
    [["decode", "--profile", "nope", "00"], /there is no profile "nope".*pet-house/],
  ])("gizlab %j", async (args, message) => {
    expectUsage(await runCli(args), message);
  });

  const named = COMMANDS.map(({ command }) => String(command)).filter((command) => command.includes("<"));
  it.concurrent.each(named)("names the words that are missing: %s", async (command) => {
    const words = [...command.matchAll(/<[a-z-]+/g)].map(([word]) => `${word}>`).join(" and ");
    const [name = ""] = command.split(" ");
    expectUsage(await runCli([name]), new RegExp(`^gizlab: ${name} needs ${words}\n {2}gizlab ${name} --help`));
  });

  it("says of each datapoint that cannot be sent why", async () => {
    const attempt = async (attrs: string) => {
      const { code, stderr } = await runCli(["encode", "--cmd", "control", ...petHouse, "--attrs", attrs]);
      expect(code).not.toBe(0);
      return stderr;
    };
    expect(await attempt('{"LED_RR":56}')).toMatch(/no datapoint LED_RR.*did you mean LED_R\?/);
    expect(await attempt('{"LED_R":255}')).toMatch(/expected 0\.\.254, found 255/);
    expect(await attempt('{"Temperature":20}')).toMatch(/read-only/);
  });
});

describe("decode", () => {
  it("gives every frame of the vectors, piped in at once, the fields that were read off by hand", async () => {
    const vectors = loadUartVectors();
    const input = vectors.map(({ wire }) => `${formatHex(wire)}\n`).join("");
    const result = await runCli(["decode", "--json"], { input });
    expect(result).toMatchObject({ code: 0, stderr: "" });
    let offset = 0;
    const expected = vectors.map(({ wire, cmd, sn, flags, payload }) => {
      const begin = offset;
      offset += wire.length;
      const hex = (value: number, digits: number) => `0x${value.toString(16).toUpperCase().padStart(digits, "0")}`;
      const [code, bits] = [hex(cmd, 2), hex(flags, 4)];
      return { offset: begin, kind: "frame", cmd: code, sn, flags: bits, payload: formatHex(payload), checksum: "ok" };
    });
    const found = readLines(result).map(({ offset, kind, cmd, sn, flags, payload, checksum }) => ({
      ...{ offset, kind, cmd, sn, flags, payload, checksum },
    }));
    expect(found).toEqual(expected);
  });

  it("tells frames, broken frames and garbage apart, in order", async () => {
    const report = "FFFF0010053D0000040100000005011700000074";
    const result = await runCli(["decode", "--json", ...["--profile", "pet-house"], `1234${report}FFFF0005071000001D`]);
    const attrs = { LED_OnOff: true, LED_Color: "Customize", Motor_Speed: 0, Infrared: true, Temperature: 10 };
    expect(readLines(result)).toMatchObject([
      { offset: 0, kind: "garbage", bytes: "1234" },
      { offset: 2, kind: "frame", cmd: "0x05", name: "report", sn: 61, flags: "0x0000", action: "0x04", attrs },
      { offset: 22, kind: "bad", reason: "checksum", expected: "0x1C", found: "0x1D", bytes: "ffff0005071000001d" },
    ]);
  });

  it("ends without a word when its reader, such as head, has seen enough", async () => {
    const line = `${formatHex(loadUartVectors()[0]?.wire ?? new Uint8Array(0))}\n`;
    const result = await runShell("gizlab decode --json | head -n 1", { input: line.repeat(20_000) });
    expect(result).toMatchObject({ code: 0, stderr: "" });
    expect(readLines(result)).toMatchObject([{ kind: "frame", cmd: "0x01" }]);
  });
});

describe("encode and decode", () => {
  it.concurrent.each<[string, string, object]>([
    ["pet-house", "control", { LED_R: 56 }],
    ["pet-house", "control", { LED_OnOff: true, LED_Color: "Pink", Motor_Speed: -5 }],
    ["pet-house", "report", { LED_OnOff: true, LED_R: 254, LED_G: 0, Temperature: -13, Humidity: 100, Fault_IR: true }],
    ["smart-meter", "report", { voltage: 230.1, power: 65_535, positive_energy_total: 12_345.67, gas_volume: 0.001 }],
    ["smart-meter", "control", { relay: true }],
    ["ai-toy", "report", { volume: 77, msg_flag: true }],
  ])("bring back what went in: %s %s %j", async (profile, cmd, attrs) => {
    for (const framing of [[], ["--m2m"]]) {
      const encoded = await runCli([
        "encode",
        "--profile",
        profile,
        "--cmd",
        cmd,
        "--attrs",
        JSON.stringify(attrs),
        ...framing,
      ]);
      expect(encoded).toEqual({ code: 0, stderr: "", stdout: expect.stringMatching(/^[0-9A-F]+\n$/) as string });
      const decoded = await runCli(["decode", "--profile", profile, "--json"], { input: encoded.stdout });
      expect(readLines(decoded)).toMatchObject([{ kind: framing.length === 0 ? "frame" : "m2m", attrs }]);
    }
  });

  it("print the frames of the vendor's documents", async () => {
    const args = ["--profile", "pet-house", "--cmd", "control", "--sn", "13", "--attrs", '{"LED_R":56}'];
    expect((await runCli(["encode", ...args])).stdout).toBe("FFFF000C030D00000104003800000059\n");
    expect(readLines(await runCli(["encode", "--cmd", "0x07", "--sn", "16", "--json"]))).toEqual([
      { hex: "FFFF0005071000001C" },
    ]);
  });
});

describe("profile", () => {
  it("checks shipped profiles and points at mistakes by line and column", async () => {
    const [good] = readLines(await runCli(["profile", "check", "pet-house", "--json"]));
    expect(good).toMatchObject({ event: "checked", ok: true, datapoints: 15, status_length: 10 });
    const file = join(makeTempFolder(), "broken.json");
    writeFileSync(file, '{\n  "name": 5\n}\n');
    const bad = await runCli(["profile", "check", file, "--json"]);
    expect(bad.code).toBe(1);
    const lines = readLines(bad);
    expect(lines.at(-1)).toMatchObject({ event: "checked", ok: false, problems: lines.length - 1 });
    for (const problem of lines.slice(0, -1)) {
      expect(problem).toMatchObject({
        event: "problem",
        file,
        line: expect.any(Number) as number,
        column: expect.any(Number) as number,
      });
    }
  });

  it("prints a dissector", async () => {
    const text = await runCli(["profile", "dissector", "pet-house"]);
    expect(text).toMatchObject({ code: 0, stderr: "" });
    expect(text.stdout).toMatch(/^-- Wireshark dissector/);
    expect(text.stdout).toContain("LED_OnOff");
    const [object] = readLines(await runCli(["profile", "dissector", "pet-house", "--json"]));
    expect(String(object?.dissector).trimEnd()).toBe(text.stdout.trimEnd());
  });

  it("prints types, and errors, as JSON", async () => {
    const [types] = readLines(await runCli(["profile", "types", "pet-house", "--json"]));
    expect(types?.types).toContain("Temperature");
    const refused = await runCli(["profile", "types", "pet-hose", "--json"]);
    expect(refused.code).toBe(2);
    expect(readLines(refused)).toMatchObject([{ event: "error", code: "profile-missing" }]);
  });
});
