import { describe, expect, it } from "vitest";
import { describeAnswer, describeRefusal, describeWifiChange } from "../../../../src/cli/mcu/answers.js";
import { CMD } from "../../../../src/codec/commands.js";
import { parseHex } from "../../../../src/core/hex.js";

const answer = (cmd: number, hex = "") => describeAnswer({ cmd, sn: 7, flags: 0, payload: parseHex(hex) });

describe("what a module answers", () => {
  it("is the time, with or without the ntp of newer modules (uart.md 2.6)", () => {
    expect(answer(CMD.networkTime, "07E8 03 0F 0C 1E 2D 65F3B14D")).toEqual({
      text: "2024-03-15 12:30:45 in the module's zone, 2024-03-15T02:24:13.000Z",
      detail: { time: { local: "2024-03-15 12:30:45", ntp: 0x65f3b14d } },
    });
    expect(answer(CMD.networkTime, "07E8 03 0F 0C 1E 2D").text).toBe("2024-03-15 12:30:45 in the module's zone");
    expect(answer(CMD.networkTime, "0000 00 00 00 00 00 00000000").detail).toEqual({ time: null });
  });

  it("is its own info", () => {
    const text = (value: string, length: number) => Buffer.from(value.padEnd(length, "\0")).toString("hex");
    const payload = `01${text("00000004", 8)}${text("00000001", 8)}${text("04020006", 8)}${text("5ccf7fb6bbff", 16)}${text("10.0.0.7", 16)}${"00".repeat(8)}`;
    expect(answer(CMD.moduleInfo, payload).text).toBe(
      "wifi module, firmware 04020006, hardware 00000001, serial protocol 00000004, mac 5ccf7fb6bbff, ip 10.0.0.7",
    );
  });

  it("may be too short to be read, which is said", () => {
    expect(answer(CMD.networkTime, "07E8").text).toMatch(/^answered, but /);
    expect(answer(CMD.moduleInfo, "01").text).toMatch(/^answered, but /);
  });

  it("is an acknowledgement otherwise", () => {
    expect(answer(0x0a)).toEqual({ text: "acknowledged (0x0A)", detail: {} });
  });
});

describe("what a module says by itself", () => {
  it("is why it does not take a frame (uart.md 2.9)", () => {
    expect([1, 2, 3, 4, 9].map(describeRefusal)).toEqual([
      "its checksum is wrong",
      "it does not know the command",
      "for another reason",
      "the file is of the wrong type",
      "error 9",
    ]);
  });

  it("is its Wi-Fi status, of which the changes are told flag by flag", () => {
    expect(describeWifiChange(0x073a, 0x0005)).toEqual([
      "  bit 0     SoftAP mode: off",
      "  bit 1     station mode: on",
      "  bit 2     onboarding (configuration mode): off",
      "  bit 3     binding enabled: on",
      "  bit 4     connected to the router: on",
      "  bit 5     connected to the cloud: on",
      "  bit 8-10  signal level, 0 to 7: 7",
    ]);
    expect(describeWifiChange(0x073a, 0x073a)).toEqual([]);
  });
});
