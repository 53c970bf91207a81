import { describe, expect, it } from "vitest";
import type { LogEntry } from "../../../src/codec/tool-log.js";
import { parseHex } from "../../../src/core/hex.js";
import { LogDescriber } from "../../../src/profile/describe-log.js";

const HEARTBEAT = "FFFF00050706000012";

/** What entries bring, each `way hex`, in short. */
function describeAll(...entries: string[]): string[] {
  const describer = new LogDescriber(undefined);
  const items = entries.flatMap((text, index) => {
    const [way, hex = ""] = text.split(" ");
    return describer.describe({
      version: 3,
      time: "",
      way: way as LogEntry["way"],
      line: index + 1,
      bytes: parseHex(hex),
    });
  });
  return [...items, ...describer.end()].map(
    ({ line, way, found }) => `${line} ${way} ${found.kind} ${found.name ?? found.reason ?? ""}`,
  );
}

describe("frames of a log", () => {
  it("are found in the order in which they ended", () => {
    expect(describeAll(`down ${HEARTBEAT}${HEARTBEAT}`, "up FFFF00050806000013")).toEqual([
      "1 down frame heartbeat",
      "1 down frame heartbeat",
      "2 up frame heartbeat-ack",
    ]);
  });

  it("are put together when the port gave them in pieces, each way for itself", () => {
    // A lone FF is no header yet.
    for (let cut = 4; cut < HEARTBEAT.length; cut += 2) {
      expect(
        describeAll(`down ${HEARTBEAT.slice(0, cut)}`, "up FFFF00050806000013", `down ${HEARTBEAT.slice(cut)}`),
      ).toEqual(["2 up frame heartbeat-ack", "1 down frame heartbeat"]);
    }
  });

  it("that never got their rest are bad, when the next one begins or the log ends", () => {
    expect(describeAll("down FFFF000507", `down ${HEARTBEAT}`, "up FFFF0005")).toEqual([
      "1 down bad truncated",
      "2 down frame heartbeat",
      "3 up bad truncated",
    ]);
  });
});
