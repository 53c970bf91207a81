import { describe, expect, it } from "vitest";
import { CMD } from "../../../src/codec/commands.js";
import { explainIgnored, explainUnsent } from "../../../src/gagent/dropped-frame.js";

const frame = (cmd: number, payload: readonly number[] = []) => ({
  cmd,
  sn: 7,
  flags: 0,
  payload: Uint8Array.from(payload),
});

describe("a sound frame that the module drops", () => {
  it.each([
    [0x2d, "command-unknown", /0x2D/],
    [0x01, "module-only", /get-device-info/],
    [0x07, "module-only", /heartbeat/],
  ])("0x%s is explained", (cmd, code, reason) => {
    expect(explainIgnored(frame(cmd))).toMatchObject({ code, reason: expect.stringMatching(reason), frame: { sn: 7 } });
  });

  it.each([[CMD.deviceInfo], [CMD.p0DownAck], [CMD.illegalFromMcu], [CMD.getNetworkTime]])(
    "0x%s is none: it is an answer, a notice, or answered",
    (cmd) => expect(explainIgnored(frame(cmd))).toBeUndefined(),
  );

  it("a report is lost while the module is not at the cloud, and one without a P0 always", () => {
    expect(explainUnsent(frame(CMD.p0Up, [4, 0]), "registering")).toMatchObject({ code: "report-offline" });
    expect(explainUnsent(frame(CMD.p0Up), "online")).toMatchObject({ code: "p0-empty" });
    expect(explainUnsent(frame(CMD.p0Up, [4, 0]), "online")).toBeUndefined();
    expect(explainUnsent(frame(CMD.p0DownAck), "waiting")).toBeUndefined();
  });
});
