import { describe, expect, it, onTestFinished } from "vitest";
import { encodeFrame } from "../../../../src/codec/frame.js";
import { VirtualClock } from "../../../../src/core/clock.js";
import { formatHex, parseHex } from "../../../../src/core/hex.js";
import { createSeededRandom } from "../../../../src/core/random.js";
import { Trace, type TraceEntry } from "../../../../src/core/trace.js";
import { Board } from "../../../../src/lab/board.js";
import { loadProfile } from "../../../../src/lab/profiles.js";
import { StandInMcu } from "../../../../src/lab/stand-in-mcu.js";
import { startLab } from "../../../../src/lab/start-lab.js";
import { Tap } from "../../../../src/lab/tap.js";
import { createIdentity } from "../../../../src/lab/virtual-device.js";
import type { Link } from "../../../../src/link/link.js";
import { createLinkPair } from "../../../../src/link/pair.js";

type Way = "up" | "down";

/** Something that listens to a wire: the hand that speaks on it, what came back, and the hops that tell of it. */
interface Door {
  readonly hand: Link;
  readonly answers: string[];
  advance(ms: number): Promise<unknown>;
  hops(): readonly TraceEntry[];
}

function open(trace: Trace, hand: Link, advance: Door["advance"]): Door {
  const answers: string[] = [];
  hand.onData((bytes) => answers.push(formatHex(bytes)));
  const hops = () => [...trace].filter(({ hop }) => hop.startsWith("uart."));
  return { hand, answers, advance, hops };
}

function tap(way: Way): Door {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const trace = new Trace(clock);
  const [mcuHand, mcu] = createLinkPair();
  const [moduleHand, module] = createLinkPair();
  const between = new Tap({ mcu, module, clock, trace, products: [] });
  onTestFinished(() => between.close());
  return open(trace, way === "up" ? mcuHand : moduleHand, (ms) => clock.advance(ms));
}

async function board(): Promise<Door> {
  const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: 7 });
  onTestFinished(() => lab.close());
  const [hand, link] = createLinkPair();
  const random = createSeededRandom("board");
  const trace = new Trace(lab.clock);
  const one = new Board({
    ...{ link, clock: lab.clock, random, trace },
    identity: createIdentity(random),
    http: lab.callInside(),
    openBroker: () => lab.cloud.broker.connect(),
    products: [],
  });
  onTestFinished(() => one.close());
  one.start();
  // Its question for device info goes on, and is no part of what is tested.
  const door = open(trace, hand, (ms) => lab.advance(`${ms}ms`));
  return { ...door, hops: () => door.hops().filter(({ detail }) => detail?.name !== "get-device-info") };
}

function standIn(): Door {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  const trace = new Trace(clock);
  const [hand, link] = createLinkPair();
  const mcu = new StandInMcu({ link, clock, trace, profile: loadProfile("pet-house").profile });
  onTestFinished(() => mcu.close());
  mcu.start();
  return open(trace, hand, (ms) => clock.advance(ms));
}

const DOORS: readonly [string, Way, () => Door | Promise<Door>][] = [
  ["gizlab bridge", "up", board],
  ["gizlab mcu", "down", standIn],
  ["gizlab sniff", "up", () => tap("up")],
  ["gizlab sniff", "down", () => tap("down")],
];

/** Frames of each direction with an FF behind the header. */
const FRAMES = {
  up: {
    payload: "ffff00070500000006ff11",
    sn: "ffff000508ff00000c",
    flags: "ffff00050801ff000d",
  },
  down: {
    payload: "ffff00070300000005ff0e",
    sn: "ffff000507ff00000b",
    flags: "ffff00050701ff000c",
  },
} as const;
/** A passthrough of no byte with sn EE, and a heartbeat with sn F3. */
const FINAL_FF = { up: "ffff000605ee000006ff", down: "ffff000507f30000ff" } as const;
const NEXT = { up: "ffff00050807000014", down: "ffff00050d07000019" } as const;

/** Writes pieces, each some milliseconds after the one before. */
async function say(door: Door, pieces: readonly (readonly [afterMs: number, hex: string])[]): Promise<void> {
  for (const [afterMs, hex] of pieces) {
    if (afterMs > 0) await door.advance(afterMs);
    door.hand.write(parseHex(hex));
    await door.advance(0);
  }
  await door.advance(100);
}

/** What was recorded of a direction: its frames as they stood on the wire, and the kinds of mistakes in them. */
function recorded(door: Door, way: Way) {
  const hops = door.hops();
  return {
    frames: hops.filter(({ hop }) => hop === `uart.${way}`).map(({ detail }) => detail?.hex),
    mistakes: hops.filter(({ hop }) => hop === "uart.tolerated").map(({ detail }) => detail?.mistake),
  };
}

describe.each(DOORS)("%s, frames %s", (_name, way, start) => {
  it.each(["payload", "sn", "flags"] as const)(
    "tells of an FF without its 55 in %s, and records none",
    async (where) => {
      const door = await start();
      const hex = FRAMES[way][where];
      await say(door, [[0, hex]]);
      expect(recorded(door, way)).toEqual({ frames: [hex], mistakes: ["unstuffed"] });
    },
  );

  it.each<[string, readonly (readonly [number, string])[]]>([
    ["nothing", [[0, FINAL_FF[way]]]],
    ["garbage", [[0, `${FINAL_FF[way]}12`]]],
    [
      "garbage a moment later",
      [
        [0, FINAL_FF[way]],
        [2, "12"],
      ],
    ],
    ["a frame", [[0, FINAL_FF[way] + NEXT[way]]]],
    [
      "a frame a moment later",
      [
        [0, FINAL_FF[way]],
        [2, NEXT[way]],
      ],
    ],
    [
      "a 55 that comes long after",
      [
        [0, FINAL_FF[way]],
        [200, "55"],
      ],
    ],
  ])("tells of a checksum FF behind which there is %s, and records it without a 55", async (_what, pieces) => {
    const door = await start();
    await say(door, pieces);
    const { frames, mistakes } = recorded(door, way);
    expect([frames[0], mistakes]).toEqual([FINAL_FF[way], ["unstuffed"]]);
  });

  it.each<[string, readonly (readonly [number, string])[]]>([
    ["with it", [[0, `${FINAL_FF[way]}55`]]],
    [
      "2 ms later",
      [
        [0, FINAL_FF[way]],
        [2, "55"],
      ],
    ],
    [
      "after a whole turn of a serial adapter",
      [
        [0, FINAL_FF[way]],
        [40, "55"],
      ],
    ],
    ["byte by byte", (`${FINAL_FF[way]}55`.match(/../g) ?? []).map((byte): [number, string] => [1, byte])],
    [
      "with the next frame behind it",
      [
        [0, FINAL_FF[way]],
        [2, `55${NEXT[way]}`],
      ],
    ],
  ])("records a checksum FF with its 55 that comes %s, and tells of nothing", async (_what, pieces) => {
    const door = await start();
    await say(door, pieces);
    const { frames, mistakes } = recorded(door, way);
    expect([frames[0], mistakes]).toEqual([`${FINAL_FF[way]}55`, []]);
  });
});

describe("an answer", () => {
  it.each([
    ["gizlab bridge", "up", board],
    ["gizlab mcu", "down", standIn],
  ] as const)(
    "of %s does not wait for a 55, and is told behind what it answers, at its own time",
    async (_n, way, start) => {
      const door = await start();
      await door.advance(1);
      door.answers.length = 0;
      door.hand.write(parseHex(FINAL_FF[way]));
      await door.advance(0);
      expect(door.answers).toEqual([way === "up" ? "ffff000506ee0000f9" : "ffff000508f3000000"]);
      const [asked, tolerated, answered] = await door.advance(100).then(() => door.hops());
      expect([asked, tolerated, answered].map((entry) => entry?.hop)).toEqual([
        `uart.${way}`,
        "uart.tolerated",
        way === "up" ? "uart.down" : "uart.up",
      ]);
      expect([tolerated?.at, answered?.at]).toEqual([asked?.at, asked?.at]);
      expect(answered?.id).toBe(asked?.id);
    },
  );

  it("with the sn of no request is told of where gizlab is the MCU, and an echoed or a late one is not", async () => {
    const clock = new VirtualClock(0);
    const trace = new Trace(clock);
    const [hand, link] = createLinkPair();
    const mcu = new StandInMcu({ link, clock, trace, profile: loadProfile("pet-house").profile });
    onTestFinished(() => mcu.close());
    mcu.start();
    const answer = async (sn: number) => {
      const asked = mcu.ask(0x17, new Uint8Array(0));
      await clock.advance(1);
      hand.write(encodeFrame({ cmd: 0x18, sn, flags: 0, payload: new Uint8Array(7) }));
      await clock.advance(1);
      return asked;
    };
    const askedSn = () => Number([...trace].filter(({ hop }) => hop === "uart.up").at(-1)?.detail?.sn);
    await answer(0);
    expect(askedSn()).toBe(0);
    expect([...trace].filter(({ hop }) => hop === "uart.tolerated")).toEqual([]);
    // It is the second request, sn 1.
    await answer(7);
    expect([...trace].filter(({ hop }) => hop === "uart.tolerated")).toMatchObject([
      {
        detail: {
          mistake: "other-sn",
          way: "down",
          sn: 7,
          clause: "uart.md 1",
          hint: expect.stringContaining("has sn 1"),
        },
      },
    ]);
    // The third has sn 2, and the answer to the second comes late.
    await answer(1);
    expect([...trace].filter(({ hop }) => hop === "uart.tolerated")).toHaveLength(1);
  });
});

describe("a wire of a lab", () => {
  it("tells of a frame whose stuffing a fault has taken away, under the id of the frame", async () => {
    const lab = await startLab({ profiles: ["smart-light"], clock: "virtual", seed: 7 });
    onTestFinished(() => lab.close());
    const device = await lab.device("smart-light", { isAlive: false });
    device.mcu.set({ green: 7, blue: 7 });
    await lab.advance("10s");
    lab.faults.add({ kind: "uart.unstuffed" });
    device.mcu.set({ red: 255 });
    await lab.advance("10s");
    const hops = [...lab.trace];
    const tolerated = hops.filter(({ hop }) => hop === "uart.tolerated").map(({ id, detail }) => ({ id, detail }));
    expect(tolerated).toMatchObject([{ detail: { way: "up", mistake: "unstuffed", name: "report" } }]);
    const sent = hops.find(({ id, hop }) => id === tolerated[0]?.id && hop === "uart.up");
    expect(String(sent?.detail?.hex).replaceAll("ff55", "ff")).toBe(tolerated[0]?.detail?.hex);
    // The receivers of gizlab take the frame.
    expect(lab.cloud.telemetry.latest(lab.cloud.registry.get(device.did ?? "").id)?.attrs.red).toBe(255);
  });
});
