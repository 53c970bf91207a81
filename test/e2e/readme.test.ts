import { type ExecFileException, execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { createWallClock } from "../../src/core/clock.js";
import type { Lab } from "../../src/lab/lab.js";
import { loadProfile } from "../../src/lab/profiles.js";
import { startLab } from "../../src/lab/start-lab.js";
import { openPort } from "../../src/link/open-port.js";
import { VirtualMcu } from "../../src/mcu/virtual-mcu.js";
import { startBridge } from "../support/bridge-bench.js";
import { pollUntil } from "../support/poll.js";

const ROOT = new URL("../..", import.meta.url).pathname;
const README = readFileSync(join(ROOT, "README.md"), "utf8");
const MAIN = join(ROOT, "dist/cli/main.js");

/** What CI itself does, or what a person leaves running; everything else is run here. */
const RUN_ELSEWHERE = ["npm ci && npm start", "npm ci && npm test", "--exec bash"];

const blocks = [...README.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, text = ""]) => text.trim());
const walk = blocks.find((block) => block.includes("/app/bind_mac")) ?? "";
const faces = blocks.find((block) => block.includes("/search/query")) ?? "";
const lines = blocks
  .filter((block) => block !== walk && block !== faces)
  .flatMap((block) => block.split("\n"))
  .filter((line) => !RUN_ELSEWHERE.some((other) => line.endsWith(other)));
/** Those that want a board or a module at a port. */
const portCommands = lines.filter((line) => line.includes("/dev/tty"));
const commands = lines.filter((line) => !portCommands.includes(line));

/** Runs a line as a person would, with the build of this checkout instead of npx; a `sim` is stopped once it is online. */
function run(
  line: string,
  environment: Record<string, string> = {},
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const child = execFile(
      "bash",
      ["-c", line.replaceAll("npx gizlab", `exec node ${MAIN}`).replace(/^(echo .*\| )exec /, "$1")],
      { env: { ...process.env, ...environment }, cwd: ROOT, timeout: 25_000 },
      (error: ExecFileException | null, stdout, stderr) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), stdout, stderr }),
    );
    child.stdin?.end();
    child.stdout?.on("data", (text: string) => {
      const isEnough = line.includes("gizlab sim") ? text.includes("Ctrl-C stops") : text.includes("report-ack");
      if (/gizlab (sim|bridge)/.test(line) && isEnough) child.kill("SIGINT");
    });
  });
}

describe("the README", () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab({ http: { port: 0 }, mqtt: { port: 0 } });
    await lab.device("pet-house");
  });
  afterAll(() => lab.close());

  it.each(commands)("shows a command that works: %s", async (line) => {
    const here = { GIZLAB_HTTP: lab.urls.http };
    const { code, stdout, stderr } = await run(line.replace("http://127.0.0.1:8088", lab.urls.http), here);
    expect(stderr.replace(/\d+ of \d+ online\n|gizlab: the app user "gizlab-control" has bound .*\n/g, "")).toBe("");
    expect(stdout).not.toBe("");
    // An example of a bad frame fails, as it says.
    expect(code).toBe(/^ +\d+ {2}bad /m.test(stdout) ? 1 : 0);
  });

  it("shows how a board and a module are plugged in", async () => {
    const [bridge = "", mcu = ""] = portCommands;
    expect([bridge, mcu]).toEqual([expect.stringContaining("gizlab bridge"), expect.stringContaining("gizlab mcu")]);
    const { port, online } = await listenAsBoard();
    const shown = run(bridge.replace("/dev/ttyUSB0", port).replace("http://127.0.0.1:8088", lab.urls.http));
    await online;
    expect((await shown).stdout).toMatch(/MCU -> {4}report sn \d+ {2}LED_OnOff=false/);
    const module = await startBridge("tcp-listen:0", lab.urls.http);
    const answer = await run(mcu.replace("/dev/ttyUSB1", module.ready.port.replace("tcp-listen:", "tcp:127.0.0.1:")));
    expect(answer).toMatchObject({ code: 0, stdout: expect.stringContaining("reported, acknowledged") });
    expect(answer.stdout).toMatch(/^info: wifi module/m);
  });

  it("shows the output that its decode and encode commands print", async () => {
    for (const line of commands.filter((command) => /gizlab (decode|encode)/.test(command))) {
      const { stdout } = await run(line);
      expect(README).toContain(stdout.trimEnd());
    }
  });

  it("walks the aggregation guide to the answer it shows", async () => {
    expect(walk).not.toBe("");
    const { code, stdout } = await run(
      `npx gizlab up --memory --profile pet-house --devices 1 --http-port 0 --mqtt-port 0 --exec "$WALK"`,
      { WALK: walk },
    );
    expect(code).toBe(0);
    expect(stdout).toContain('{"accepted":3}');
    expect(stdout).toContain('"LED_OnOff":1,"LED_Color":"Purple"');
    expect(stdout).toMatch(/"Temperature":21,"Humidity":40/);
    expect(stdout).toMatch(/"datetime":"2026030112",[^}]*"attrs":\{"Temperature":19\.5\}/);
    expect(stdout).toMatch(/"datetime":"2026030114",[^}]*"attrs":\{"Temperature":27\}/);
  });

  it("asks the other four faces for the number it shows", async () => {
    expect(faces).not.toBe("");
    const { code, stdout } = await run(
      `npx gizlab up --memory --profile smart-meter --devices 1 --http-port 0 --mqtt-port 0 --exec "$FACES"`,
      { FACES: faces },
    );
    expect(code).toBe(0);
    expect(stdout).toContain('"data":[{"attrs":{"positive_energy_total":12.6},"datetime":"20260301"}]}');
    expect(stdout).toContain('"data":[{"data":{"positiveActiveEnergy":{"total":12.6,"unit":"kWh"}}');
    expect(stdout).toContain('"inputdata":[{"min":"10","max":"15","avg":"12.6"}]');
    expect(stdout).toContain("eventdate,mean,n\n2026-03-01 00:00:00.000,12.6,3");
  });

  it("lists every error code of the source, and no other", () => {
    const table = README.slice(README.indexOf("## Errors"), README.indexOf("## Measured"));
    const listed = [...table.matchAll(/^\|((?: `[a-z0-9-]+`)+) \|/gm)].flatMap(([, cells = ""]) =>
      [...cells.matchAll(/`([a-z0-9-]+)`/g)].map(([, code]) => code),
    );
    expect([...new Set(listed)].sort()).toEqual([...errorCodes()].sort());
  });
});

/** A virtual MCU at a TCP port, for one who comes. */
async function listenAsBoard(): Promise<{ port: string; online: Promise<void> }> {
  const link = await openPort("tcp-listen:0");
  onTestFinished(() => link.close());
  const mcu = new VirtualMcu({ profile: loadProfile("pet-house").profile, clock: createWallClock(), link });
  onTestFinished(() => mcu.stop());
  mcu.start();
  const online = pollUntil(
    "board online",
    async () => mcu.wifiStatus.cloud,
    (isOnline) => isOnline,
    20_000,
  ).then(() => {});
  return { port: link.name.replace("tcp-listen:", "tcp:127.0.0.1:"), online };
}

/** The first argument of every typed error that the source makes. */
function errorCodes(): Set<string> {
  const codes = new Set<string>();
  for (const file of readdirSync(join(ROOT, "src"), { recursive: true, encoding: "utf8" })) {
    if (!file.endsWith(".ts")) continue;
    const source = readFileSync(join(ROOT, "src", file), "utf8");
    for (const [, code = ""] of source.matchAll(/(?:(?:\w*Error|super)\(\s*|error: \{ code: )"([a-z0-9-]+)"/g))
      codes.add(code);
  }
  return codes;
}
