import { describe, expect, it } from "vitest";
import { describeHop } from "../../../../src/cli/events/hop-line.js";
import type { TraceDetail } from "../../../../src/core/trace.js";

const DID = "GdzuSRncfDPGHGo2LxwgM2";

function format(hop: string, detail: TraceDetail): string {
  const { way, text } = describeHop({ at: 0, id: "t1", hop, did: DID, detail });
  return `${way} ${text}`;
}

describe("a hop of a wire in a line", () => {
  it.each([
    [
      "uart.up",
      { cmd: "0x05", name: "report", sn: 61, attrs: { LED_OnOff: true, Temperature: 10, LED_Color: "Pink" } },
      "MCU ->    report sn 61  LED_OnOff=true Temperature=10 LED_Color=Pink",
    ],
    ["uart.down", { cmd: "0x07", name: "heartbeat", sn: 0, payload: "" }, "-> MCU    heartbeat sn 0"],
    [
      "uart.down",
      { cmd: "0x0D", name: "wifi-status", sn: 3, fields: { status: 0x073a } },
      "-> MCU    wifi-status sn 3  0x073A station binding router cloud rssi=7",
    ],
    ["uart.up", { cmd: "0x2B", name: "unknown", sn: 1, payload: "0102" }, "MCU ->    unknown command 0x2B sn 1  0102"],
    [
      "uart.up",
      { name: "report", sn: 1, payload: "04", problem: "too short (expected 10, found 0)" },
      "MCU ->    report sn 1  04",
    ],
    [
      "uart.up",
      { name: "report", sn: 1, attrs: { data: "ab".repeat(60) } },
      `MCU ->    report sn 1  data=${"ab".repeat(24)}…`,
    ],
    ["uart.bad", { way: "up", hex: "ffff0010" }, "MCU ->    bad frame  ffff0010"],
    ["uart.bad", { way: "down", hex: "ffff0010" }, "-> MCU    bad frame  ffff0010"],
    ["module.state", { state: "online" }, `module    online as did ${DID}`],
    [
      "module.trouble",
      { code: "cloud-unreachable", message: "no cloud answers", hint: "start one" },
      "trouble   no cloud answers [cloud-unreachable]; start one",
    ],
    ["something.else", { a: 1 }, "something.else a=1"],
  ])("has a line for %s", (hop, detail, line) => expect(format(hop, detail)).toBe(line));
});
