import { describe, expect, it, onTestFinished } from "vitest";
import { encodeFrame } from "../../../src/codec/frame.js";
import { createSeededRandom } from "../../../src/core/random.js";
import { Board } from "../../../src/lab/board.js";
import { loadProfile } from "../../../src/lab/profiles.js";
import type { SilenceHint } from "../../../src/lab/silence.js";
import { startLab } from "../../../src/lab/start-lab.js";
import { createIdentity } from "../../../src/lab/virtual-device.js";
import { createLinkPair } from "../../../src/link/pair.js";
import { VirtualMcu } from "../../../src/mcu/virtual-mcu.js";

/** A lab with no device of its own, and a board whose MCU it knows nothing of but its bytes. */
async function plugIn({ knows = ["pet-house"], is = "pet-house", isPowered = true } = {}) {
  const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: 7 });
  onTestFinished(() => lab.close());
  const [mcuEnd, moduleEnd] = createLinkPair();
  const mcu = new VirtualMcu({ profile: loadProfile(is).profile, clock: lab.clock, link: mcuEnd });
  const random = createSeededRandom("board");
  const unknown: string[] = [];
  const hints: SilenceHint[] = [];
  const board = new Board({
    link: moduleEnd,
    clock: lab.clock,
    random,
    identity: createIdentity(random),
    http: lab.callInside(),
    openBroker: () => lab.cloud.broker.connect(),
    trace: lab.trace,
    products: knows.map(loadProfile),
    onUnknownProduct: (key) => unknown.push(key),
    port: { text: "/dev/ttyUSB0", baud: 9600 },
    onSilence: (hint) => hints.push(hint),
  });
  onTestFinished(() => board.close());
  if (isPowered) mcu.start();
  board.start();
  const hops = (hop: string) => [...lab.trace].filter((entry) => entry.hop === hop);
  return { lab, mcu, board, wire: mcuEnd, unknown, hints, hops };
}

describe("a board on a wire", () => {
  it("gets online as the product it says it is, and its report is stored", async () => {
    const { lab, mcu, board } = await plugIn();
    await lab.advance("2s");
    expect([board.module.state.kind, board.product?.name]).toEqual(["online", "pet-house"]);
    mcu.set({ Temperature: 31 });
    await lab.advance("10s");
    const { id } = lab.cloud.registry.get(board.did ?? "");
    expect(lab.cloud.telemetry.latest(id)?.attrs.Temperature).toBe(31);
  });

  it("carries a control out, every hop of it under one id", async () => {
    const { lab, mcu, board } = await plugIn();
    await lab.advance("2s");
    lab.control(board.did ?? "", { LED_R: 9 });
    await lab.advance("2s");
    expect(mcu.attrs.LED_R).toBe(9);
    const control = [...lab.trace].find(({ hop }) => hop === "cloud.control");
    const road = [...lab.trace].filter(({ id }) => id === control?.id).map(({ hop }) => hop);
    expect(road).toEqual([
      "cloud.control",
      "mqtt.down",
      "uart.down",
      "uart.up",
      "uart.up",
      "uart.down",
      "mqtt.up",
      "cloud.stored",
    ]);
  });

  it("whose frames are broken is told how", async () => {
    const { lab, wire } = await plugIn();
    await lab.advance("2s");
    const frame = encodeFrame({ cmd: 0x05, sn: 9, flags: 0, payload: Uint8Array.of(4, 1, 0, 0, 0, 5, 1, 23, 0, 0, 0) });
    const counted = Uint8Array.from(frame);
    // The header is summed up too: 2 * FF more.
    counted[counted.length - 1] = ((counted.at(-1) ?? 0) + 0x1fe) & 0xff;
    wire.write(counted);
    await lab.advance("1s");
    const bad = [...lab.trace].find(({ hop }) => hop === "uart.bad");
    expect(bad?.detail).toMatchObject({
      way: "up",
      reason: "checksum",
      hint: expect.stringContaining("header") as string,
    });
  });

  it("of a product that nobody knows is named by its product_key", async () => {
    const { lab, board, unknown } = await plugIn({ knows: ["pet-house"], is: "smart-light" });
    await lab.advance("5s");
    expect(unknown).toEqual([loadProfile("smart-light").profile.productKey]);
    expect([board.product, board.module.state.kind === "online"]).toEqual([undefined, false]);
    board.start();
    await lab.advance("5s");
    expect(unknown).toHaveLength(1);
  });

  it("asks who it is once more after its port came back, forgets half a frame, and is offline meanwhile", async () => {
    const { lab, mcu, board, wire, hops } = await plugIn();
    await lab.advance("2s");
    const did = board.did ?? "";
    wire.write(Uint8Array.of(0xff, 0xff, 0x00, 0x10, 0x05));
    await lab.advance("100ms");
    board.stop();
    wire.write(Uint8Array.of(0x11, 0x00));
    await lab.advance("3s");
    expect(lab.cloud.broker.presence.isOnline(did)).toBe(false);
    const asked = () => hops("uart.down").filter(({ detail }) => detail?.name === "get-device-info").length;
    expect(asked()).toBe(1);
    board.start();
    mcu.report();
    await lab.advance("2s");
    expect([asked(), board.module.state.kind, board.did]).toEqual([2, "online", did]);
    expect(lab.cloud.broker.presence.isOnline(did)).toBe(true);
    expect([hops("uart.bad"), hops("uart.noise")]).toEqual([[], []]);
  });

  it("that says nothing gets a hint after 5 s, each kind once, and once more at the next start", async () => {
    const { lab, mcu, board, wire, hints, hops } = await plugIn({ isPowered: false });
    await lab.advance("4s");
    expect(hints).toEqual([]);
    await lab.advance("60s");
    expect(hints.map(({ kind }) => kind)).toEqual(["no-bytes"]);
    expect(hops("module.state")).toHaveLength(1);
    wire.write(new Uint8Array(20).fill(0x80));
    await lab.advance("60s");
    expect(hints.map(({ kind }) => kind)).toEqual(["no-bytes", "no-header"]);
    board.start();
    await lab.advance("6s");
    expect(hints.map(({ kind }) => kind)).toEqual(["no-bytes", "no-header", "no-bytes"]);
    mcu.start();
    await lab.advance("60s");
    expect([hints.length, board.module.state.kind]).toEqual([3, "online"]);
  });

  it("whose wire gives back what is written gets a hint that RX and TX are joined", async () => {
    const { lab, wire, hints } = await plugIn({ isPowered: false });
    wire.onData((bytes) => wire.write(bytes));
    await lab.advance("6s");
    expect(hints.map(({ kind }) => kind)).toEqual(["echo"]);
  });

  it("makes its noise known once a second", async () => {
    const { lab, wire, hops } = await plugIn();
    await lab.advance("2s");
    for (let round = 0; round < 20; round += 1) {
      wire.write(new Uint8Array(10).fill(0x80));
      await lab.advance("100ms");
    }
    await lab.advance("5s");
    expect(hops("uart.noise").map(({ detail }) => detail?.bytes)).toEqual([100, 100]);
  });

  it("notes once what the module drops: a command that it does not know, and reports while it is not online", async () => {
    const { lab, wire, hops } = await plugIn({ isPowered: false });
    const send = (cmd: number, sn: number, payload: Uint8Array) =>
      wire.write(encodeFrame({ cmd, sn, flags: 0, payload }));
    for (let sn = 0; sn < 5; sn += 1) {
      send(0x2d, sn, new Uint8Array(0));
      send(0x05, sn, Uint8Array.of(4, 0, 0));
      await lab.advance("1s");
    }
    expect(hops("uart.refused")).toMatchObject([
      { detail: { code: "command-unknown", cmd: "0x2D", count: 5, hint: expect.stringContaining("uart.md 2.1") } },
      { detail: { code: "report-offline", name: "report", count: 5, hint: expect.stringContaining("cloud bit") } },
    ]);
  });
});
