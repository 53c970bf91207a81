import { describe, expect, it, onTestFinished } from "vitest";
import { PASSED, type Rule } from "../../../../src/check/rule.js";
import { STUFFING_OUT } from "../../../../src/check/rules/stuffing.js";
import { runChecks } from "../../../../src/check/run-checks.js";
import { CMD } from "../../../../src/codec/commands.js";
import { decodeFrame, encodeFrame } from "../../../../src/codec/frame.js";
import { VirtualClock } from "../../../../src/core/clock.js";
import { loadProfile } from "../../../../src/lab/profiles.js";
import type { Link } from "../../../../src/link/link.js";
import { createLinkPair } from "../../../../src/link/pair.js";
import { findDatapoint } from "../../../../src/profile/profile.js";
import { startBrokenMcu } from "../../../support/broken-mcus.js";

const { profile } = loadProfile("smart-light");
const RED = findDatapoint(profile, "red")?.index ?? -1;

/** A rule long before, in which the MCU reports a datapoint that is FF. */
const REPORTS_FF: Rule = {
  ...{ id: "reports", clause: "uart.md 3.1", words: "", hint: "" },
  async run(bench) {
    const values: number[] = [];
    values[RED] = 255;
    await bench.control(values);
    return PASSED;
  },
};

/** Checks an MCU whose writes go through `change`: what it writes instead, each so many milliseconds later. */
async function check(change: (wire: Uint8Array) => readonly (readonly [number, Uint8Array])[], rules: readonly Rule[]) {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  clock.hearsEverything = true;
  const [mcuEnd, link] = createLinkPair();
  let freeAt = 0;
  const changed: Link = {
    onData: (receiver) => mcuEnd.onData(receiver),
    onClose: (listener) => mcuEnd.onClose(listener),
    close: () => mcuEnd.close(),
    write: (bytes) => {
      for (const [afterMs, piece] of change(bytes)) {
        // Nothing overtakes what is still to be written.
        freeAt = Math.max(freeAt, clock.now()) + afterMs;
        if (freeAt <= clock.now()) mcuEnd.write(piece);
        else clock.setTimer("late", freeAt - clock.now(), () => mcuEnd.write(piece));
      }
    },
  };
  const mcu = startBrokenMcu({}, { profile, clock, link: changed });
  onTestFinished(() => mcu.stop());
  const report = await clock.resolve(runChecks({ link, clock, profile, rules: [...rules] }));
  return report.results.at(-1);
}

const unstuff = (wire: Uint8Array): Uint8Array =>
  wire.filter((byte, at) => at < 3 || byte !== 0x55 || wire[at - 1] !== 0xff);

describe("the rule that FF is sent as FF 55", () => {
  it("judges every frame of the check, also a report of a rule long before", async () => {
    const bareReports = (wire: Uint8Array) => [[0, wire[4] === CMD.p0Up ? unstuff(wire) : wire]] as const;
    expect(await check(bareReports, [STUFFING_OUT])).toMatchObject({ outcome: "passed" });
    expect(await check(bareReports, [REPORTS_FF, STUFFING_OUT])).toMatchObject({
      outcome: "failed",
      clause: "uart.md 1",
      found: expect.stringMatching(/^ffff.*report sn/),
      hint: expect.stringMatching(/FF not stuffed.*a real GAgent drops it/),
    });
  });

  it("takes the 55 behind a checksum FF in a write of its own, some milliseconds later", async () => {
    const cut = (wire: Uint8Array): (readonly [number, Uint8Array])[] =>
      wire.at(-2) === 0xff
        ? [
            [0, wire.subarray(0, -1)],
            [5, wire.subarray(-1)],
          ]
        : [[0, wire]];
    expect(await check(cut, [REPORTS_FF, STUFFING_OUT])).toMatchObject({ outcome: "passed" });
    const forgets = (wire: Uint8Array): (readonly [number, Uint8Array])[] => [
      [0, wire.at(-2) === 0xff ? wire.subarray(0, -1) : wire],
    ];
    expect(await check(forgets, [STUFFING_OUT])).toMatchObject({ outcome: "failed" });
  });

  it("notes what else is accepted, and does not fail it", async () => {
    const pad = (wire: Uint8Array) => {
      const frame = wire[4] === CMD.heartbeatAck ? decodeFrame(wire) : undefined;
      return [[0, frame === undefined ? wire : encodeFrame({ ...frame, payload: Uint8Array.of(0) })]] as const;
    };
    const result = await check(pad, [STUFFING_OUT]);
    expect(result).toMatchObject({ outcome: "passed" });
    expect(JSON.stringify(result)).toMatch(/1 bytes? of payload in heartbeat-ack, which has none/);
  });
});
