import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { CMD } from "../../src/codec/commands.js";
import { encodeFrame, type Frame } from "../../src/codec/frame.js";
import { unpackP0 } from "../../src/codec/p0.js";
import { FrameSplitter } from "../../src/codec/splitter.js";
import { createWallClock } from "../../src/core/clock.js";
import { createSeededRandom } from "../../src/core/random.js";
import { Trace } from "../../src/core/trace.js";
import { Board } from "../../src/lab/board.js";
import { loadProfile } from "../../src/lab/profiles.js";
import { openRemoteCloud } from "../../src/lab/remote-cloud.js";
import { startLab } from "../../src/lab/start-lab.js";
import { LabUser } from "../../src/lab/user.js";
import { createIdentity } from "../../src/lab/virtual-device.js";
import { openPort } from "../../src/link/open-port.js";
import type { PortLink } from "../../src/link/port.js";
import { displayValues } from "../../src/profile/scale.js";
import { type CliProcess, type Event, runCli, startCli, startOnTerminal, startUp } from "../support/cli-process.js";
import { ENCODING_NAMES, ENCODINGS } from "../support/encodings.js";
import { enterHttpUser, request, signMac } from "../support/http-app.js";
import { pollUntil } from "../support/poll.js";
import { hasSocat, startPtyPair } from "../support/port-ends.js";
import { makeTempFolder } from "../support/temp-folder.js";

const PET_HOUSE = ["--profile", "pet-house"] as const;
const SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";

/** The other end of the port at which a `gizlab mcu tcp-listen:0 --json` listens. */
async function connectTo(mcu: CliProcess): Promise<PortLink> {
  const { port } = await mcu.event("ready");
  const link = await openPort(String(port).replace("tcp-listen:", "tcp:127.0.0.1:"));
  onTestFinished(() => link.close());
  return link;
}

/** Types a line and waits until its first verb, one that was not typed before, is done. */
function tell(mcu: CliProcess, line: string, verb = line): Promise<Event> {
  mcu.type(`${line}\n`);
  return mcu.event("verb", (event) => event.verb === verb);
}

/** A module that has the answers of a plain acknowledgement only; keeps what it was told. */
function acknowledgeAll(link: PortLink): Frame[] {
  const heard: Frame[] = [];
  const splitter = new FrameSplitter({
    frame: (frame) => {
      heard.push(frame);
      if (frame.cmd % 2 === 1)
        link.write(encodeFrame({ cmd: frame.cmd + 1, sn: frame.sn, flags: 0, payload: new Uint8Array(0) }));
    },
  });
  link.onData((bytes) => splitter.push(bytes));
  return heard;
}

describe("gizlab mcu with a module in this process", () => {
  it("is a device of the cloud: what is set is its latest, what the app controls is what it holds", async () => {
    const lab = await startLab({
      profiles: ["pet-house"],
      clock: "wall",
      seed: 7,
      http: { port: 0 },
      mqtt: { port: 0 },
    });
    onTestFinished(() => lab.close());
    const mcu = startCli(["mcu", "tcp-listen:0", ...PET_HOUSE, "--secret", SECRET, "--json"], { isInteractive: true });
    const clock = createWallClock();
    const random = createSeededRandom("mcu");
    const board = new Board({
      link: await connectTo(mcu),
      clock,
      random,
      identity: createIdentity(random),
      ...openRemoteCloud(lab.httpUrl),
      trace: new Trace(clock),
      products: [loadProfile("pet-house")],
    });
    onTestFinished(() => board.close());
    board.start();
    expect(await tell(mcu, "wait cloud")).toMatchObject({ ok: true });
    expect(await tell(mcu, "set Temperature=21 LED_Color=Pink")).toMatchObject({ ok: true });

    const device = { did: board.did ?? "", mac: board.module.identity.mac };
    const user = await LabUser.enter(lab, "phone-1");
    await user.bind(device);
    const reported = await pollUntil(
      "report",
      () => user.latest(device),
      ({ Temperature }) => Temperature === 21,
    );
    expect(reported).toMatchObject({ LED_Color: "Pink", LED_R: 0 });
    await user.control(device, { LED_R: 56, LED_OnOff: true });
    expect(await mcu.event("control")).toMatchObject({ attrs: { LED_R: 56, LED_OnOff: true } });
    expect(await tell(mcu, "get LED_R LED_OnOff")).toMatchObject({ ok: true, attrs: { LED_R: 56, LED_OnOff: true } });
    await pollUntil(
      "report of the control",
      () => user.latest(device),
      ({ LED_R }) => LED_R === 56,
    );
    expect(mcu.stdout).not.toContain(SECRET);
    expect(await mcu.stop("SIGINT")).toMatchObject({ code: 0, signal: null });
  });

  it("reports a script row by row, and ends when it is through", async () => {
    const script = join(makeTempFolder(), "day.csv");
    writeFileSync(script, "Temperature,LED_Color\n-13,Pink\n21,\n,Yellow\n");
    const mcu = startCli([
      ...["mcu", "tcp-listen:0", ...PET_HOUSE, "--script", script, "--every", "50ms", "--exit-when-done", "--json"],
    ]);
    const heard = acknowledgeAll(await connectTo(mcu));
    expect(await mcu.ended).toMatchObject({ code: 0 });
    const { profile } = loadProfile("pet-house");
    const reports = heard.map(({ payload }) => {
      const p0 = unpackP0(profile.layout, payload);
      const { Temperature, LED_Color } = displayValues(profile, "values" in p0 ? p0.values : []);
      return [Temperature, LED_Color];
    });
    expect(reports).toEqual([
      [-13, "Pink"],
      [21, "Pink"],
      [21, "Yellow"],
    ]);
  });

  it("does lines that are piped in, goes on after their end, and says which frames were refused or broken", async () => {
    const mcu = startCli(["mcu", "tcp-listen:0", ...PET_HOUSE, "--no-auto-report", "--json"], {
      input: "# a comment\nset LED_R=3\nairlnk\nget LED_R; every 50ms\n",
    });
    const link = await connectTo(mcu);
    const heard = acknowledgeAll(link);
    expect(await mcu.event("verb", ({ ok }) => ok === false)).toMatchObject({
      verb: "airlnk",
      code: "verb-unknown",
      hint: "did you mean airlink?",
    });
    expect(await mcu.event("verb", ({ verb }) => verb === "get LED_R")).toMatchObject({ attrs: { LED_R: 3 } });
    await pollUntil(
      "timed reports",
      async () => heard.filter(({ cmd }) => cmd === CMD.p0Up).length,
      (count) => count >= 3,
    );
    link.write(Uint8Array.of(0xff, 0xff, 0, 6, 0x11, 3, 0, 0, 2, 0x1c));
    expect(await mcu.event("refused")).toMatchObject({ sn: 3, error: 2 });
    link.write(Uint8Array.of(0xff, 0xff, 0, 7, 0x0d, 1, 0, 0, 7, 0x1a, 0x37));
    link.write(Uint8Array.of(0xff, 0xff, 0, 7, 0x0d, 1, 0, 0, 7, 0x1a, 0x36));
    const status = await mcu.event("wifi-status");
    expect(status).toMatchObject({ status: "0x071A" });
    expect(mcu.events).toContainEqual(
      expect.objectContaining({ hop: "uart.bad", detail: expect.objectContaining({ reason: "checksum" }) as unknown }),
    );
    expect(await mcu.stop("SIGTERM")).toMatchObject({ code: 0, signal: null });
  });

  it.each(ENCODING_NAMES)("does lines that are piped in as %s", async (name) => {
    const mcu = startCli(["mcu", "tcp-listen:0", ...PET_HOUSE, "--json"], {
      input: ENCODINGS[name]("get LED_R\nget Humidity\n"),
    });
    await connectTo(mcu);
    for (const point of ["LED_R", "Humidity"])
      expect(await mcu.event("verb", ({ verb }) => verb === `get ${point}`)).toMatchObject({ attrs: { [point]: 0 } });
    expect(await mcu.stop("SIGTERM")).toMatchObject({ code: 0, signal: null });
  });

  it("refuses piped bytes that are no text, with their place", async () => {
    const mcu = startCli(["mcu", "tcp-listen:0", ...PET_HOUSE, "--json"], {
      input: Buffer.concat([Buffer.from("get LED_R\nset X="), Buffer.of(0xce, 0xd2, 0x0a)]),
    });
    await connectTo(mcu);
    expect((await mcu.ended).code).toBe(2);
    expect(mcu.stderr).toMatch(/stdin:2:7 .*byte 0xCE is not UTF-8 \[text-encoding\]/);
  });

  it.skipIf(process.platform === "win32")("ends with 1 and says why when nobody answers", async () => {
    const command = ["mcu", "exec:sleep 60", ...PET_HOUSE, "--do", "time", "--do", "get LED_R", "--exit-when-done"];
    const { code, stdout, stderr } = await runCli(command);
    expect(code).toBe(1);
    expect(stdout).toContain("get LED_R: LED_R=0\n");
    expect(stderr).toMatch(
      /gizlab: time: no answer to 3 transmissions of time \[no-answer\]; has the module power.*\n/,
    );
    expect(stderr).toMatch(/gizlab: 1 of 2 verbs failed \[verbs-failed\]\n$/);
  });

  it.each([
    ["a verb nobody knows", ["--do", "airlnk"], /did you mean airlink/],
    [
      "a datapoint nobody knows",
      ["--do", "set Temprature=3"],
      /has no datapoint Temprature; did you mean Temperature\? \[usage\]\n$/,
    ],
    ["a wait for nobody", ["--do", "wait clod"], /did you mean cloud\?/],
    ["a script that is not there", ["--script", "no-such.csv"], /cannot be read/],
    ["reports faster than they can be", ["--every", "1ms"], /50ms apart/],
    ["a secret that is none", ["--secret", "12"], /32 hex digits/],
    ["an option nobody knows", ["--exit-when-don"], /--exit-when-done/],
    ["two products", ["--profile", "smart-light"], /--profile is given twice/],
  ])("refuses %s before the port is opened", async (_what, options, message) => {
    const { code, stdout, stderr } = await runCli(["mcu", "exec:false", ...PET_HOUSE, ...options]);
    expect([code, stdout]).toEqual([2, ""]);
    expect(stderr).toMatch(message);
  });

  it.skipIf(process.platform !== "linux").each([
    ["Ctrl-D", "\u0004"],
    ["Ctrl-C", "\u0003"],
    ["quit", "quit\r"],
  ])("has a prompt on a terminal, and %s ends it", async (_what, keys) => {
    const mcu = startOnTerminal(["mcu", "pty", ...PET_HOUSE]);
    await mcu.line(/has a pet-house for its MCU/);
    mcu.type("get LED_R Humidity\r");
    await mcu.line(/^.*get LED_R Humidity: LED_R=0 Humidity=0/);
    expect(mcu.stdout).toContain("mcu> ");
    mcu.type(keys);
    expect(await mcu.ended).toMatchObject({ code: 0 });
  });
});

describe.skipIf(!hasSocat())("gizlab mcu and gizlab bridge, joined by two ptys", () => {
  it("do every verb, and every frame is answered", async () => {
    const { ready } = await startUp("--memory", ...PET_HOUSE);
    const { a, b } = await startPtyPair(makeTempFolder());
    const mcu = startCli(["mcu", a, ...PET_HOUSE, "--secret", SECRET, "--json"], { isInteractive: true });
    await mcu.event("ready");
    const bridge = startCli(["bridge", b, "--cloud", ready.urls.http, "--json"]);
    expect(await tell(mcu, "wait cloud")).toMatchObject({ ok: true });
    // A control of an app reaches the MCU through both.
    const { http } = ready.urls;
    const user = await enterHttpUser(http, ready.app.id, "phone-1");
    const [product] = ready.products;
    const state = await request<{ devices: { did: string; mac: string }[] }>(http, "GET", "/_lab/state");
    const { did, mac } = state.body.devices[0] ?? { did: "", mac: "" };
    const signed = signMac(product?.product_secret ?? "", Math.floor(Date.now() / 1000));
    const bound = await user.call("POST", "/app/bind_mac", { product_key: product?.product_key, mac }, signed);
    expect(bound).toMatchObject({ status: 201, body: { did } });
    await user.call("POST", `/app/control/${did}`, { attrs: { LED_R: 56 } });
    expect(await mcu.event("control")).toMatchObject({ attrs: { LED_R: 56 } });
    for (const verb of [
      "set Temperature=21",
      "report",
      "pass 11 22 FF",
      "p0 04 00 00 00 00 00 00 00 00 00 00",
      "bind",
      "airlink",
      "softap",
      "direct home password",
      "test",
    ]) {
      expect(await tell(mcu, verb)).toMatchObject({ verb, ok: true });
    }
    expect(await tell(mcu, "time")).toMatchObject({ ok: true, time: { ntp: expect.any(Number) as number } });
    expect(await tell(mcu, "info")).toMatchObject({
      ok: true,
      info: { kind: "wifi", softwareVersion: expect.stringMatching(/^\d{8}$/) as string },
    });
    const file = join(makeTempFolder(), "up.bin");
    writeFileSync(
      file,
      Uint8Array.from({ length: 3000 }, (_, at) => (at * 7) & 0xff),
    );
    expect(await tell(mcu, `bigdata ${file}`)).toMatchObject({ ok: true, bytes: 3000 });
    expect(await mcu.event("uploaded")).toMatchObject({ ok: true, file, bytes: 3000 });
    expect(await tell(mcu, "stop")).toMatchObject({ ok: false, message: "no file is being sent" });
    const large = join(makeTempFolder(), "large.bin");
    writeFileSync(large, new Uint8Array(1_000_000));
    expect(await tell(mcu, `bigdata ${large}; wait 50ms; stop`, `bigdata ${large}`)).toMatchObject({ ok: true });
    expect(await mcu.event("verb", ({ code }) => code === "big-data-stopped")).toMatchObject({ ok: false });
    expect(await tell(mcu, "update")).toMatchObject({ ok: true });
    // A frame with a wrong checksum is refused with a notice, not acknowledged.
    expect(await tell(mcu, "send FF FF 00 05 15 63 00 00 00")).toMatchObject({ ok: true });
    expect(await mcu.event("refused")).toMatchObject({ sn: 0x63, error: 1 });
    for (const verb of ["restart", "reset"]) {
      expect(await tell(mcu, verb)).toMatchObject({ verb, ok: true });
      expect(await tell(mcu, `wait cloud ${verb === "restart" ? "40s" : "50s"}`)).toMatchObject({ ok: true });
    }
    const said = mcu.events.flatMap((event) => (event.detail as { cmd?: string } | undefined)?.cmd ?? []);
    for (const cmd of [
      "01",
      "02",
      "05",
      "06",
      "09",
      "0A",
      "0B",
      "0C",
      "0D",
      "0E",
      "11",
      "13",
      "14",
      "15",
      "16",
      "17",
    ]) {
      expect(said).toContain(`0x${cmd}`);
    }
    const more = ["18", "19", "1A", "1B", "1C", "1D", "1E", "1F", "20", "21", "22", "23", "24", "25", "26", "29", "2A"];
    for (const cmd of more) expect(said).toContain(`0x${cmd}`);
    expect(await mcu.stop("SIGINT")).toMatchObject({ code: 0, signal: null });
    expect(await bridge.stop("SIGINT")).toMatchObject({ code: 0, signal: null });
  }, 90_000);
});
