import { describe, expect, it, onTestFinished } from "vitest";
import { CMD } from "../../../src/codec/commands.js";
import { encodeFrame } from "../../../src/codec/frame.js";
import { createSeededRandom } from "../../../src/core/random.js";
import { Trace } from "../../../src/core/trace.js";
import { GAgent } from "../../../src/gagent/gagent.js";
import { loadProfile } from "../../../src/lab/profiles.js";
import { StandInMcu, type StandInMcuOptions } from "../../../src/lab/stand-in-mcu.js";
import { startLab } from "../../../src/lab/start-lab.js";
import { createIdentity } from "../../../src/lab/virtual-device.js";
import { createLinkPair } from "../../../src/link/pair.js";

const PROFILE = loadProfile("pet-house").profile;
const NOTHING = new Uint8Array(0);

/** A module that is not powered yet, at the cloud of a lab, and the MCU that this process is for it. */
async function plugIn(options: Partial<StandInMcuOptions> = {}) {
  const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: 7 });
  onTestFinished(() => lab.close());
  const { clock } = lab;
  const [mcuEnd, moduleEnd] = createLinkPair();
  const trace = new Trace(clock);
  const mcu = new StandInMcu({ link: mcuEnd, clock, trace, profile: PROFILE, ...options });
  onTestFinished(() => mcu.close());
  const random = createSeededRandom("module");
  const module = new GAgent({
    clock,
    link: moduleEnd,
    identity: createIdentity(random),
    makePasscode: () => "PASSCODEAA",
    http: lab.callInside(),
    openBroker: () => lab.cloud.broker.connect(),
  });
  onTestFinished(() => module.stop());
  mcu.start();
  const latest = (name: string): unknown => {
    const { id } = lab.cloud.registry.get(module.identity.did ?? "");
    return lab.cloud.telemetry.latest(id)?.attrs[name];
  };
  return { lab, mcu, module, wire: moduleEnd, trace, latest };
}

describe("this process as the MCU of a real module", () => {
  it("brings the module online, and what is set is reported at once and acknowledged", async () => {
    const { lab, mcu, module, latest } = await plugIn();
    module.start();
    await lab.advance("2s");
    expect([module.state.kind, mcu.isOnline]).toEqual(["online", true]);
    for (const value of [21, 22]) {
      const reported = mcu.set({ Temperature: value });
      await lab.advance("1s");
      expect([await reported, latest("Temperature")]).toEqual([true, value]);
    }
  });

  it("takes a control, tells of it and reports it; with auto off only when told", async () => {
    const controls: unknown[] = [];
    const { lab, mcu, module, latest } = await plugIn({ events: { control: (attrs) => controls.push(attrs) } });
    module.start();
    await lab.advance("2s");
    lab.control(module.identity.did ?? "", { LED_R: 9 });
    await lab.advance("1s");
    expect([mcu.attrs.LED_R, latest("LED_R"), controls]).toEqual([9, 9, [{ LED_R: 9 }]]);

    mcu.reportByItself(false);
    lab.control(module.identity.did ?? "", { LED_R: 10 });
    expect(await mcu.set({ Humidity: 5 })).toBe(false);
    await lab.advance("20m");
    expect([mcu.attrs.LED_R, latest("LED_R"), latest("Humidity")]).toEqual([10, 9, 0]);
    const reported = mcu.report();
    await lab.advance("1s");
    expect([await reported, latest("LED_R"), latest("Humidity")]).toEqual([true, 10, 5]);
  });

  it("hears what the module answers, and nothing from one that has no power", async () => {
    const { lab, mcu, module } = await plugIn();
    const unheard = mcu.ask(CMD.getNetworkTime, NOTHING);
    await lab.advance("1s");
    expect(await unheard).toBeUndefined();
    module.start();
    await lab.advance("2s");
    const heard = mcu.ask(CMD.getNetworkTime, NOTHING);
    await lab.advance("1s");
    expect(await heard).toMatchObject({ cmd: CMD.networkTime });
  });

  it("loses no request because a report is under way", async () => {
    const { lab, mcu, module } = await plugIn();
    module.start();
    await lab.advance("2s");
    const all = Promise.all([mcu.report(), mcu.ask(CMD.enterBindable, NOTHING), mcu.set({ LED_R: 1 })]);
    await lab.advance("1s");
    expect(await all).toEqual([true, expect.objectContaining({ cmd: CMD.enterBindable + 1 }), true]);
  });

  it("waits until the module speaks or is online, anew after its restart, and gives up in time", async () => {
    const { lab, mcu, module } = await plugIn();
    const tooEarly = mcu.whenModule("speaks", 1000);
    const speaks = mcu.whenModule("speaks", 60_000);
    const online = mcu.whenModule("is online", 60_000);
    await lab.advance("2s");
    expect([await tooEarly, mcu.hasSpoken]).toEqual([false, false]);
    module.start();
    await lab.advance("2s");
    expect([await speaks, await online, await mcu.whenModule("is online", 1)]).toEqual([true, true, true]);
    const restarted = mcu.ask(CMD.restartModule, NOTHING);
    await lab.advance("50ms");
    await restarted;
    expect([mcu.isOnline, mcu.hasSpoken]).toEqual([false, false]);
    const again = mcu.whenModule("is online", 60_000);
    await lab.advance("2s");
    expect(await again).toBe(true);
  });

  it("tells of every change of the Wi-Fi status, of refused frames, of bytes from the app", async () => {
    const told: unknown[] = [];
    const { lab, mcu, wire } = await plugIn({
      events: {
        wifiStatus: (bits, before) => told.push(["status", bits, before]),
        refused: (error, sn) => told.push(["refused", error, sn]),
        passthrough: (data) => told.push(["bytes", ...data]),
      },
    });
    const say = (cmd: number, ...payload: number[]): void =>
      wire.write(encodeFrame({ cmd, sn: 3, flags: 0, payload: Uint8Array.from(payload) }));
    say(CMD.wifiStatus, 0x07, 0x1a);
    say(CMD.wifiStatus, 0x07, 0x1a);
    say(CMD.wifiStatus, 0x07, 0x3a);
    say(CMD.wifiStatus);
    say(CMD.illegalFromModule, 2);
    say(CMD.p0Down, 5, 0x11, 0x22);
    await lab.advance("1s");
    expect(told).toEqual([
      ["status", 0x071a, 0],
      ["status", 0x073a, 0x071a],
      ["refused", 2, 3],
      ["bytes", 0x11, 0x22],
    ]);
    expect(mcu.isOnline).toBe(true);
  });

  it("explains a frame of the module that is broken, and counts what is none", async () => {
    const { lab, mcu, wire, trace } = await plugIn();
    wire.write(Uint8Array.of(0x55, 0x66, ...encodeFrame({ cmd: 7, sn: 1, flags: 0, payload: NOTHING }).fill(0x99, 8)));
    await lab.advance("1s");
    const bad = [...trace].find(({ hop }) => hop === "uart.bad");
    expect(bad?.detail).toMatchObject({ way: "down", reason: "checksum", clause: "uart.md 1", offset: 2, at: 8 });
    expect(bad?.detail).toMatchObject({ found: "0x99", hint: expect.any(String) as string });
    expect([mcu.noise, mcu.hasSpoken]).toEqual([2, false]);
  });

  it("sends a file up, and stops when told to", async () => {
    const { lab, mcu, module } = await plugIn();
    module.start();
    await lab.advance("2s");
    const arrived = mcu.upload(new Uint8Array(1000));
    await lab.advance("2s");
    expect(await arrived).toBeUndefined();
    const stopped = mcu.upload(new Uint8Array(60_000));
    mcu.cancelUpload();
    await expect(stopped).rejects.toMatchObject({ code: "big-data-stopped" });
  });

  it("writes bytes as they are", async () => {
    const { lab, mcu, wire } = await plugIn();
    const heard: number[] = [];
    wire.onData((bytes) => heard.push(...bytes));
    mcu.send(Uint8Array.of(0xff, 0xff, 0xff, 0));
    await lab.advance("1s");
    expect(heard).toEqual([0xff, 0xff, 0xff, 0]);
  });

  it("tells of a frame that waits for its 55 when nobody will listen any more", async () => {
    const { lab, mcu, wire, trace } = await plugIn();
    wire.write(Uint8Array.of(0xff, 0xff, 0, 5, 6, 0xf4, 0, 0, 0xff));
    await lab.advance("10ms");
    const tell = () => [...trace].filter(({ detail }) => detail?.way === "down").map(({ hop }) => hop);
    expect(tell()).toEqual([]);
    mcu.settle();
    expect(tell()).toContain("uart.tolerated");
  });
});
