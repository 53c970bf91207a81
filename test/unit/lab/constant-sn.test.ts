import { describe, expect, it } from "vitest";
import { ConstantSn } from "../../../src/lab/constant-sn.js";

const REPORT = 0x05;

/** Judges messages given as [at, cmd, sn, last byte]. */
function judge(...messages: [number, number, number, number][]) {
  const sns = new ConstantSn();
  return messages.map(([at, cmd, sn, byte]) => sns.judge({ cmd, sn, bytes: Uint8Array.of(cmd, sn, byte) }, at));
}

describe("the sn of requests (uart.md 1)", () => {
  it("that stays over three different messages is found, and in each that follows", () => {
    const messages = [1, 2, 3, 4].map((byte): [number, number, number, number] => [byte * 1000, REPORT, 0, byte]);
    expect(judge(...messages)).toEqual([undefined, undefined, 3, 4]);
  });

  it("that stays in a report of the same values each minute is found too", () => {
    expect(judge([0, REPORT, 7, 1], [60_000, REPORT, 7, 1], [120_000, REPORT, 7, 1])).toEqual([
      undefined,
      undefined,
      3,
    ]);
  });

  it("may stay in a message that is sent again, however often", () => {
    const again = [0, 5000, 10_000, 15_000].map((at): [number, number, number, number] => [at, REPORT, 7, 1]);
    expect(judge(...again)).toEqual([undefined, undefined, undefined, undefined]);
  });

  it("may be that of another command, and come round", () => {
    expect(judge([0, REPORT, 0, 1], [1, 0x17, 0, 1], [2, 0x21, 0, 1], [3, 0x09, 0, 1])).not.toContain(3);
    expect(judge([0, REPORT, 0, 1], [1, REPORT, 0, 2], [2, REPORT, 1, 3], [3, REPORT, 0, 4])).not.toContain(3);
  });

  it("begins at 0 once more when the sender starts", () => {
    const sns = new ConstantSn();
    const told = [1, 2, 3, 4].map((byte) => {
      sns.clear();
      return sns.judge({ cmd: REPORT, sn: 0, bytes: Uint8Array.of(byte) }, byte);
    });
    expect(told).toEqual([undefined, undefined, undefined, undefined]);
  });
});
