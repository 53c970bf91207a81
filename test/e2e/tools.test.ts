import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";
import { readLines, runCli } from "../support/cli-process.js";
import { makeTempFolder } from "../support/temp-folder.js";

const SECRET = "00112233445566778899aabbccddeeff";
const DID = "GdzuSRncfDPGHGo2LxwgM2";

/** V2's lines, then V3's: a Wi-Fi status, its ack, a report of pet-house in two pieces, a bad heartbeat (frames of uart.md 6). */
const LOG = [
  "WIFI:10:20:30.456",
  "FF FF 00 07 0D 01 00 00 00 0D 22 ",
  "MCU:10:20:30.460",
  "FF FF 00 05 0E 01 00 00 14 ",
  "opened COM3",
  "[19-08-28 18:50:45.681][TX]FF FF 00 10 05 3D 00 00 04 01 00",
  "[19-08-28 18:50:45.690][TX]00 00 05 01 17 00 00 00 74",
  "[19-08-28 18:50:46.000][RX]FF FF 00 05 07 06 00 00 13",
].join("\r\n");

describe("tools print", () => {
  it.concurrent.each<[string[], number, RegExp]>([
    // The worked example of serial-tool.md 2.11.
    [["checksum", "00", "09", "05", "01", "00", "00", "14", "00", "00", "00"], 0, /^0x23 /],
    [["checksum", "FFFF00050706000012"], 0, /^0x12 .*fits$/m],
    [["checksum", "FFFF00050706000010"], 1, /does not fit\n {6}it carries 0x10\n {6}! checksum counts the header/],
    [["varint", "321"], 0, /^321 is C1 02$/m],
    [["varint", "C1", "02"], 0, /^C1 02 is 321$/m],
    // uart.md 2.3.
    [["status", "073A"], 0, /^0x073A {2}station binding router cloud rssi=7$/m],
    [["status", "FFFF00070DFF0000000D20"], 0, /^ {2}! FF not stuffed: send 55/m],
    [["status", "FFFF00070D010000000D22"], 0, /^0x000D {2}softAp onboarding binding$/m],
    // cloud.md 2.2.
    [
      ["aes", "encrypt", `did=${DID}`, "--secret", SECRET],
      0,
      /^3f82bb69feca0487a03e6ec88d36d0857049589f2894193ca02c7a68c9b03195$/m,
    ],
    [
      ["aes", "decrypt", "f821a21367f25f45d4459fdb0ae8c2a3ef6538ded7e857713f987e7a396dd248", "--secret", SECRET],
      0,
      /^GdzuSRncfDPGHGo2LxwgM2$/m,
    ],
    [
      [
        "aes",
        "decrypt",
        "f821a21367f25f45d4459fdb0ae8c2a3",
        "--secret",
        DID.padEnd(32, "0").replace(/[^0-9a-f]/gi, "0"),
      ],
      1,
      /^[0-9a-f]{32}$/m,
    ],
    [
      ["signature", "--secret", SECRET, "--timestamp", "1481943906"],
      0,
      /^X-Gizwits-Timestamp: 1481943906\nX-Gizwits-Signature: [0-9a-f]{32}$/m,
    ],
    [
      ["qr", "--product-key", SECRET, "--did", DID, "--passcode", "123456"],
      0,
      /^product_key=\w{32}&did=\w{22}&passcode=123456\n[\s█▀▄]+$/,
    ],
    [["qr", "--product-key", SECRET, "--mac", "5C:CF:7F:0A:1B:2C"], 0, /^product_key=\w{32}&mac=5CCF7F0A1B2C$/m],
  ])("%j, exit code %i", async (args, code, text) => {
    const result = await runCli(["tools", ...args]);
    expect({ code: result.code, stdout: result.stdout }).toEqual({
      code,
      stdout: expect.stringMatching(text) as string,
    });
  });

  it.concurrent.each<[string[], Record<string, unknown>]>([
    [["checksum", "010203"], { kind: "bytes", bytes: 3, sum: "0x06" }],
    [["varint", "0x8001"], { value: 128, bytes: "8001", rest: 0 }],
    [["status", "0012"], { status: "0x0012", station: true, router: true, cloud: false, rssi: 0, reserved: "0x0000" }],
    [["signature", "--secret", SECRET, "--timestamp", "5"], { timestamp: 5 }],
    [
      ["qr", "--product-key", SECRET, "--did", DID, "--passcode", "1"],
      { form: "did", content: `product_key=${SECRET}&did=${DID}&passcode=1` },
    ],
  ])("%j as one JSON line", async (args, object) => {
    const result = await runCli(["tools", ...args, "--json"]);
    expect(result.code).toBe(0);
    expect(readLines(result)).toEqual([expect.objectContaining(object)]);
  });
});

describe("tools refuse", () => {
  it.concurrent.each<[string[], RegExp]>([
    [[], /name a tool: checksum, qr, signature, aes, varint, status or log/],
    [["sttus"], /Did you mean status\?/],
    [["checksum", "0g"], /"g" is not a hex digit/],
    [["varint", "268435456"], /4 bytes hold 268435455 at most/],
    [["varint", "1.5"], /1\.5 is no length/],
    [["status", "FFFF00050706000012"], /frame of another command/],
    [["status", "010203"], /2 bytes, or a frame of command 0D/],
    [["aes", "encrypt", "x", "--secret", "abc"], /32 hex digits.*found 3 characters/],
    [["aes", "decrypt", "00", "--secret", SECRET], /whole number of blocks/],
    [["aes", "encrypt", "--secret", SECRET], /nothing to encrypt/],
    [["signature", "--secret", "abc"], /--secret is 32 hex digits/],
    [["signature", "--secret", SECRET, "--timestamp", "1481943906000"], /looks like milliseconds.*1481943906/],
    [["signature", "--secret", SECRET, "--timestmp", "1"], /Did you mean --timestamp\?/],
    [["qr"], /--product-key is missing.*name a device of the running lab/],
    [["qr", "pet-house", "--mac", "5ccf7f0a1b2c"], /the lab knows the --mac of pet-house/],
    [["qr", "--product-key", SECRET], /--did and --passcode, or --mac/],
    [["qr", "--product-key", SECRET, "--mac", "1"], /--mac is a MAC of 12 hex digits/],
    [["qr", "--product-key", SECRET, "--did", DID, "--passcode", "a&b"], /--passcode is/],
    [["log", "no-such.log"], /no-such\.log cannot be read: there is no such file/],
    [["log", "-", "--cmd", "hartbeat"], /did you mean heartbeat\?/],
    [["log", "-", "--way", "left"], /left/],
  ])("%j with exit code 2", async (args, message) => {
    const { code, stdout, stderr } = await runCli(["tools", ...args]);
    expect(stderr).toMatch(message);
    expect(stderr).not.toMatch(/unforeseen|\bat .*\.js/);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
  });
});

describe("tools log", () => {
  it("decodes both forms, puts pieces together, and counts what is no log line", async () => {
    const file = join(makeTempFolder(), "xpg.log");
    writeFileSync(file, `\ufeff${LOG}`);
    const result = await runCli(["tools", "log", file, "--profile", "pet-house", "--json"]);
    expect(result).toMatchObject({ code: 1, stderr: "" });
    expect(readLines(result)).toMatchObject([
      { line: 2, time: "10:20:30.456", way: "down", kind: "frame", name: "wifi-status" },
      { line: 4, time: "10:20:30.460", way: "up", kind: "frame", name: "wifi-status-ack" },
      {
        line: 6,
        time: "19-08-28 18:50:45.681",
        way: "up",
        name: "report",
        attrs: { LED_OnOff: true, Temperature: 10 },
      },
      { line: 8, way: "down", kind: "bad", reason: "checksum", expected: "0x12", found: "0x13" },
      { event: "log", lines: 8, entries: 5, frames: 3, bad: 1, shown: 4, strange_lines: 1, first_strange_line: 5 },
    ]);
    expect(readFileSync(file, "utf8")).toContain(LOG);
  });

  it("shows only the command and the way that were asked for, and reads stdin", async () => {
    const { code, stdout } = await runCli(
      ["tools", "log", "-", "--cmd", "report", "--way", "up", "--profile", "pet-house"],
      { input: LOG },
    );
    expect(code).toBe(1);
    expect(stdout).toMatch(/^ {4}6 {2}19-08-28 18:50:45\.681 {2}up .*name=report/);
    expect(stdout).toContain("Temperature = 10");
    expect(stdout).not.toContain("wifi-status");
    expect(stdout).toMatch(
      /3 frames, 1 bad, 0 garbage, in 5 entries; 1 shown\n1 line of 8 are not of the tool's log, the first is line 5\n$/,
    );
  });

  it("reads the debug log of the MCU SDK, and puts back the stuffing that it leaves out", async () => {
    const file = fileURLToPath(new URL("../fixtures/cases/f04-sdk-debug.log", import.meta.url));
    const result = await runCli(["tools", "log", file, "--profile", "pet-house", "--json"]);
    expect(result).toMatchObject({
      code: 0,
      stderr: expect.stringMatching(/^gizlab: the MCU SDK prints .*in 1 frame\n$/),
    });
    const lines = readLines(result);
    expect(lines.map(({ line, way, name }) => [line, way, name])).toEqual([
      [2, "down", "big-data-ask-to-send"],
      [4, "up", "big-data-ask-to-send-ack"],
      [6, "up", "report"],
      [8, "down", "report-ack"],
      [10, "down", "control"],
      [11, "up", "control-ack"],
      [undefined, undefined, undefined],
    ]);
    expect(lines[4]).toMatchObject({ attrs: { LED_R: 255 } });
    expect(lines[4]).not.toHaveProperty("hint");
    expect(lines[6]).toMatchObject({ event: "log", frames: 6, bad: 0, garbage: 0, strange_lines: 5 });
  });

  it("takes a line without an end for what it is", async () => {
    const input = `${"FF ".repeat(500_000)}\n[RX]FF FF 00 05 07 06 00 00 12\n`;
    const lines = readLines(await runCli(["tools", "log", "-", "--json"], { input }));
    expect(lines).toMatchObject([
      { line: 2, name: "heartbeat" },
      { strange_lines: 1, first_strange_line: 1 },
    ]);
  });

  it.each(["", "FF FF 00 05 07 06 00 00 12\n", "\u0000\u0001\n".repeat(50)])(
    "fails with 1 when nothing in it is of a log: %j",
    async (input) => {
      const { code, stderr } = await runCli(["tools", "log", "-"], { input });
      expect(code).toBe(1);
      expect(stderr).toMatch(/^gizlab: (?:stdin is empty|not one of .* is of the vendor tool's log).*\[log-strange\]/);
    },
  );
});
