import { describe, expect, it } from "vitest";
import { CMD } from "../../../src/codec/commands.js";
import { encodeFrame, type Frame } from "../../../src/codec/frame.js";
import { FramePort, type FramePortOptions } from "../../../src/link/frame-port.js";
import { spellHex, WireBench } from "../../support/wire-bench.js";

const NOTHING = new Uint8Array(0);

function createBench(options: Partial<FramePortOptions> = {}) {
  const wire = new WireBench(0);
  const frames: Frame[] = [];
  const bad: [number, number][] = [];
  const port = new FramePort({
    clock: wire.clock,
    link: wire.link,
    matchSn: true,
    whenBusy: "queue",
    isOn: () => true,
    frame: (frame) => frames.push(frame),
    badChecksum: (cmd, sn) => bad.push([cmd, sn]),
    ...options,
  });
  return { wire, clock: wire.clock, port, frames, bad };
}

const frame = (cmd: number, sn: number, payload = NOTHING): Uint8Array => encodeFrame({ cmd, sn, flags: 0, payload });
const heartbeat = (sn: number): string => spellHex(frame(CMD.heartbeat, sn));

describe("a frame port", () => {
  it("numbers its requests from 0 to 255 and round again", async () => {
    const { wire, clock, port } = createBench({ whenBusy: "replace" });
    for (let n = 0; n < 258; n += 1) port.request(CMD.heartbeat);
    await clock.settle();
    expect(wire.take().map((hex) => hex.split(" ")[5])).toEqual(
      Array.from({ length: 258 }, (_, n) => (n === 255 ? "FF" : (n % 256).toString(16).padStart(2, "0").toUpperCase())),
    );
  });

  it("says the sn of what it answers, and gives none of its own away", async () => {
    const { wire, clock, port } = createBench();
    port.reply(CMD.p0UpAck, 77);
    port.request(CMD.heartbeat);
    await clock.settle();
    expect(wire.take()).toEqual([spellHex(frame(CMD.p0UpAck, 77)), heartbeat(0)]);
  });

  it("repeats a request until its answer comes, and is told", async () => {
    const { wire, clock, port } = createBench();
    const told: (number | undefined)[] = [];
    port.request(CMD.heartbeat, NOTHING, (_, answer) => told.push(answer?.cmd));
    await clock.advance(250);
    expect(port.acknowledge({ cmd: CMD.heartbeatAck, sn: 1, flags: 0, payload: NOTHING })).toBe(false);
    expect(port.acknowledge({ cmd: CMD.heartbeatAck, sn: 0, flags: 0, payload: NOTHING })).toBe(true);
    await clock.advance(1000);
    expect([wire.takeTimed(0), told]).toEqual([
      [
        [0, heartbeat(0)],
        [200, heartbeat(0)],
      ],
      [CMD.heartbeatAck],
    ]);
  });

  it("finds frames however they are cut, and says what a bad one says of itself", async () => {
    const { wire, clock, frames, bad } = createBench();
    const spoiled = frame(CMD.p0Up, 0xff, Uint8Array.of(4));
    spoiled[spoiled.length - 1] = 0;
    const bytes = Buffer.concat([frame(CMD.heartbeat, 1), spoiled, frame(CMD.heartbeat, 2)]);
    for (const byte of bytes) wire.write(Uint8Array.of(byte));
    await clock.settle();
    expect([frames.map(({ cmd, sn }) => [cmd, sn]), bad]).toEqual([
      [
        [CMD.heartbeat, 1],
        [CMD.heartbeat, 2],
      ],
      [[CMD.p0Up, 0xff]],
    ]);
  });

  it("hears nothing without power, and no half of a frame from before", async () => {
    let isOn = true;
    const { wire, clock, port, frames, bad } = createBench({ isOn: () => isOn });
    const whole = frame(CMD.p0Up, 3, Uint8Array.of(1, 2, 3));
    wire.write(whole.subarray(0, 7));
    await clock.settle();
    isOn = false;
    port.reset();
    wire.write(frame(CMD.heartbeat, 1));
    await clock.settle();
    isOn = true;
    wire.write(whole.subarray(7));
    wire.write(frame(CMD.heartbeat, 2));
    await clock.settle();
    expect([frames.map(({ sn }) => sn), bad]).toEqual([[2], []]);
  });

  it("begins anew after a reset", async () => {
    const { wire, clock, port } = createBench();
    for (let n = 0; n < 3; n += 1) port.request(CMD.heartbeat);
    port.reset();
    await clock.advance(1000);
    expect([wire.take(), clock.pending()]).toEqual([[heartbeat(0)], []]);
    port.request(CMD.heartbeat);
    await clock.settle();
    expect(wire.take()).toEqual([heartbeat(0)]);
  });

  it.each(["queue", "replace"] as const)(
    "sends what was not answered before a save again, with its old sn (%s)",
    async (whenBusy) => {
      const first = createBench({ whenBusy });
      for (let n = 0; n < 254; n += 1) {
        first.port.request(CMD.heartbeat);
        first.port.acknowledge({ cmd: CMD.heartbeatAck, sn: n, flags: 0, payload: NOTHING });
      }
      first.port.request(CMD.wifiStatus, Uint8Array.of(0xff, 0x55));
      first.port.request(CMD.heartbeat);
      const state = JSON.parse(JSON.stringify(first.port.save()));
      const { wire, clock, port } = createBench({ whenBusy });
      port.request(CMD.heartbeat);
      await clock.settle();
      wire.take();
      port.load(state);
      await clock.advance(150);
      expect(wire.take()).toEqual([]);
      port.resume();
      port.resume();
      port.request(CMD.heartbeat);
      await clock.advance(5000);
      const said = [...new Set(wire.take())];
      const waiting = [spellHex(frame(CMD.wifiStatus, 254, Uint8Array.of(0xff, 0x55))), heartbeat(255)];
      expect(said).toEqual(whenBusy === "queue" ? [...waiting, heartbeat(0)] : [heartbeat(255), heartbeat(0)]);
    },
  );
});
