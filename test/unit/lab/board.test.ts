import { describe, expect, it, onTestFinished } from "vitest";
import { encodeFrame } from "../../../src/codec/frame.js";
import { createSeededRandom } from "../../../src/core/random.js";
import { Board } from "../../../src/lab/board.js";
import { loadProfile } from "../../../src/lab/profiles.js";
import { startLab } from "../../../src/lab/start-lab.js";
import { createIdentity } from "../../../src/lab/virtual-device.js";
import { createLinkPair } from "../../../src/link/pair.js";
import { VirtualMcu } from "../../../src/mcu/virtual-mcu.js";

/** A lab with no device of its own, and a board whose MCU it knows nothing of but its bytes. */
async function plugIn({ knows = ["pet-house"], is = "pet-house" } = {}) {
  const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: 7 });
  onTestFinished(() => lab.close());
  const [mcuEnd, moduleEnd] = createLinkPair();
  const mcu = new VirtualMcu({ profile: loadProfile(is).profile, clock: lab.clock, link: mcuEnd });
  const random = createSeededRandom("board");
  const unknown: string[] = [];
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
  });
  onTestFinished(() => board.close());
  mcu.start();
  board.start();
  return { lab, mcu, board, wire: mcuEnd, unknown };
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
    expect(bad?.detail).toMatchObject({ reason: "checksum", hint: expect.stringContaining("header") as string });
  });

  it("of a product that nobody knows is named by its product_key", async () => {
    const { lab, board, unknown } = await plugIn({ knows: ["pet-house"], is: "smart-light" });
    await lab.advance("5s");
    expect(unknown).toEqual([loadProfile("smart-light").profile.productKey]);
    expect([board.product, board.module.state.kind === "online"]).toEqual([undefined, false]);
  });
});
