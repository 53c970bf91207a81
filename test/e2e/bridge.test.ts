import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import { encodeFrame } from "../../src/codec/frame.js";
import { parseHex } from "../../src/core/hex.js";
import { loadProfile } from "../../src/lab/profiles.js";
import { listFrames, plugMcuIn, startBridge, startPortCloud, waitOnline } from "../support/bridge-bench.js";
import { type Event, runCli, startCli } from "../support/cli-process.js";
import { enterHttpUser, signMac } from "../support/http-app.js";
import { expectOneLine } from "../support/one-line.js";
import { pollUntil } from "../support/poll.js";
import { hasSocat, startPtyPair } from "../support/port-ends.js";
import { makeTempFolder } from "../support/temp-folder.js";

/** Ctrl-C closes cleanly within a second (interfaces.md); some more for a machine that runs all tests at once. */
const SOON_MS = 1500;
const LISTEN = "tcp-listen:0";

interface Latest {
  readonly attr: Readonly<Record<string, number | string>>;
}

/** The TCP port of a bridge that listens, for its MCU. */
function dial({ port }: { port: string }): string {
  return port.replace("tcp-listen:", "tcp:127.0.0.1:");
}

describe("gizlab bridge", () => {
  it("makes a board a device: its report is in the API, a control of an app reaches it", async () => {
    const lab = await startPortCloud();
    const { bridge, ready } = await startBridge(LISTEN, lab.httpUrl);
    expect(ready).toMatchObject({ cloud: lab.httpUrl, mac: expect.stringMatching(/^02[0-9a-f]{10}$/) });
    expect(await bridge.event("port")).toMatchObject({ open: false });
    const { mcu } = await plugMcuIn(dial(ready));
    expect(await bridge.event("port", ({ open }) => open === true)).toMatchObject({ port: ready.port });
    const did = await waitOnline(bridge);

    const user = await enterHttpUser(lab.httpUrl, lab.credentials.app.id, "phone-1");
    const [product] = lab.cloud.products.all;
    const signed = signMac(product?.secret ?? "", Math.floor(Date.now() / 1000));
    const mac = { product_key: product?.productKey, mac: ready.mac };
    expect(await user.call("POST", "/app/bind_mac", mac, signed)).toMatchObject({ status: 201, body: { did } });
    mcu.set({ LED_OnOff: true });
    mcu.report();
    const readLatest = async () => (await user.call<Latest>("GET", `/app/devdata/${did}/latest`)).body.attr;
    await pollUntil("report in the API", readLatest, ({ LED_OnOff }) => LED_OnOff === 1);
    expect((await user.call("POST", `/app/control/${did}`, { attrs: { LED_R: 56 } })).status).toBe(200);
    await pollUntil(
      "control at the MCU",
      async () => mcu.attrs.LED_R,
      (red) => red === 56,
    );
    await pollUntil("report of the control", readLatest, ({ LED_R }) => LED_R === 56);
    const control = await bridge.event("uart.down", (event) => nameOf(event) === "control");
    expect(control).toMatchObject({ did, detail: { attrs: { LED_R: 56 } } });

    const end = await bridge.stop("SIGINT");
    expect(end).toMatchObject({ code: 0, signal: null });
    expect(end.tookMs).toBeLessThan(SOON_MS);
    const isOnline = async () => lab.cloud.registry.find(did) !== undefined && lab.cloud.broker.presence.isOnline(did);
    expect(await pollUntil("end of the connection", isOnline, (online) => !online)).toBe(false);
    expect(bridge.stderr).not.toMatch(/ {4}at /);
  });

  it("begins its session anew at 29, and is another device after 0B", async () => {
    const lab = await startPortCloud();
    const { bridge, ready } = await startBridge(LISTEN, lab.httpUrl);
    const { mcu } = await plugMcuIn(dial(ready));
    const did = await waitOnline(bridge);
    expect(await mcu.ask(0x29)).toBeDefined();
    expect(await waitOnline(bridge, 2)).toBe(did);
    expect(listFrames(bridge, "uart.up").filter((name) => name === "device-info").length).toBe(2);
    expect(await mcu.ask(0x0b)).toBeDefined();
    const other = await waitOnline(bridge, 3);
    expect(other).not.toBe(did);
    expect(lab.cloud.registry.get(did).isDisabled).toBe(true);
    expect(lab.cloud.registry.get(other)).toMatchObject({ mac: ready.mac, isDisabled: false });
  });

  it("answers its MCU: configuration, binding and test show in the status; time and module info come", async () => {
    const lab = await startPortCloud();
    const { bridge, ready } = await startBridge(LISTEN, lab.httpUrl);
    const { mcu } = await plugMcuIn(dial(ready));
    await waitOnline(bridge);
    for (const cmd of [0x15, 0x17]) expect(await mcu.ask(cmd)).toBeDefined();
    expect(await mcu.ask(0x21, Uint8Array.of(0))).toBeDefined();
    expect(listFrames(bridge, "uart.down")).toEqual(expect.arrayContaining(["network-time", "module-info"]));
    expect(await mcu.ask(0x13)).toBeDefined();
    await expect.poll(() => mcu.wifiStatus.productionTest, { timeout: 10_000 }).toBe(true);
    expect(await mcu.ask(0x09, Uint8Array.of(1))).toBeDefined();
    await expect
      .poll(() => mcu.wifiStatus, { timeout: 10_000 })
      .toMatchObject({ softAp: true, onboarding: true, station: false, cloud: false });
  });

  it("is the same device at the same port in every run, and by --mac another", async () => {
    const lab = await startPortCloud();
    const runs: string[] = [];
    for (const more of [[], [], ["--mac", "02AABBCCDD01"], ["--mac", "02aabbccdd01"]]) {
      const { bridge, ready } = await startBridge(LISTEN, lab.httpUrl, ...more);
      const { unplug } = await plugMcuIn(dial(ready));
      runs.push(`${ready.mac} ${await waitOnline(bridge)}`);
      await bridge.stop("SIGINT");
      unplug();
    }
    const [first, again, given, givenAgain] = runs;
    expect([again, givenAgain]).toEqual([first, given]);
    expect(given).toMatch(/^02aabbccdd01 /);
    expect(given).not.toBe(first);
  });

  it("says how to add a product that is not known here, or not in the cloud, and goes on trying", async () => {
    const lab = await startPortCloud();
    const { bridge, ready } = await startBridge(LISTEN, lab.httpUrl);
    const { profile } = loadProfile("pet-house");
    const productKey = "0123456789abcdef0123456789abcdef";
    const { unplug } = await plugMcuIn(dial(ready), { ...profile, productKey });
    const trouble = await bridge.event("module.trouble");
    expect(trouble.detail).toMatchObject({ code: "cloud-refused", hint: expect.stringContaining("up --profile FILE") });
    expect(bridge.stderr.match(/product_key 0123456789abcdef.*--profile FILE/g)).toHaveLength(1);
    unplug();
    const isGone = () => bridge.events.filter(({ event, open }) => event === "port" && open === false).length === 2;
    await expect.poll(isGone, { timeout: 10_000 }).toBe(true);
    await plugMcuIn(dial(ready));
    await waitOnline(bridge);
  });

  it("waits for a cloud that is started later", async () => {
    const port = await findFreePort();
    const cloud = `http://127.0.0.1:${port}`;
    const { bridge, ready } = await startBridge(LISTEN, cloud);
    await plugMcuIn(dial(ready));
    const trouble = await bridge.event("module.trouble");
    expect(trouble.detail).toMatchObject({ code: "cloud-unreachable", hint: expect.stringContaining("gizlab up") });
    await startPortCloud({ http: { port } });
    await waitOnline(bridge);
  });

  it("explains what is broken on the wire, and does not flood", async () => {
    const lab = await startPortCloud();
    const { bridge, ready } = await startBridge(LISTEN, lab.httpUrl);
    const { link } = await plugMcuIn(dial(ready));
    await waitOnline(bridge);
    const frame = encodeFrame({ cmd: 0x05, sn: 9, flags: 0, payload: parseHex("0401380000000100 0A0000") });
    const swapped = Uint8Array.from(frame);
    swapped.set([frame[3] ?? 0, frame[2] ?? 0], 2);
    link.write(swapped);
    const bad = await bridge.event("uart.bad");
    expect(bad.detail).toMatchObject({ clause: "uart.md 1", hint: expect.stringContaining("little-endian") });
    for (let round = 0; round < 40; round += 1) link.write(new Uint8Array(64).fill(0x7e));
    const noise = await bridge.event("uart.noise");
    expect((noise.detail as { bytes: number }).bytes).toBeGreaterThan(0);
    expect(bridge.events.filter(({ event }) => event === "uart.noise").length).toBeLessThan(8);
  });

  it("tells in words what passes, without colours into a pipe", async () => {
    const lab = await startPortCloud();
    const bridge = startCli(["bridge", LISTEN, "--cloud", lab.httpUrl]);
    const first = await bridge.line(/becomes a device of/);
    await plugMcuIn(`tcp:127.0.0.1:${/tcp-listen:(\d+)/.exec(first)?.[1]}`);
    await bridge.line(/^\d\d:\d\d:\d\d\.\d{3} {2}MCU -> {4}device-info sn \d+ {2}.*product_key=/);
    await bridge.line(/-> MCU {4}wifi-status sn \d+ {2}0x073A station binding router cloud rssi=7$/);
    await bridge.line(/MCU -> {4}report sn 0 {2}LED_OnOff=false .*Temperature=-13/);
    expect(bridge.stdout).not.toContain("\u001b");
  });

  it("hints at why nobody answers", async () => {
    const { bridge, ready } = await startBridge("tcp-listen:0", "http://127.0.0.1:9");
    const { mcu, link } = await plugMcuIn(dial(ready));
    mcu.stop();
    expect(await bridge.event("hint", ({ kind }) => kind !== "no-cloud")).toMatchObject({ kind: "no-bytes" });
    link.write(parseHex("7E 81 00 3F 7E 81 00 3F 7E 81 00 3F"));
    expect(await bridge.event("hint", ({ kind }) => kind !== "no-bytes" && kind !== "no-cloud")).toMatchObject({
      kind: "no-header",
    });
  });

  it.each([
    [["/dev/gizlab-no-such-port"], 1, /is not there \[port-missing\]/],
    [["/dev/gizlab-no-such-port", "--baud", "auto"], 1, /is not there \[port-missing\]/],
    [["tcp:127.0.0.1:9"], 1, /nobody listens at/],
    [["tcp:127.0.0.1:9", "--baud", "auto"], 2, /has no speed that could be found out/],
    [["ttyUSB0"], 2, /did you mean \/dev\/ttyUSB0/],
    [["pty", "--baud", "fast"], 2, /110 to 4000000 or auto/],
    [["pty", "--mac", "12"], 2, /12 hex digits/],
    [["pty", "--cloud", "here"], 2, /no URL of a cloud/],
    [["pty", "--ota", "/dev/null"], 2, /--ota \/dev\/null has 0 bytes; firmware has 1 to 4194304/],
    [["pty", "--uploads", "/dev/null"], 2, /--uploads \/dev\/null is a file, not a folder/],
    [["pty", "--profile", "no-such-profile"], 2, /there is no profile/],
  ])("ends in one sentence for %j", async (args, code, line) => {
    expectOneLine(await runCli(["bridge", ...args]), { code, line });
  });

  it("shows examples with --help", async () => {
    const { code, stdout } = await runCli(["bridge", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/bridge \/dev\/ttyUSB0 --baud auto/);
  });
});

describe.skipIf(process.platform === "win32")("gizlab bridge pty", () => {
  it("prints the path at which another program is the board", async () => {
    const lab = await startPortCloud();
    const { bridge, ready } = await startBridge("pty", lab.httpUrl);
    await plugMcuIn(ready.path ?? "");
    await waitOnline(bridge);
  });
});

describe.skipIf(!hasSocat())("gizlab bridge over a pair of ptys", () => {
  it("goes on within 2 s when the port comes back that vanished in the middle of a frame", async () => {
    const lab = await startPortCloud();
    const folder = makeTempFolder();
    const pair = await startPtyPair(folder);
    const { bridge } = await startBridge(pair.a, lab.httpUrl);
    const board = await plugMcuIn(pair.b);
    const did = await waitOnline(bridge);
    board.link.write(parseHex("FF FF 00 10 05 11 00 00 04 01 38"));
    await pair.kill();
    board.unplug();
    await bridge.event("port", ({ open }) => open === false);
    await pollUntil(
      "device offline",
      async () => lab.cloud.broker.presence.isOnline(did),
      (online) => !online,
    );
    const listQuestions = async () => bridge.events.filter((event) => nameOf(event) === "get-device-info");
    const asked = (await listQuestions()).length;

    const again = await startPtyPair(folder);
    const returnedAt = Date.now();
    const { mcu } = await plugMcuIn(again.b);
    const questions = await pollUntil("question for device info", listQuestions, ({ length }) => length > asked);
    // By the bridge's own clock, which is this one's: how long the test takes to look is not counted.
    expect(Number(questions[asked]?.at) - returnedAt).toBeLessThan(2000);
    expect(await waitOnline(bridge, 2)).toBe(did);
    mcu.set({ LED_G: 7 });
    mcu.report();
    const { id } = lab.cloud.registry.get(did);
    await expect.poll(() => lab.cloud.telemetry.latest(id)?.attrs.LED_G, { timeout: 10_000 }).toBe(7);
    expect(bridge.events.filter(({ event }) => event === "uart.bad")).toEqual([]);
  });

  it("finds the speed with --baud auto, and then the board", async () => {
    const lab = await startPortCloud();
    const pair = await startPtyPair(makeTempFolder());
    await plugMcuIn(pair.b);
    const { bridge, ready } = await startBridge(pair.a, lab.httpUrl, "--baud", "auto");
    // A pty carries every speed.
    expect(await bridge.event("baud")).toMatchObject({ baud: 9600 });
    expect(ready.baud).toBe(9600);
    await waitOnline(bridge);
  });
});

/** What a frame is called, for an event that is one. */
function nameOf({ detail }: Event): unknown {
  return (detail as { readonly name?: string } | undefined)?.name;
}

function findFreePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" ? (address?.port ?? 0) : 0));
    });
  });
}
