import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseRecording } from "../../src/record/recording.js";
import {
  ANY_PORTS,
  type Ready,
  runCli,
  startCli,
  startOnTerminal,
  startUp,
  startUpIn,
} from "../support/cli-process.js";
import { enterHttpUser, request } from "../support/http-app.js";
import { expectOneLine } from "../support/one-line.js";
import { makeTempFolder } from "../support/temp-folder.js";

interface State {
  readonly clock: { readonly mode: string; readonly now: number };
  readonly devices: readonly { did: string; is_online: boolean }[];
}

const HEX_32 = expect.stringMatching(/^[0-9a-f]{32}$/) as string;
const TEXT = expect.stringMatching(/./) as string;
const PRODUCTS = [
  "ai-toy",
  "air-conditioner",
  "doser",
  "pet-house",
  "ph-meter",
  "smart-light",
  "smart-meter",
  "wave-maker",
];
const PACKAGE = JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { version: string };

function writeSeed(seed: object): string {
  const file = join(makeTempFolder(), "seed.json");
  writeFileSync(file, JSON.stringify(seed));
  return file;
}

describe("the ready line of up --json", () => {
  it("has everything a script needs", async () => {
    const { up, ready } = await startUp("--memory", "--devices", "1");
    const { port } = new URL(ready.urls.http);
    expect(ready).toEqual({
      event: "ready",
      version: PACKAGE.version,
      pid: expect.any(Number) as number,
      urls: {
        http: `http://127.0.0.1:${port}`,
        mqtt: expect.stringMatching(/^mqtt:\/\/127\.0\.0\.1:\d+$/) as string,
        ws: `ws://127.0.0.1:${port}/ws/app/v1`,
        ui: `http://127.0.0.1:${port}/ui`,
        docs: `http://127.0.0.1:${port}/docs`,
      },
      app: { id: HEX_32, secret: HEX_32 },
      enterprise: { id: TEXT, secret: TEXT },
      connect: { client_id: TEXT, client_secret: TEXT, token: TEXT },
      datacooee: { organization_id: TEXT, organization_api_key: TEXT },
      devo: { domain: "self", token: TEXT },
      products: PRODUCTS.map((name) => ({ name, product_key: HEX_32, product_secret: HEX_32 })),
      devices: PRODUCTS.map(() => ({
        did: expect.stringMatching(/^\w{22}$/) as string,
        mac: TEXT,
        passcode: TEXT,
        product_key: HEX_32,
      })),
    });
    expect((await up.stop("SIGTERM")).code).toBe(0);
    expect(up.events.map(({ event }) => event)).toEqual(["ready", "stopped"]);
    expect(up.stderr).toBe("");
  });

  it.each(["wall", "virtual"])("comes when the devices are online, on a %s clock too", async (mode) => {
    const { ready } = await startUp("--memory", "--profile", "pet-house", "--devices", "3", "--clock", mode);
    const { clock, devices } = (await request<State>(ready.urls.http, "GET", "/_lab/state")).body;
    expect(clock.mode).toBe(mode);
    expect(devices.map(({ is_online }) => is_online)).toEqual([true, true, true]);
    expect(devices.map(({ did }) => did).sort()).toEqual(ready.devices.map(({ did }) => did).sort());
    const advanced = await request<{ now: number }>(ready.urls.http, "POST", "/_lab/clock", { advance: "90m" });
    if (mode === "wall") expect(advanced.status).toBe(409);
    else expect(advanced.body.now - clock.now).toBe(90 * 60_000);
  });
});

describe("credentials", () => {
  const product = { product_key: "de9e8d18d9394cce9081b25a531e552b", product_secret: "0123456789abcdef".repeat(2) };
  const app = { id: "a".repeat(32), secret: "b".repeat(32) };

  it("are those of the seed file", async () => {
    const { ready } = await startUp("--memory", "--seed", writeSeed({ app, products: [product] }));
    expect(ready.app).toEqual(app);
    expect(ready.products).toContainEqual({ name: "pet-house", ...product });
    expect((await enterHttpUser(ready.urls.http, app.id, "phone-1")).uid).toEqual(HEX_32);
  });

  it("are kept in the data folder, and a new folder has others", async () => {
    const [folder, other] = [makeTempFolder(), makeTempFolder()];
    const secretsOf = ({ app, enterprise, connect, products }: Ready) => ({ app, enterprise, connect, products });
    const runs: object[] = [];
    for (const data of [folder, folder, other]) {
      const { up, ready } = await startUp("--data", data);
      runs.push(secretsOf(ready));
      await up.stop("SIGINT");
    }
    expect(runs[1]).toEqual(runs[0]);
    expect(runs[2]).not.toEqual(runs[0]);
  });

  it.each<[object, RegExp]>([
    [{ ap: app }, /seed\.json ap: .*did you mean app\?/],
    [{ app: { id: app.id } }, /seed\.json app\.secret: /],
    [{ products: [{ ...product, sharring: true }] }, /seed\.json products\[0\]\.sharring: .*sharing/],
    [
      { products: [{ ...product, product_secret: "short" }] },
      /seed\.json products\[0\]\.product_secret: .*32 lower-case hex digits/,
    ],
  ])("are refused when the file says %j", async (seed, line) => {
    expectOneLine(await runCli(["up", "--memory", ...ANY_PORTS, "--seed", writeSeed(seed)]), { code: 1, line });
  });
});

describe("what keeps up from starting is said in one line", () => {
  it("when a port is busy: which one, and the option for another", async () => {
    const { ready } = await startUp("--memory", "--profile", "pet-house");
    const { port: http } = new URL(ready.urls.http);
    const { port: mqtt } = new URL(ready.urls.mqtt);
    const [noHttp, noMqtt] = await Promise.all([
      runCli(["up", "--memory", "--http-port", http, "--mqtt-port", "0"]),
      runCli(["up", "--memory", "--http-port", "0", "--mqtt-port", mqtt]),
    ]);
    expectOneLine(noHttp, { code: 1, line: new RegExp(`port ${http} is in use.*--http-port`) });
    expectOneLine(noMqtt, { code: 1, line: new RegExp(`port ${mqtt} is in use.*--mqtt-port`) });
  });

  it("when another process has the data folder, and that one goes on", async () => {
    const folder = makeTempFolder();
    const { up, ready } = await startUp("--data", folder);
    const second = await runCli(["up", "--data", folder, ...ANY_PORTS]);
    expectOneLine(second, { code: 1, line: new RegExp(`${folder} is in use by another gizlab.*--data.*--memory`) });
    expect((await request(ready.urls.http, "GET", "/_lab/health")).status).toBe(200);
    expect((await up.stop("SIGINT")).code).toBe(0);
    const third = await startUp("--data", folder);
    expect(third.ready.app).toEqual(ready.app);
  });

  it.concurrent.each([
    ["--tls"],
    ["--device-http-port", "80"],
    ["--snoti-port", "2017"],
    ["--store", "postgres://x"],
    ["--bus", "redis://x"],
  ])("when %s is not in this version", async (...args) => {
    expectOneLine(await runCli(["up", ...args]), {
      code: 2,
      line: new RegExp(`^gizlab: ${args[0]}: not in this version`),
    });
  });

  it.concurrent.each<[string[], RegExp]>([
    [["--http-port", "http"], /--http-port is a whole number, 0 to 65535, not "http"/],
    [["--mqtt-port", "65536"], /--mqtt-port is a whole number/],
    [["--tz", "Mars/Olympus"], /"Mars\/Olympus" is no time zone/],
    [["--profile", "pet-hosue"], /did you mean pet-house\?/],
    [["--devices", "-1"], /--devices is a whole number/],
  ])("when %j is no value", async (args, line) => {
    expectOneLine(await runCli(["up", "--memory", ...args]), { code: 2, line });
  });
});

describe("up --record", () => {
  it("writes every hop from the first power-on to the end, redacted", async () => {
    const file = join(makeTempFolder(), "session.jsonl");
    const { up, ready } = await startUp("--memory", "--profile", "pet-house", "--devices", "1", "--record", file);
    expect((await up.stop("SIGINT")).code).toBe(0);
    const text = readFileSync(file, "utf8");
    const { header, entries } = parseRecording(text);
    expect(header).toMatchObject({ redacted: true, profiles: [{ name: "pet-house" }] });
    expect(entries[0]).toMatchObject({ hop: "lab.device" });
    expect(entries.map(({ hop }) => hop)).toEqual(expect.arrayContaining(["uart.up", "mqtt.down", "device.online"]));
    expect(entries.at(-1)).toMatchObject({ hop: "device.offline" });
    expect(text).not.toContain(ready.devices[0]?.passcode);
    expect(text.endsWith("}\n")).toBe(true);
  });

  it("says at once that the file cannot be written", async () => {
    const file = join(makeTempFolder(), "no", "such", "folder.jsonl");
    expectOneLine(await runCli(["up", "--memory", ...ANY_PORTS, "--profile", "pet-house", "--record", file]), {
      code: 2,
      line: /folder\.jsonl cannot be written: its directory does not exist/,
    });
  });
});

describe("up --coverage", () => {
  const args = ["up", "--memory", "--profile", "pet-house", "--devices", "1", ...ANY_PORTS, "--coverage"];

  it("says at the end what was touched", async () => {
    const { code, stdout, stderr } = await runCli([...args, "--exec", "true"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^pet-house controlled: 0 of 6; not LED_OnOff/m);
    expect(stdout).toMatch(/^commands: \d+ of \d+; not .*reset-module/m);
    expect(stdout).toMatch(/^faults: 0 of \d+; not uart\.drop/m);
    expect(stdout).toMatch(/^error codes: none$/m);
  });

  it("is an event in --json", async () => {
    const up = startCli([...args, "--json"]);
    await up.event("ready");
    await up.stop("SIGINT");
    expect(up.events.map(({ event }) => event)).toEqual(["ready", "coverage", "stopped"]);
    expect(up.events[1]).toMatchObject({ commands: { touched: expect.arrayContaining(["device-info"]) as string[] } });
  });
});

describe("reset", () => {
  it.each(["wall", "virtual"])("leads back to the devices of the ready line, on a %s clock too", async (mode) => {
    const { ready } = await startUp("--memory", "--profile", "pet-house", "--devices", "2", "--clock", mode);
    const { http } = ready.urls;
    const identities = async () =>
      (await request<State>(http, "GET", "/_lab/state")).body.devices.map(({ did, is_online }) => ({ did, is_online }));
    const before = await identities();
    expect(before.map(({ did }) => did).sort()).toEqual(ready.devices.map(({ did }) => did).sort());
    await request(http, "POST", "/_lab/devices", { product: "pet-house", count: 3 });
    expect(await identities()).toHaveLength(5);
    expect(await request(http, "POST", "/_lab/reset")).toEqual({ status: 200, body: {} });
    expect(await identities()).toEqual(before);
  });

  it("is refused where the data folder brought devices along, with --devices too", async () => {
    const args = ["--profile", "pet-house", "--devices", "1", "--data", makeTempFolder()];
    const first = await startUp(...args);
    expect((await request(first.ready.urls.http, "POST", "/_lab/reset")).status).toBe(200);
    await first.up.stop("SIGINT");
    const { ready } = await startUp(...args);
    expect(await request(ready.urls.http, "POST", "/_lab/reset")).toMatchObject({
      status: 409,
      body: { error: { code: "reset-refused" } },
    });
  });
});

describe("up --exec", () => {
  const up = ["up", "--memory", "--profile", "pet-house", ...ANY_PORTS];

  it("gives the command its cloud, and ends with its exit code", async () => {
    const program = `
      const { GIZLAB_HTTP, GIZLAB_MQTT, GIZLAB_APP_ID, GIZLAB_APP_SECRET, GIZLAB_PRODUCT_KEY, GIZLAB_PRODUCT_SECRET } = process.env;
      const { status } = await fetch(GIZLAB_HTTP + "/_lab/health");
      console.log(JSON.stringify([status, GIZLAB_MQTT, GIZLAB_APP_ID, GIZLAB_APP_SECRET, GIZLAB_PRODUCT_KEY, GIZLAB_PRODUCT_SECRET]));
      process.exit(7);`;
    const env = { PROGRAM: program };
    const { code, stdout, stderr } = await runCli([...up, "--exec", 'node --input-type=module -e "$PROGRAM"'], { env });
    expect({ code, stderr }).toEqual({ code: 7, stderr: "" });
    const mqtt = expect.stringMatching(/^mqtt:\/\/127\.0\.0\.1:\d+$/) as string;
    expect(JSON.parse(stdout.trim().split("\n").at(-1) ?? "")).toEqual([200, mqtt, HEX_32, HEX_32, HEX_32, HEX_32]);
  });

  it("gives the command the lab's token", async () => {
    const args = [...up, "--lab-token", "open-sesame", "--exec", "echo token $GIZLAB_LAB_TOKEN"];
    expect((await runCli(args)).stdout).toContain("token open-sesame\n");
  });

  it("ends with 0 when the command does, and not when it is killed or is not there", async () => {
    const ends = ["true", "kill -9 $$", "no-such-command-here"].map((command) => runCli([...up, "--exec", command]));
    const [good, killed, missing] = await Promise.all(ends);
    expect([good?.code, killed?.code, missing?.code]).toEqual([0, 137, 127]);
    expect(good?.stderr).toBe("");
    expect(killed?.stderr).toBe('gizlab: --exec "kill -9 $$" was ended by SIGKILL\n');
  });

  it.each<[string[], RegExp]>([
    [["--exec", ""], /^gizlab: --exec is empty.*--exec "npm test"/],
    [["--exec", "  "], /^gizlab: --exec is empty/],
    [["--data", "unused"], /^gizlab: --memory keeps nothing, so --data has no use/],
  ])("is refused as %j", async (args, line) => {
    expectOneLine(await runCli([...up, ...args]), { code: 2, line });
  });

  it("says on a terminal that a shell runs inside the lab, and that the lab ends with it", async () => {
    const terminal = startOnTerminal([...up, "--exec", "sh"]);
    await terminal.line(/gizlab: sh runs inside a cloud at http:\/\/127\.0\.0\.1:\d+, which ends with it/);
    await terminal.line(/env \| grep GIZLAB_/);
    terminal.type("echo at $GIZLAB_HTTP\n");
    await terminal.line(/^(?:\(gizlab\) \$ )?at http:\/\/127\.0\.0\.1:\d+/);
    terminal.type("exit 3\n");
    expect(await terminal.ended).toMatchObject({ code: 3 });
    expect(terminal.stdout).toContain("(gizlab) $ ");
    expect(terminal.stdout).toContain("gizlab: sh has ended, and the cloud with it");
  });
});

describe("up --exec at Ctrl-C", () => {
  it("ends the command and itself within about a second", async () => {
    const args = ["--memory", "--profile", "pet-house", "--exec", "echo under way; sleep 60 | cat"];
    const up = startCli(["up", ...args, ...ANY_PORTS]);
    await up.line(/under way/);
    const { code, tookMs } = await up.stop("SIGINT");
    expect(code).toBe(130);
    expect(tookMs).toBeLessThan(1500);
  });
});

describe("the commands of the ready screen", () => {
  it("name the did where the data folder knows another device of the product", async () => {
    const [cwd, runtime] = [makeTempFolder(), makeTempFolder()];
    const options = { cwd, env: { XDG_RUNTIME_DIR: runtime, GIZLAB_HTTP: "", NO_COLOR: "1" } };
    const args = ["--profile", "pet-house", "--devices"];
    const { up } = await startUpIn(options, ...args, "2");
    await up.stop("SIGINT");
    const again = startCli(["up", ...ANY_PORTS, ...args, "1"], options);
    await again.line(/Ctrl-C stops/);
    const commands = again.lines.filter((line) => /^ +npx gizlab (get|control) /.test(line));
    expect(commands).toHaveLength(2);
    for (const command of commands) {
      expect(await runCli(command.trim().split(" ").slice(2), options)).toMatchObject({ code: 0 });
    }
  });
});

describe("what people see", () => {
  const args = ["up", "--memory", "--profile", "pet-house", "--devices", "1", ...ANY_PORTS];
  const ESCAPE = "\u001b[";

  /** Everything printed on a terminal until Ctrl-C is typed. */
  async function runOnTerminal(env: Readonly<Record<string, string>>): Promise<string> {
    const terminal = startOnTerminal([...args, "--qr"], { env });
    await terminal.line(/Ctrl-C stops/);
    terminal.type("\u0003");
    expect(await terminal.ended).toEqual({ code: 0, signal: null });
    return terminal.stdout;
  }

  it("has colours on a terminal, unless NO_COLOR says otherwise", async () => {
    expect(await runOnTerminal({ NO_COLOR: "" })).toContain(ESCAPE);
    expect(await runOnTerminal({ NO_COLOR: "1" })).not.toContain(ESCAPE);
  });

  it("fits a terminal of 80 columns and 24 lines, with every product and a data folder too", async () => {
    const up = startCli(["up", "--data", join(makeTempFolder(), "data"), "--devices", "1", ...ANY_PORTS]);
    await up.line(/Ctrl-C stops/);
    await up.stop("SIGINT");
    expect(up.lines.length).toBeLessThan(24);
    for (const line of up.lines.filter((text) => !text.startsWith("  data ")))
      expect(line.length).toBeLessThanOrEqual(80);
    expect(up.stdout).toMatch(/^ {2}app id {3}[0-9a-f]{32}$/m);
    expect(up.stdout).toMatch(/^ {2}device {3}pet-house \w{22}$/m);
    expect(up.stdout).not.toContain("\u2584");
  });

  it("names a device by its did where its product has several", async () => {
    const up = startCli(["up", "--memory", "--profile", "smart-meter", "--devices", "2", ...ANY_PORTS]);
    await up.line(/Ctrl-C stops/);
    await up.stop("SIGINT");
    expect(up.stdout).toMatch(/^ {2}npx gizlab get \w{22}\n {2}npx gizlab control \w{22} relay=/m);
  });

  it("shows a QR code when it is asked for", async () => {
    const up = startCli([...args, "--qr"]);
    await up.line(/Ctrl-C stops/);
    await up.stop("SIGINT");
    expect(up.stdout).toMatch(/\u2584[\s\S]*binds pet-house: product_key=\w+&did=\w+&passcode=/);
  });

  it("names the URLs and what to try next, without colours in a pipe", async () => {
    const up = startCli(args);
    await up.line(/Ctrl-C stops/);
    expect(await up.stop("SIGINT")).toMatchObject({ code: 0, signal: null });
    expect(up.stdout).toMatch(/HTTP +http:\/\/127\.0\.0\.1:\d+\n/);
    expect(up.stdout).toMatch(/^ {2}npx gizlab get pet-house\n {2}npx gizlab control pet-house LED_OnOff=true\n/m);
    expect(up.stdout).not.toContain(ESCAPE);
  });
});
