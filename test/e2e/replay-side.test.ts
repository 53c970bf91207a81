import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { encodeFrame } from "../../src/codec/frame.js";
import { splitFrames } from "../../src/codec/splitter.js";
import { formatHex, parseHex } from "../../src/core/hex.js";
import type { TraceEntry } from "../../src/core/trace.js";
import { LabUser } from "../../src/lab/user.js";
import { startPortCloud, waitOnline } from "../support/bridge-bench.js";
import { createFile } from "../support/bulk-bench.js";
import { compileMcu, hasCompiler, hearMcu, startMcu } from "../support/c-mcu.js";
import { type CliProcess, type Event, runCli, startCli } from "../support/cli-process.js";
import { hasSocat, startPtyPair } from "../support/port-ends.js";
import { makeTempFolder } from "../support/temp-folder.js";

interface Detail {
  readonly name: string;
  readonly sn: number;
  readonly attrs?: Readonly<Record<string, unknown>>;
}

const SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const { program } = compileMcu();

/** A cloud, a module at it, and a sniffer in between; `path` is where the MCU's side of the wire ends. */
async function startSniffedModule() {
  const lab = await startPortCloud();
  const folder = makeTempFolder();
  const [mcuSide, moduleSide] = [await startPtyPair(makeTempFolder()), await startPtyPair(makeTempFolder())];
  const file = join(folder, "session.jsonl");
  const sniff = startCli(["sniff", mcuSide.b, moduleSide.a, "--record", file, "--json"]);
  await sniff.event("ready");
  const bridgeFile = join(folder, "bridge.jsonl");
  const bridge = startCli([
    ...["bridge", moduleSide.b, "--cloud", lab.httpUrl, "--mac", "0a0b0c0d0e0f", "--record", bridgeFile, "--json"],
  ]);
  await bridge.event("ready");
  const control = async (attrs: Record<string, boolean | number | string>): Promise<void> => {
    const did = await waitOnline(bridge);
    const user = await LabUser.enter(lab, `phone-${did}`);
    const device = { did, mac: "0a0b0c0d0e0f" };
    await user.bind(device);
    await user.control(device, attrs);
  };
  return { lab, sniff, bridge, file, bridgeFile, path: mcuSide.a, control };
}

/** The report with this LED_R has passed, and its acknowledgement: the session may end. */
async function settled(sniff: CliProcess, led: number): Promise<void> {
  const is = (way: string, name: string, isIt: (detail: Detail) => boolean) =>
    sniff.event(`uart.${way}`, ({ detail }) => (detail as Detail).name === name && isIt(detail as Detail));
  const { detail } = await is("up", "report", ({ attrs }) => attrs?.LED_R === led);
  await is("down", "report-ack", ({ sn }) => sn === (detail as Detail).sn);
}

async function tell(mcu: CliProcess, line: string): Promise<Event> {
  mcu.type(`${line}\n`);
  return mcu.event("verb", (event) => event.verb === line);
}

async function replay(file: string, against: "mcu" | "module") {
  const { code, stdout, stderr } = await runCli(["replay", file, "--against", against]);
  const [, compared, differences] = /(\d+) hops? compared, (\d+) differences?/.exec(stdout) ?? [];
  return { code, compared: Number(compared), differences: Number(differences), stdout, stderr };
}

async function expectClean(file: string, least: number): Promise<void> {
  for (const against of ["mcu", "module"] as const) {
    const result = await replay(file, against);
    expect(result.stdout).toMatch(/, 0 differences/);
    expect(result.code).toBe(0);
    expect(result.compared).toBeGreaterThanOrEqual(least);
  }
}

/** The recording with its entries changed, in a file of its own. */
function change(file: string, edit: (entries: TraceEntry[]) => TraceEntry[]): string {
  const [header = "", ...lines] = readFileSync(file, "utf8").trimEnd().split("\n");
  const entries = edit(lines.map((line) => JSON.parse(line) as TraceEntry));
  const path = join(makeTempFolder(), "changed.jsonl");
  writeFileSync(path, `${[header, ...entries.map((entry) => JSON.stringify(entry))].join("\n")}\n`);
  return path;
}

/** Changes a byte with this value in the payload of the first frame of this name. */
function spoil(file: string, name: string, byte: number): string {
  let isDone = false;
  return change(file, (entries) =>
    entries.map((entry) => {
      if (isDone || entry.detail?.name !== name) return entry;
      isDone = true;
      const [item] = splitFrames(parseHex(String(entry.detail.hex)));
      if (item?.kind !== "frame") throw new Error(`no frame in ${name}`);
      const payload = Uint8Array.from(item.frame.payload);
      payload[payload.indexOf(byte)] = byte ^ 1;
      return { ...entry, detail: { ...entry.detail, hex: formatHex(encodeFrame({ ...item.frame, payload })) } };
    }),
  );
}

function without(file: string, name: string): string {
  return change(file, (entries) => {
    const at = entries.map(({ detail }) => detail?.name).lastIndexOf(name);
    return entries.filter((_, n) => n !== at);
  });
}

describe.skipIf(!hasSocat())("a recording of sniff", () => {
  it("between gizlab mcu and gizlab bridge is clean against either end, and shows what is changed in it", async () => {
    const { sniff, file, bridgeFile, path, control, bridge } = await startSniffedModule();
    const mcu = startCli(
      [
        ...["mcu", path, "--profile", "pet-house", "--secret", SECRET, "--bind-timeout", "30", "--json"],
        ...["--software-version", "00000005", "--module-set", "LocalHT=30"],
      ],
      { isInteractive: true },
    );
    expect(await tell(mcu, "wait cloud")).toMatchObject({ ok: true });
    for (const line of ["set Temperature=21", "time", "info", "bind"]) {
      expect(await tell(mcu, line)).toMatchObject({ ok: true });
    }
    await control({ LED_OnOff: true, LED_R: 56 });
    await mcu.event("control");
    const up = join(makeTempFolder(), "up.bin");
    writeFileSync(up, createFile(1000));
    await tell(mcu, `bigdata ${up}`);
    await mcu.event("uploaded");
    expect(await tell(mcu, "restart")).toMatchObject({ ok: true });
    expect(await tell(mcu, "wait cloud 20s")).toMatchObject({ ok: true });
    await tell(mcu, "report");
    await sniff.stop("SIGINT");
    await bridge.stop("SIGTERM");

    expect(readFileSync(file, "utf8")).not.toContain(SECRET);
    await expectClean(file, 8);
    await expectClean(bridgeFile, 8);
    const shaped = await replay(file, "mcu");
    expect(shaped.stderr).toMatch(
      /says of itself what the recorded one did: .*00000005, bind timeout 30 s.*LocalHT=30/,
    );

    for (const [changed, against] of [
      [without(file, "control-ack"), "mcu"],
      [without(file, "report-ack"), "module"],
      [spoil(file, "control", 56), "mcu"],
    ] as const) {
      const { code, differences, stdout } = await replay(changed, against);
      expect([code, differences], stdout).toEqual([1, 1]);
    }
  }, 170_000);

  it.skipIf(!hasCompiler())(
    "of a board whose firmware is in C is clean too, an upgrade among it",
    async () => {
      const { lab, sniff, file, path, control, bridge } = await startSniffedModule();
      const board = startMcu(program, ["-v", "00000007", path]);
      await hearMcu(board, /^online$/);
      await control({ LED_R: 9, LED_OnOff: true });
      await hearMcu(board, /./, 3);
      const did = await waitOnline(bridge);
      await fetch(`${lab.httpUrl}/_lab/devices/${did}/ota`, {
        method: "POST",
        headers: { "content-type": "application/octet-stream" },
        body: createFile(700),
      });
      await hearMcu(board, /^boot 00000008 /);
      await waitOnline(bridge, 2);
      await control({ LED_R: 9 });
      await control({ LED_R: 10 });
      await settled(sniff, 10);
      await sniff.stop("SIGINT");
      await expectClean(file, 5);
      const { code, stdout } = await replay(spoil(file, "control", 9), "mcu");
      expect([code, stdout]).toEqual([1, expect.stringMatching(/[1-9]\d* differences?/)]);
    },
    120_000,
  );
});

describe("options that do nothing", () => {
  it.each([
    [["sniff", "pty", "pty", "--seed", "7"], /--seed needs --fault/],
    [["replay", "x.jsonl", "--against", "lab", "--cloud", "http://127.0.0.1:1"], /--cloud needs --against cloud/],
    [["replay", "x.jsonl", "--mac", "0a0b0c0d0e0f"], /--mac needs --against mcu/],
  ])("are refused: %j", async (args, message) => {
    const { code, stderr } = await runCli(args);
    expect([code, stderr]).toEqual([2, expect.stringMatching(message)]);
  });
});
