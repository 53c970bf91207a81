import type { Duplex } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { createStreamPair } from "../../../src/cloud/broker/stream-pair.js";
import { gateConnection, type PacketFate } from "../../../src/cloud/broker/wire-gate.js";
import { VirtualClock } from "../../../src/core/clock.js";
import { publishPacket } from "../../support/mqtt-packets.js";

type Judge = (way: "up" | "down", type: number | undefined, packet: number) => PacketFate;

/** A connection with a gate at the broker's end, and what arrives at either end. */
function createBench(judge: Judge | undefined, isLoggedIn = true) {
  const clock = new VirtualClock(0);
  const [near, far] = createStreamPair();
  const counts = { up: 0, down: 0 };
  const asked: [string | undefined, string, number | undefined][] = [];
  const faults = {
    isActive: judge !== undefined,
    admits: () => true,
    judge: (whose: string, way: "up" | "down", type: number | undefined): PacketFate => {
      asked.push([whose, way, type]);
      counts[way] += 1;
      return judge?.(way, type, counts[way] - 1) ?? "pass";
    },
  };
  gateConnection(far, clock, faults, () => (isLoggedIn ? "d" : undefined));
  const heard = { near: [] as [number, Buffer][], far: [] as [number, Buffer][] };
  // The broker reads as aedes does, the client by its events.
  far.on("readable", () => {
    for (let chunk = far.read(); chunk !== null; chunk = far.read()) heard.far.push([clock.now(), chunk]);
  });
  near.on("data", (chunk: Buffer) => heard.near.push([clock.now(), chunk]));
  return { clock, near, far, faults, heard, asked };
}

const joined = (heard: readonly [number, Buffer][]): Buffer => Buffer.concat(heard.map(([, bytes]) => bytes));
/** Which packets came, by message id. */
const idsOf = (heard: readonly [number, Buffer][]): number[] => {
  const ids: number[] = [];
  const all = joined(heard);
  for (let at = 0; at < all.length; at += packetOf(0).length) ids.push(all.readUInt16BE(at + 5));
  return ids;
};
const packetOf = (id: number): Buffer => publishPacket(id, "t", Uint8Array.of(1, 2, 3));

/** Writes a packet as mqtt-packet does: in pieces. */
function writeInPieces(stream: Duplex, packet: Buffer, cuts: readonly number[]): void {
  let from = 0;
  for (const cut of [...cuts].map((n) => n % packet.length).sort((a, b) => a - b)) {
    if (cut > from) stream.write(packet.subarray(from, cut));
    from = Math.max(from, cut);
  }
  stream.write(packet.subarray(from));
}

const anyCuts = fc.array(fc.nat(50), { maxLength: 4 });

describe("a gate", () => {
  it.each<[string, Judge | undefined, boolean]>([
    ["no fault is active", undefined, true],
    ["every packet may pass", () => "pass", true],
    ["nobody has logged in yet", () => "lost", false],
  ])("changes nothing while %s", async (_what, judge, isLoggedIn) => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyCuts, { maxLength: 12 }), async (packets) => {
        const { clock, near, far, heard } = createBench(judge, isLoggedIn);
        const wanted = Buffer.concat(packets.map((_, id) => packetOf(id)));
        for (const [id, cuts] of packets.entries()) {
          writeInPieces(far, packetOf(id), cuts);
          writeInPieces(near, packetOf(id), cuts);
        }
        await clock.settle();
        expect([joined(heard.near).equals(wanted), joined(heard.far).equals(wanted)]).toEqual([true, true]);
        expect(clock.pending()).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  it("judges packets down by their type, reads up as they come, and by the did", async () => {
    const { clock, near, far, asked } = createBench(() => "pass");
    far.write(Buffer.from([0x40, 2, 0, 1]));
    near.write(packetOf(1));
    await clock.settle();
    expect(asked).toEqual([
      ["d", "down", 4],
      ["d", "up", undefined],
    ]);
  });

  it("lets no packet overtake another, whatever becomes of each", async () => {
    const fate = fc.oneof(
      fc.constant("pass" as const),
      fc.constant("lost" as const),
      fc.record({ delayMs: fc.integer({ min: 0, max: 100 }) }),
    );
    const step = fc.record({ up: fate, down: fate, atMs: fc.integer({ min: 0, max: 40 }), cuts: anyCuts });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 15 }), async (steps) => {
        const { clock, near, far, heard } = createBench((way, _type, n) => steps[n]?.[way] ?? "pass");
        for (const [id, { atMs, cuts }] of steps.entries()) {
          await clock.advance(atMs);
          writeInPieces(far, packetOf(id), cuts);
          near.write(packetOf(id));
          await clock.settle();
        }
        await clock.advance(10_000);
        const left = (way: "up" | "down") => [...steps.keys()].filter((n) => steps[n]?.[way] !== "lost");
        expect([idsOf(heard.near), idsOf(heard.far)]).toEqual([left("down"), left("up")]);
        expect(clock.pending()).toEqual([]);
      }),
      { numRuns: 30 },
    );
  });

  it.each(["near", "far"] as const)("loses what is on its way when the connection ends at its %s end", async (end) => {
    const bench = createBench(() => ({ delayMs: 1000 }));
    const { clock, near, far, heard } = bench;
    near.write(packetOf(1));
    far.write(packetOf(2));
    await clock.settle();
    expect(clock.pending()).toEqual(["late packet", "late packet"]);
    bench[end].destroy();
    await clock.settle();
    expect(clock.pending()).toEqual([]);
    await clock.advance(5000);
    expect(heard).toEqual({ near: [], far: [] });
  });

  it("lets time go on without an answer that it has lost", async () => {
    const { clock, near } = createBench(() => "lost");
    clock.hold();
    near.write(packetOf(1));
    await clock.advance(1000);
    expect(clock.now()).toBe(1000);
  });

  it("calls back whoever writes, even of what is lost", async () => {
    const { clock, far } = createBench(() => "lost");
    let written = 0;
    far.write(packetOf(1), () => {
      written += 1;
    });
    await clock.settle();
    expect(written).toBe(1);
  });
});
