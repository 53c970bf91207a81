import { readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";
import { parseHex } from "../../src/core/hex.js";
import { openPort } from "../../src/link/open-port.js";
import { startPortCloud } from "../support/bridge-bench.js";
import { type Event, runCli, startCli } from "../support/cli-process.js";
import { pollUntil } from "../support/poll.js";
import { makeTempFolder } from "../support/temp-folder.js";

const HINT = /FF not stuffed: send 55 .* a real GAgent drops it \(uart\.md 1\.2\)/;
const CASES = fileURLToPath(new URL("../fixtures/cases/", import.meta.url));
const readCase = (name: string): string => readFileSync(join(CASES, name), "utf8").trim();
const UNSTUFFED = readCase("f01-unstuffed-report.hex");

const isReport = ({ detail }: Event): boolean => (detail as { name?: string } | undefined)?.name === "report";

const hexOf = (event: Event | undefined): unknown => (event?.detail as { hex?: string } | undefined)?.hex;

describe("an FF without its 55 is told of", () => {
  it("by decode, which reads the frame all the same", async () => {
    const [bare, stuffed] = await Promise.all(
      ["f01-unstuffed-report.hex", "f01-stuffed-report.hex"].map((name) =>
        runCli(["decode", "--profile", "pet-house"], { input: readCase(name) }),
      ),
    );
    expect([bare?.code, bare?.stdout]).toEqual([0, expect.stringMatching(HINT)]);
    expect(bare?.stdout).toMatch(/^ +LED_R = 255$/m);
    expect(stuffed?.stdout).not.toContain("stuffed");
    expect(stuffed?.stdout).toMatch(/^ +! LED_R is 255, outside 0 to 254$/m);
  });

  it("by tools log, with who has to mend it", async () => {
    const input = `WIFI:10:00:00.000\nFF FF 00 05 06 FF 00 00 0A\nMCU:10:00:01.000\n${UNSTUFFED}\n`;
    const { stdout } = await runCli(["tools", "log", "-", "--json"], { input });
    const [ack, report] = stdout.split("\n").map((line) => (line === "" ? {} : (JSON.parse(line) as Event)));
    expect(ack).toMatchObject({ way: "down", hint: expect.stringContaining("the fault is the module's") });
    expect(report).toMatchObject({ way: "up", hint: expect.stringMatching(HINT) });
  });

  it("by bridge, and its recording is of the bytes that were on the wire", async () => {
    const lab = await startPortCloud();
    const board = `exec:python3 ${join(CASES, "f01-board.py")}`;
    const [json, text] = [["--json"], []].map((extra) => startCli(["bridge", board, "--cloud", lab.httpUrl, ...extra]));
    const sent = await json?.event("uart.up", isReport);
    expect(sent).toMatchObject({
      detail: { attrs: { LED_R: 255 }, out_of_range: { LED_R: { value: 255, max: 254 } } },
    });
    expect(hexOf(sent)).toMatch(/^ffff001005..00000401ff0000/);
    const told = await json?.event("uart.tolerated");
    expect(told).toMatchObject({ id: sent?.id, detail: { way: "up", mistake: "unstuffed", clause: "uart.md 1" } });
    expect(hexOf(told)).toBe(hexOf(sent));
    const listReports = async () => text?.lines.filter((line) => /MCU -> {4}report sn \d/.test(line)) ?? [];
    await pollUntil("three reports", listReports, ({ length }) => length >= 3);
    for (const cli of [json, text]) await cli?.stop("SIGINT");
    const marks = (text?.lines ?? []).flatMap((line) => / {2}! +(.*)$/.exec(line)?.[1] ?? []);
    for (const explained of [HINT, /^LED_R is 255, outside 0 to 254$/])
      expect(marks.filter((mark) => explained.test(mark))).toHaveLength(1);
    const counts = marks.flatMap((mark) => /^(\d+) more like this: FF not stuffed$/.exec(mark)?.[1] ?? []);
    expect(counts).toHaveLength(1);
    expect(Number(counts[0])).toBeGreaterThanOrEqual(2);
  });

  it("by sniff, with the values named by the one profile, and by replay of what it has recorded", async () => {
    const file = join(makeTempFolder(), "sniffed.jsonl");
    const sniff = startCli([
      ...["sniff", "tcp-listen:0", "tcp-listen:0", "--profile", "pet-house", "--record", file, "--json"],
    ]);
    const ready = await sniff.event("ready");
    const dial = (name: unknown): string => String(name).replace("tcp-listen:", "tcp:127.0.0.1:");
    const [mcu, module] = [await openPort(dial(ready.mcu)), await openPort(dial(ready.module))];
    onTestFinished(() => {
      mcu.close();
      module.close();
    });
    mcu.write(parseHex(UNSTUFFED));
    expect(await sniff.event("uart.up", isReport)).toMatchObject({
      detail: { attrs: { LED_R: 255, Temperature: 10 }, out_of_range: { LED_R: { value: 255, min: 0, max: 254 } } },
    });
    expect(await sniff.event("uart.tolerated")).toMatchObject({
      detail: { way: "up", hint: expect.stringMatching(HINT) },
    });
    // The plain acknowledgement of a module, whose 55 does not come.
    module.write(parseHex("FF FF 00 05 06 F4 00 00 FF"));
    expect(
      await sniff.event("uart.tolerated", ({ detail }) => (detail as { way?: string }).way === "down"),
    ).toMatchObject({
      detail: { hex: "ffff000506f40000ff", hint: expect.stringContaining("GAgent 04020006") },
    });
    expect((await sniff.stop("SIGINT")).code).toBe(0);
    expect(readFileSync(file, "utf8")).toContain('"ffff000506f40000ff"');
    const [replay, said] = await Promise.all(
      [[], ["--json"]].map((extra) => runCli(["replay", file, "--against", "mcu", ...extra])),
    );
    expect(replay?.stdout).toMatch(/^! 1 frame up: FF not stuffed: send 55/m);
    expect(replay?.stdout).toMatch(/^! 1 frame down: FF not stuffed: GAgent 04020006/m);
    expect(said?.stdout).toMatch(/^\{"event":"tolerated","way":"up","mistake":"unstuffed","clause":"uart\.md 1"/m);
  }, 60_000);

  it("by mcu, of the module's frames", async () => {
    const cli = startCli(["mcu", "tcp-listen:0", "--profile", "pet-house"]);
    const ready = await cli.line(/help lists the verbs/);
    const port = /tcp-listen:(\d+)/.exec(ready)?.[1];
    const module = await openPort(`tcp:127.0.0.1:${port}`);
    onTestFinished(() => module.close());
    module.write(parseHex("FF FF 00 05 07 FF 00 00 0B"));
    await cli.line(/ {2}! +heartbeat sn 255: FF not stuffed: send 55 .*vendor's MCU SDK/);
    await cli.stop("SIGINT");
  });
});

describe("a sniffer without one profile", () => {
  it("says from when on it names values, and which product it has seen", async () => {
    const sniff = startCli(["sniff", "tcp-listen:0", "tcp-listen:0"]);
    const ready = await sniff.line(/Ctrl-C stops/);
    const [mcuPort = ""] = [...ready.matchAll(/tcp-listen:(\d+)/g)].map(([, port]) => `tcp:127.0.0.1:${port}`);
    const mcu = await openPort(mcuPort);
    onTestFinished(() => mcu.close());
    const key = "de9e8d18d9394cce9081b25a531e552b";
    const info = Buffer.from(`00000004000000020000000100000001${key}\0\0`);
    const body = Buffer.concat([Buffer.from([0x00, 5 + info.length, 0x02, 0, 0, 0]), info]);
    const sum = body.reduce((total, byte) => (total + byte) & 0xff, 0);
    mcu.write(Buffer.concat([Buffer.from([0xff, 0xff]), body, Buffer.from([sum])]));
    await sniff.line(/MCU -> +device-info/);
    mcu.write(parseHex(readCase("f01-stuffed-report.hex")));
    await sniff.line(/MCU -> +report .*LED_R=255/);
    await sniff.line(/ {2}! +LED_R is 255, outside 0 to 254$/);
    expect(sniff.stderr).toMatch(/values are named once a device info \(02\) of the MCU has passed/);
    expect(sniff.stderr).toMatch(/device info says product pet-house; values are named by it/);
    await sniff.stop("SIGINT");
  });
});
