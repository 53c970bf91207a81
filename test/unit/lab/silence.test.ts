import { describe, expect, it } from "vitest";
import { explainSilence, isEcho } from "../../../src/lab/silence.js";
import type { WireTally } from "../../../src/lab/wire-watch.js";

const SERIAL = { text: "/dev/ttyUSB0", baud: 9600 };
const TCP = { text: "tcp:192.0.2.9:4001" };
const QUIET: WireTally = { bytes: 0, begun: 0, sound: 0, head: new Uint8Array(0) };
const NOISE: WireTally = { ...QUIET, bytes: 40, head: new Uint8Array(40).fill(0x81) };
const TEXT: WireTally = { ...QUIET, bytes: 22, head: Buffer.from("\r\nESP-ROM:esp8266 boot") };

describe("a board that does not say who it is", () => {
  it.each([
    ["no byte", QUIET, false, SERIAL, "no-bytes", /9600 baud.*power.*RX and TX.*GND.*3\.3 V/],
    ["no byte over TCP", QUIET, false, TCP, "no-bytes", /over tcp:192\.0\.2\.9:4001/],
    ["no byte at a pty", QUIET, false, { text: "pty", path: "/dev/pts/7" }, "no-bytes", /open \/dev\/pts\/7/],
    ["bytes but no FF FF", NOISE, false, SERIAL, "no-header", /40 bytes.*gizlab bridge \/dev\/ttyUSB0 --baud auto/],
    ["bytes over TCP", NOISE, false, TCP, "no-header", /where the other end meets the board/],
    ["text", TEXT, false, SERIAL, "text", /"ESP-ROM:esp8266 boot".*debug port/],
    ["broken frames", { ...NOISE, begun: 3 }, false, SERIAL, "no-sound-frame", /--baud auto/],
    ["other frames", { ...NOISE, begun: 3, sound: 2 }, false, SERIAL, "no-device-info", /02 with the same sn/],
    ["the module's own frames", { ...NOISE, begun: 3, sound: 3 }, true, SERIAL, "echo", /RX and TX are joined/],
  ] as const)("gets a hint for %s", (_what, tally, hasEcho, port, kind, message) => {
    const hint = explainSilence(tally, hasEcho, port);
    expect(hint.kind).toBe(kind);
    expect(hint.message).toMatch(message);
    expect(hint.message).not.toContain("\n");
  });

  it("echoes when it says what only modules say", () => {
    expect([0x01, 0x07, 0x0d].map(isEcho)).toEqual([true, true, true]);
    expect([0x02, 0x05, 0x08, 0x12].map(isEcho)).toEqual([false, false, false, false]);
  });
});
