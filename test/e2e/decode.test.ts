import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseHex } from "../../src/core/hex.js";
import { readLines, runCli, runShell } from "../support/cli-process.js";
import { makeTempFolder } from "../support/temp-folder.js";

const HEARTBEAT = "ffff0005071000001c";
const READ = "000000030400009002";
const REPORT = "ffff0010053d0000040100000005011700000074";
const CASES = new URL("../fixtures/cases/", import.meta.url);

/** A file in a folder of its own, which a pipe reads. */
function makeFile(content: string | Uint8Array): string {
  const file = join(makeTempFolder(), "capture");
  writeFileSync(file, content);
  return file;
}

describe("gizlab decode", () => {
  it("takes UART and M2M frames in one stream, whatever the line breaks, from arguments and from a pipe", async () => {
    const text = HEARTBEAT + READ + REPORT + READ;
    const input = text.replace(/.{7}/g, "$&\n");
    const cut = await runCli(["decode", "--json"], { input });
    const words = await runCli(["decode", "--json", ...(text.match(/.{1,10}/g) ?? [])]);
    expect(cut).toMatchObject({ code: 0, stderr: "" });
    expect(words.stdout).toBe(cut.stdout);
    expect(readLines(cut).map(({ offset, kind, name }) => [offset, kind, name])).toEqual([
      [0, "frame", "heartbeat"],
      [9, "m2m", "read"],
      [18, "frame", "report"],
      [38, "m2m", "read"],
    ]);
  });

  it("exits 1 for a bad frame of either kind, and decodes the others", async () => {
    const uart = await runCli(["decode", "--json", `${HEARTBEAT}FFFF0005071000001D${HEARTBEAT}`]);
    expect(uart.code).toBe(1);
    expect(readLines(uart).map(({ kind }) => kind)).toEqual(["frame", "bad", "frame"]);
    const m2m = await runCli(["decode", `${READ}000000030b000091${READ}`]);
    expect(m2m).toMatchObject({ code: 1, stderr: "" });
    expect(m2m.stdout).toMatch(/^ +9 {2}bad +reason=truncated .*\n +! the next frame begins/m);
  });

  it("takes the bytes themselves, and what hexdump, xxd and od make of them", async () => {
    const file = makeFile(parseHex(HEARTBEAT + READ + REPORT));
    const wanted = await runShell(`gizlab decode --json < ${file}`);
    expect(wanted).toMatchObject({ code: 0, stderr: "" });
    expect(readLines(wanted)).toHaveLength(3);
    for (const dump of ["od -A x -t x1", "od -x", "od -t x1"]) {
      const dumped = await runShell(`${dump} < ${file} | gizlab decode --json`);
      expect(dumped).toMatchObject({
        code: 0,
        stdout: wanted.stdout,
        stderr: expect.stringMatching(/^gizlab: read as od /),
      });
    }
    const refused = await runShell(`od < ${file} | gizlab decode`);
    expect(refused).toMatchObject({ code: 2, stdout: "" });
    expect(refused.stderr).toMatch(/line 1: this is the output of od without options.*hexdump -C/);
  });

  it("says what it guessed and what it left out, and reads the MCU SDK's debug log", async () => {
    const input = readFileSync(new URL("f04-sdk-debug.log", CASES), "utf8");
    const { code, stdout, stderr } = await runCli(["decode", "--profile", "pet-house"], { input });
    expect(code).toBe(0);
    expect(stdout).toMatch(/name=control .*way=down\n +LED_R = 255/);
    expect(stdout).not.toMatch(/ {2}bad |stuff/);
    expect(stderr).toBe(
      "gizlab: read as debug log of the MCU SDK\n" +
        "gizlab: the MCU SDK prints what it receives without the stuffing: the 55 behind each FF was put back in 1 frame\n" +
        'gizlab: 5 lines hold no bytes, the first is line 1, column 1: "Get One Packet!" (expected a line of the log)\n',
    );
  });

  it("takes UTF-16, as a Windows editor writes it", async () => {
    const file = makeFile(Buffer.from(`\ufeff2026-01-01 10:00:00 RX ${HEARTBEAT}\r\n`, "utf16le"));
    expect(await runShell(`gizlab decode < ${file}`)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining("name=heartbeat"),
    });
  });

  it("takes a capture of any size", async () => {
    const file = makeFile(parseHex((HEARTBEAT + READ + REPORT).repeat(50_000)));
    const counted = await runShell(
      `cat ${file} | gizlab decode --json | tail -n 1; od -A x -t x1 -v ${file} | gizlab decode --json 2>/dev/null | tail -n 1`,
    );
    expect(readLines(counted).map(({ offset, name }) => [offset, name])).toEqual([
      [38 * 49_999 + 18, "report"],
      [38 * 49_999 + 18, "report"],
    ]);
  }, 120_000);
});

describe("gizlab encode --m2m --did", () => {
  it("makes a frame with flag 01 that decode reads", async () => {
    const did = "FakeDid000000000000001";
    const args = ["--m2m", "--did", did, "--sn", "2", "--cmd", "read-reply", "--payload", "0301000000050117000000"];
    const { stdout } = await runCli(["encode", ...args]);
    expect(stdout.trim().toLowerCase()).toBe(readFileSync(new URL("f05-reply-with-did.hex", CASES), "utf8").trim());
    expect(readLines(await runCli(["decode", "--json", stdout.trim()]))).toMatchObject([{ kind: "m2m", did, sn: 2 }]);
    const refused = await runCli(["encode", "--did", did, "--cmd", "report", "--payload", "04"]);
    expect(refused).toMatchObject({ code: 2, stderr: expect.stringContaining("--did stands in M2M frames only") });
  });
});
