import { describe, expect, it } from "vitest";
import { packOffer, packReady } from "../../../src/codec/big-data.js";
import { explainBigData } from "../../../src/codec/big-data-tails.js";
import { encodeFrame, type Frame } from "../../../src/codec/frame.js";
import { splitFrames } from "../../../src/codec/splitter.js";
import { VirtualClock } from "../../../src/core/clock.js";
import { parseHex } from "../../../src/core/hex.js";
import { Trace } from "../../../src/core/trace.js";
import { DeviceTrace } from "../../../src/lab/device-trace.js";

const MD5 = "46684a72d6820d9fc920d4fe9ac3e11b";

describe("frames of big data that are not as uart.md 2.1 draws them", () => {
  it.each([
    [0x1a, "00", /^0x1A has a payload/],
    [0x1c, "0102", /^0x1C has a payload/],
    [0x1e, "0001", /^0x1E has/],
    [0x20, "00", /^0x20 has/],
    [0x28, "00", /^0x28 has/],
    [0x19, "000000c8", /^0x19 names no MD5/],
    [0x19, "000000c80000", /^0x19 names no MD5/],
    [0x1b, "", /^0x1B has no payload; .*256/],
    [0x1b, "0000", /^0x1B has no pieceLen/],
    [0x1b, "00000080", /^0x1B names no MD5/],
    [0x1b, `0010${MD5}`, /^0x1B has no pieceLen; pieces of 256/],
    [0x1b, `0010${MD5}0080ff`, /^0x1B has bytes behind its last field/],
  ])("%i with %j are explained", (cmd, payload, hint) => {
    expect(explainBigData(cmd, parseHex(payload))?.hint).toMatch(hint);
  });

  it.each([
    [0x1a, new Uint8Array(0)],
    [0x19, packOffer({ size: 200, md5: MD5, md5Form: "text" })],
    [0x19, packOffer({ size: 200, md5: MD5, md5Form: "raw" })],
    [0x1b, packReady({ md5: MD5, md5Form: "text", pieceLength: 0 })],
    [0x1d, Uint8Array.of(0, 1, 0, 1, 9)],
    [0x05, Uint8Array.of(4)],
    [0x19, Uint8Array.of(1)],
    [0x1b, Uint8Array.of(0, 9, 1)],
  ])("%i with %j need no explanation, or cannot be read at all", (cmd, payload) => {
    expect(explainBigData(cmd, payload)).toBeUndefined();
  });

  it("are named in the trace once for each way and kind", () => {
    const clock = new VirtualClock(0);
    const trace = new Trace(clock);
    const hops: string[] = [];
    trace.listen(({ hop, detail }) => hop === "uart.tolerated" && hops.push(`${detail?.way} ${detail?.hint}`));
    const wire = new DeviceTrace({ trace, profile: () => undefined, subject: () => ({}) });
    const payload = new Uint8Array(0);
    const hear = (way: "up" | "down", frame: Frame): void => {
      const bytes = encodeFrame(frame);
      for (const item of splitFrames(bytes)) if (item.kind === "frame") wire.heard(way, item.frame, item.form);
    };
    for (const sn of [1, 2, 3]) hear("down", { cmd: 0x1b, sn, flags: 0, payload });
    hear("up", { cmd: 0x1b, sn: 1, flags: 0, payload });
    for (const sn of [1, 2]) hear("up", { cmd: 0x1e, sn, flags: 0, payload: Uint8Array.of(sn) });
    expect(hops.map((hop) => hop.slice(0, 9))).toEqual(["down 0x1B", "up 0x1B h", "up 0x1E h"]);
  });
});
