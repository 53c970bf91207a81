import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { createWallClock } from "../../src/core/clock.js";
import { createSeededRandom } from "../../src/core/random.js";
import { GAgent } from "../../src/gagent/gagent.js";
import { loadProfile } from "../../src/lab/profiles.js";
import { startLab } from "../../src/lab/start-lab.js";
import { createIdentity } from "../../src/lab/virtual-device.js";
import type { Link } from "../../src/link/link.js";
import { openPort } from "../../src/link/open-port.js";
import { VirtualMcu } from "../../src/mcu/virtual-mcu.js";
import { type CliProcess, runCli, startCli } from "../support/cli-process.js";
import { pollUntil } from "../support/poll.js";
import { hasSocat, startPtyPair } from "../support/port-ends.js";
import { makeTempFolder } from "../support/temp-folder.js";

/** A virtual MCU at one end and a module with its cloud at the other; what lies between is the test's. */
async function startEnds(mcuEnd: Link, moduleEnd: Link) {
  const lab = await startLab({ profiles: ["pet-house"], clock: "wall", seed: 7 });
  const random = createSeededRandom("sniff");
  const mcu = new VirtualMcu({ profile: loadProfile("pet-house").profile, clock: createWallClock(), link: mcuEnd });
  const agent = new GAgent({
    clock: lab.clock,
    link: moduleEnd,
    http: lab.callInside(),
    openBroker: () => lab.cloud.broker.connect(),
    identity: createIdentity(random),
    makePasscode: () => random.hex(5),
  });
  onTestFinished(async () => {
    agent.stop();
    mcu.stop();
    mcuEnd.close();
    moduleEnd.close();
    await lab.close();
  });
  mcu.start();
  agent.start();
  return { mcu, agent };
}

const becomeOnline = (agent: GAgent): Promise<unknown> =>
  pollUntil(
    "the module online",
    async () => agent.state.kind,
    (kind) => kind === "online",
  );

/** The first hop with this name that is about a frame of this name. */
const findHop = (cli: CliProcess, hop: string, name: string): Promise<Record<string, unknown>> =>
  pollUntil(
    `${hop} ${name}`,
    async () =>
      cli.events.find((entry) => entry.hop === hop && (entry.detail as { name?: string } | undefined)?.name === name),
    (entry) => entry !== undefined,
  ) as Promise<Record<string, unknown>>;

describe.skipIf(!hasSocat())("gizlab sniff between two pairs of ptys", () => {
  it("lets MCU and module get online, shows both, strikes a frame, records, and ends at Ctrl-C", async () => {
    const [toMcu, toModule] = [await startPtyPair(makeTempFolder()), await startPtyPair(makeTempFolder())];
    const file = join(makeTempFolder(), "sniffed.jsonl");
    const fault = "uart.drop:cmd=report,count=1";
    const cli = startCli(["sniff", toMcu.b, toModule.b, "--record", file, "--fault", fault, "--json"]);
    await cli.event("ready");
    const { agent } = await startEnds(await openPort(toMcu.a), await openPort(toModule.a));
    await becomeOnline(agent);
    expect(await findHop(cli, "uart.down", "get-device-info")).toMatchObject({ detail: { sn: expect.any(Number) } });
    expect(await findHop(cli, "uart.up", "report")).toMatchObject({
      detail: { attrs: { Temperature: expect.any(Number) } },
    });
    // The first report never got there; its second transmission is answered.
    await findHop(cli, "uart.down", "report-ack");
    expect(cli.events.filter(({ hop }) => hop === "fault")).toMatchObject([
      { detail: { kind: "uart.drop", way: "up" } },
    ]);
    expect((await cli.stop("SIGINT")).code).toBe(0);
    expect(cli.events.at(-1)).toMatchObject({ event: "total", product: "pet-house", struck: 1 });
    const wireshark = await runCli(["wireshark", file]);
    expect(wireshark.stdout).toMatch(/: \d+ packets of \d+ hops/);
    const replay = await runCli(["replay", file, "--against", "mcu"]);
    expect(replay.stdout).toMatch(/hops? compared/);
  });
});

describe("gizlab sniff between two TCP ports", () => {
  it("goes on when one side vanishes and comes back, in words", async () => {
    const cli = startCli(["sniff", "tcp-listen:0", "tcp-listen:0"]);
    const ready = await cli.line(/Ctrl-C stops/);
    const [mcuPort = "", modulePort = ""] = [...ready.matchAll(/tcp-listen:(\d+)/g)].map(
      ([, port]) => `tcp:127.0.0.1:${port}`,
    );
    const first = await openPort(mcuPort);
    const { agent } = await startEnds(first, await openPort(modulePort));
    await becomeOnline(agent);
    await cli.line(/MCU -> {4}report sn \d+ .*LED_OnOff=/);
    first.close();
    await pollUntil(
      "a word about it",
      async () => cli.stderr,
      (text) => /\(MCU\) has gone; waiting for it, the other side stays open/.test(text),
    );
    const again = await openPort(mcuPort);
    onTestFinished(() => again.close());
    again.write(Uint8Array.of(0xff, 0xff, 0x00, 0x05, 0x07, 0x63, 0x00, 0x00, 0x00));
    await cli.line(/! {9}checksum at byte 8 .*: expected 0x6F, found 0x00; .*\(uart\.md 1\)/);
    expect((await cli.stop("SIGINT")).code).toBe(0);
    expect(cli.lines.at(-1)).toMatch(/^\d+ frames up, \d+ down, 1 bad$/);
  });

  it("says in one line what is wrong with a port or a fault", async () => {
    const cases = [
      [["sniff", "tcp:127.0.0.1:1", "pty"], 1, /^gizlab: nobody listens at tcp:127\.0\.0\.1:1 \[port-unreachable\]\n$/],
      [["sniff", "COM3", "COM3"], 2, /^gizlab: COM3 cannot be both sides \[usage\]/],
      [["sniff", "pty", "pty", "--fault", "dorp"], 2, /^gizlab: .*did you mean uart\.drop\?\n$/],
      [["sniff", "pty", "pty", "--baud", "fast"], 2, /^gizlab: --baud is a whole number/],
      // That the first port opens and closes meanwhile is no news of a cable.
      [["sniff", "pty", "/dev/no-such-port"], 1, /^gizlab: \/dev\/no-such-port is not there \[port-missing\]; .*\n$/],
    ] as const;
    for (const [args, code, words] of cases) {
      const result = await runCli(args);
      expect([result.code, result.stderr]).toEqual([code, expect.stringMatching(words)]);
    }
  });
});
