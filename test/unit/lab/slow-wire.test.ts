import { describe, expect, it, onTestFinished } from "vitest";
import type { Clock } from "../../../src/core/clock.js";
import { createSeededRandom } from "../../../src/core/random.js";
import { Board } from "../../../src/lab/board.js";
import { loadProfile } from "../../../src/lab/profiles.js";
import { startLab } from "../../../src/lab/start-lab.js";
import { createIdentity } from "../../../src/lab/virtual-device.js";
import type { Link } from "../../../src/link/link.js";
import { lineTime } from "../../../src/link/paced.js";
import { createLinkPair } from "../../../src/link/pair.js";
import { VirtualMcu } from "../../../src/mcu/virtual-mcu.js";
import { createFile } from "../../support/bulk-bench.js";

/** A link that hands every byte on by itself, when it would have left a UART of that speed. */
function dribble(inner: Link, clock: Clock, baud: number): Link {
  let freeAt = 0;
  return {
    ...inner,
    onData: (receiver) => inner.onData(receiver),
    onClose: (listener) => inner.onClose(listener),
    close: () => inner.close(),
    write(bytes) {
      for (const byte of bytes) {
        freeAt = Math.max(freeAt, clock.now()) + lineTime(1, baud);
        clock.setTimer("byte", freeAt - clock.now(), () => inner.write(Uint8Array.of(byte)));
      }
    },
  };
}

/** A board whose bytes come one by one. */
async function plugIn(baud: number, { isBaudKnown = true } = {}) {
  const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: 7 });
  onTestFinished(() => lab.close());
  const [mcuEnd, moduleEnd] = createLinkPair();
  const product = loadProfile("pet-house");
  const mcu = new VirtualMcu({
    profile: product.profile,
    clock: lab.clock,
    link: dribble(mcuEnd, lab.clock, baud),
    lineTime: (length) => lineTime(length + 9, baud),
  });
  const random = createSeededRandom("slow wire");
  const board = new Board({
    link: dribble(moduleEnd, lab.clock, baud),
    clock: lab.clock,
    random,
    identity: createIdentity(random),
    http: lab.callInside(),
    openBroker: () => lab.cloud.broker.connect(),
    trace: lab.trace,
    products: [product],
    port: { text: "slow", ...(isBaudKnown ? { baud } : {}) },
  });
  onTestFinished(() => board.close());
  mcu.start();
  board.start();
  return { lab, mcu, board };
}

/** What a wire says only when something was missed on it: messages said twice, bad frames, missing answers. */
function listTroubles({
  trace,
}: {
  trace: Iterable<{ hop: string; detail?: Readonly<Record<string, unknown>> | undefined }>;
}) {
  const said = new Set<string>();
  return [...trace].filter(({ hop, detail }) => {
    if (["uart.bad", "uart.noise", "uart.unanswered"].includes(hop)) return true;
    if (hop !== "uart.down" && hop !== "uart.up") return false;
    const words = JSON.stringify([hop, detail?.name, detail?.sn]);
    const isRepeated = said.has(words);
    said.add(words);
    return isRepeated;
  });
}

describe("a board whose bytes come one by one", () => {
  it.each([9600, 2400, 1200])("at %i baud gets online, reports and obeys, and nothing is said twice", async (baud) => {
    const { lab, mcu, board } = await plugIn(baud);
    await lab.advance("10s");
    expect(board.module.state.kind).toBe("online");
    lab.control(board.did ?? "", { LED_R: 254, LED_Color: "Pink" });
    await lab.advance("5s");
    mcu.set({ Temperature: 31 });
    await lab.advance("10s");
    const { id } = lab.cloud.registry.get(board.did ?? "");
    expect(lab.cloud.telemetry.latest(id)?.attrs).toMatchObject({ LED_R: 254, LED_Color: "Pink", Temperature: 31 });
    expect(listTroubles(lab)).toEqual([]);
  });

  it("takes firmware at 9600 baud", async () => {
    const { lab, mcu, board } = await plugIn(9600);
    await lab.advance("5s");
    const file = createFile(5000);
    const answer = await lab.fetch(`/_lab/devices/${board.did}/ota`, { method: "POST", body: file });
    expect(answer.status).toBe(200);
    await lab.advance("30s");
    expect(mcu.softwareVersion).toBe("03030001");
    expect([...lab.trace].filter(({ hop }) => hop === "uart.bad" || hop === "uart.unanswered")).toEqual([]);
  });

  it("gets online at 1200 baud though nobody knows how slow it is", async () => {
    const { lab, board } = await plugIn(1200, { isBaudKnown: false });
    await lab.advance("30s");
    expect(board.module.state.kind).toBe("online");
  });
});
