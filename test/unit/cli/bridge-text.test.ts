import { describe, expect, it } from "vitest";
import { formatBoardHop } from "../../../src/cli/bridge-text.js";
import { makeSafe } from "../../../src/cli/terminal/safe-text.js";
import type { TraceDetail } from "../../../src/core/trace.js";

const DID = "GdzuSRncfDPGHGo2LxwgM2";

function format(hop: string, detail: TraceDetail, hasColour = false): string {
  return makeSafe(
    formatBoardHop({ at: Date.UTC(2026, 0, 1, 12, 0, 1, 5), id: "t1", hop, did: DID, detail }, hasColour),
  );
}

describe("the live log of a board", () => {
  it.each([
    [
      "uart.up",
      { cmd: "0x05", name: "report", sn: 61, attrs: { LED_OnOff: true, Temperature: 10, LED_Color: "Pink" } },
      "board ->  report sn 61  LED_OnOff=true Temperature=10 LED_Color=Pink",
    ],
    ["uart.down", { cmd: "0x07", name: "heartbeat", sn: 0, payload: "" }, "-> board  heartbeat sn 0"],
    [
      "uart.down",
      { cmd: "0x0D", name: "wifi-status", sn: 3, fields: { status: 0x073a } },
      "-> board  wifi-status sn 3  0x073A station binding router cloud rssi=7",
    ],
    ["uart.up", { cmd: "0x2B", name: "unknown", sn: 1, payload: "0102" }, "board ->  unknown command 0x2B sn 1  0102"],
    [
      "uart.up",
      { name: "report", sn: 1, payload: "04", problem: "too short (expected 10, found 0)" },
      "board ->  report sn 1  04  !! too short (expected 10, found 0)",
    ],
    [
      "uart.up",
      { name: "report", sn: 1, attrs: { data: "ab".repeat(60) } },
      `board ->  report sn 1  data=${"ab".repeat(24)}…`,
    ],
    [
      "uart.bad",
      {
        ...{ offset: 20, at: 19, reason: "checksum", clause: "uart.md 1", expected: "0x6E", found: "0x6C" },
        ...{ hint: "checksum counts the header", hex: "ffff" },
      },
      "BAD       checksum at byte 19 of the frame, offset 20 (uart.md 1): expected 0x6E, found 0x6C; checksum counts the header  ffff",
    ],
    [
      "uart.noise",
      { bytes: 512, over_ms: 1000, bad_frames: 0, hex: "7e7e" },
      "noise     512 bytes without a frame in the last second: 7e7e",
    ],
    [
      "uart.noise",
      { bytes: 512, over_ms: 1000, bad_frames: 9, hex: "7e7e" },
      "noise     512 bytes without a frame in the last second, 9 more bad frames among them: 7e7e",
    ],
    ["module.state", { state: "online" }, `module    online as did ${DID}`],
    [
      "module.trouble",
      { code: "cloud-unreachable", message: "no cloud answers", hint: "start one" },
      "trouble   no cloud answers [cloud-unreachable]; start one",
    ],
    ["something.else", { a: 1 }, "something.else a=1"],
  ])("has a line for %s", (hop, detail, line) => expect(format(hop, detail)).toBe(`12:00:01.005  ${line}`));

  it("has colours for a terminal only", () => {
    const detail = { name: "report", sn: 1, payload: "04" };
    expect(format("uart.up", detail)).not.toContain("\u001b");
    expect(format("uart.up", detail, true)).toContain("\u001b[36m");
    expect(format("uart.up", { ...detail, problem: "too short" }, true)).toContain("\u001b[31m");
  });
});
