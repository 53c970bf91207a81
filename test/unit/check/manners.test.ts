import { describe, expect, it } from "vitest";
import { runFuzz } from "../../../src/check/fuzz.js";
import { ModuleBench } from "../../../src/check/module-bench.js";
import { type CheckReport, runChecks } from "../../../src/check/run-checks.js";
import { VirtualClock } from "../../../src/core/clock.js";
import { loadProfile } from "../../../src/lab/profiles.js";
import { paceLink } from "../../../src/link/paced.js";
import { createLinkPair } from "../../../src/link/pair.js";
import { type Manners, startSdkMcu } from "../../support/sdk-mcu.js";

const BAUD = 9600;

function createBench(manners: Manners, name: string) {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  clock.hearsEverything = true;
  const { profile } = loadProfile(name);
  const [mcuEnd, moduleEnd] = createLinkPair();
  const stop = startSdkMcu(manners, { profile, clock, link: paceLink(mcuEnd, clock, BAUD) });
  return { clock, profile, stop, link: paceLink(moduleEnd, clock, BAUD) };
}

async function check(manners: Manners, name = "air-conditioner", isQuick = true): Promise<CheckReport> {
  const { clock, profile, stop, link } = createBench(manners, name);
  const report = await clock.resolve(runChecks({ link, clock, profile, isQuick }));
  stop();
  return report;
}

const idsOf = ({ results }: CheckReport, outcome: string): string[] =>
  results.filter((result) => result.outcome === outcome).map(({ id }) => id);
const resultOf = ({ results }: CheckReport, wanted: string) => results.find(({ id }) => id === wanted);

describe("firmware of the vendor's SDK", () => {
  it.each(["air-conditioner", "pet-house", "doser", "ai-toy", "smart-light", "wave-maker"])(
    "breaks no clause as %s, and gets advice about values that it takes beyond their limits",
    async (name) => {
      const report = await check({}, name);
      expect(idsOf(report, "failed")).toEqual([]);
      expect(report.ok).toBe(true);
      const advised = idsOf(report, "advice");
      expect(advised.length).toBeGreaterThan(0);
      for (const id of advised) expect(id).toMatch(/^control-.*-beyond$|^read-range$|^report-values$/);
    },
  );

  it("is advised about an enum that leaves it mute, which ends when an allowed value comes", async () => {
    const report = await check({});
    expect(resultOf(report, "control-mode-beyond")).toMatchObject({
      outcome: "advice",
      found: "after 5 no read is answered until an allowed value comes",
    });
    expect(resultOf(report, "control-set_temp-beyond")).toMatchObject({
      outcome: "advice",
      found: "29 reported as it came",
    });
  });

  it("may start a number beyond its limits, and is not put back there", async () => {
    const report = await check({ bootValue: 200 });
    expect(idsOf(report, "failed")).toEqual([]);
    expect(resultOf(report, "read-range")).toMatchObject({ outcome: "advice", found: /set_temp 200, of 0\.\.28/ });
  });

  it("is advised about a float that is cut instead of rounded", async () => {
    const report = await check({ cutsFloats: true });
    expect(idsOf(report, "failed")).toEqual([]);
    expect(resultOf(report, "control-set_temp-max")).toMatchObject({ outcome: "advice", hint: /cut, not rounded/ });
  });

  it("comes through 200 generated sequences, each advice given once", async () => {
    const { clock, profile, stop, link } = createBench({}, "air-conditioner");
    const bench = new ModuleBench({ link, clock, profile });
    const restart = async () => bench;
    const report = await clock.resolve(runFuzz({ profile, sequences: 200, seed: 1, restart }));
    stop();
    expect(report).toMatchObject({ ok: true, sequences: 200 });
    expect(report.advice.map(({ kind }) => kind).sort()).toEqual(["mute", "out of range"]);
    for (const { count, firstSequence } of report.advice) {
      expect(count).toBeGreaterThan(1);
      expect(firstSequence).toBeGreaterThan(0);
    }
  });
});

describe("an unanswered report", () => {
  it.each([200, 600, 2000, 3000, 5000])("may be sent again after %i ms, and the time is named", async (resendMs) => {
    const report = await check({ resendMs });
    expect(idsOf(report, "failed")).toEqual([]);
    const [note] = resultOf(report, "resend")?.notes ?? [];
    const [, ms = ""] = /^resent after ([\d,]+) ms/.exec(note ?? "") ?? [];
    expect(Number(ms.replace(",", ""))).toBeGreaterThanOrEqual(resendMs);
    expect(Number(ms.replace(",", ""))).toBeLessThan(resendMs + 50);
  });

  it.each(["other bytes", "other sn", "nothing"] as const)("fails when %s follows it", async (resends) => {
    const report = await check({ resends });
    expect(idsOf(report, "failed")).toEqual(["resend"]);
    expect(resultOf(report, "resend")?.clause).toBe("uart.md 3");
  });

  it("fails when it is sent again after more than 5 s only", async () => {
    expect(idsOf(await check({ resendMs: 6000 }), "failed")).toEqual(["resend"]);
  });

  it("that comes again at once is advised against", async () => {
    const report = await check({ resendMs: 60 });
    expect([idsOf(report, "failed"), resultOf(report, "resend")?.outcome]).toEqual([[], "advice"]);
  });
});

describe("datapoints that depend on each other", () => {
  it("get an advice that names the mode in which one takes", async () => {
    const takes: Manners["takes"] = (name, _value, { mode }) => name !== "set_temp" || mode === 2;
    const report = await check({ takes });
    expect(idsOf(report, "failed")).toEqual([]);
    const { labels = [] } = loadProfile("air-conditioner").profile.datapoints.find(({ name }) => name === "mode") ?? {};
    expect(resultOf(report, "control-set_temp-max")).toMatchObject({
      outcome: "advice",
      found: `set_temp 28 taken only while mode is ${labels[2]}`,
    });
  });

  it("are found where two others have to be right, and only those are named", async () => {
    const takes: Manners["takes"] = (name, _value, { power, mode }) =>
      name !== "fan_speed" || (power === 1 && mode === 1);
    const report = await check({ takes });
    expect(idsOf(report, "failed")).toEqual([]);
    expect(resultOf(report, "control-fan_speed-max")).toMatchObject({
      outcome: "advice",
      found: expect.stringMatching(/^fan_speed 3 taken only while power is true and mode is \w+$/),
    });
  });

  it("are found where one number is the limit of another", async () => {
    const takes: Manners["takes"] = (name, value, { volume_delta = 0 }) => name !== "volume" || value <= volume_delta;
    const report = await check({ takes }, "ai-toy");
    expect(idsOf(report, "failed")).toEqual([]);
    expect(resultOf(report, "control-volume-max")).toMatchObject({
      outcome: "advice",
      found: expect.stringMatching(/taken only while volume_delta is/),
    });
  });

  it("do not hide one that is never taken: it fails, with what was tried", async () => {
    const takes: Manners["takes"] = (name) => name !== "set_temp";
    const report = await check({ takes });
    expect(idsOf(report, "failed")).toEqual(["control-set_temp-max"]);
    expect(resultOf(report, "control-set_temp-max")).toMatchObject({
      clause: "uart.md 4.3",
      found: expect.stringMatching(/^0, twice, and in \d+ states of the other datapoints too$/),
    });
  });

  it("do not make a run endless where no control is taken at all", async () => {
    const report = await check({ takes: () => false }, "doser");
    expect(idsOf(report, "failed").every((id) => /^control-/.test(id))).toBe(true);
    expect(resultOf(report, "report-after-control")).toMatchObject({ outcome: "skipped", why: /no datapoint took/ });
    expect(report.results.reduce((sum, { tookMs }) => sum + tookMs, 0)).toBeLessThan(10 * 60_000);
  });
});

describe("a request", () => {
  it("is sent three times as a module does, and the transmission that was answered is named", async () => {
    const report = await check({ losesFirst: 2 });
    expect(idsOf(report, "failed")).not.toContain("info-length");
    for (const id of ["ack-heartbeat", "ack-status", "read"]) {
      expect(resultOf(report, id), id).toMatchObject({
        outcome: "passed",
        notes: [expect.stringMatching(/was answered at transmission 3 of 3/)],
      });
    }
  });

  it("that stays unanswered is said to have been sent three times", async () => {
    const report = await check({ losesFirst: 3 });
    expect(resultOf(report, "frame-any")).toMatchObject({ found: "no byte at all in 9 transmissions" });
    expect(report.results.filter(({ outcome }) => outcome === "failed")).toHaveLength(1);
  });

  it.each([
    [350, "advice"],
    [900, "failed"],
  ] as const)("that is answered after %i ms is %s", async (answerMs, outcome) => {
    expect(resultOf(await check({ answerMs }), "ack-in-time")).toMatchObject({ outcome, clause: "uart.md 3" });
  });

  it("that is refused without a notice is advice: no clause asks for one", async () => {
    const report = await check({ isWithoutNotices: true });
    expect(idsOf(report, "failed")).toEqual([]);
    for (const id of ["illegal-checksum", "illegal-command"]) expect(resultOf(report, id)?.outcome).toBe("advice");
  });

  it("that is refused by a notice with another sn is advice, and with another error fails", async () => {
    const otherSn = await check({ noticeSn: 0x77 });
    expect(idsOf(otherSn, "failed")).toEqual([]);
    expect(resultOf(otherSn, "illegal-checksum")).toMatchObject({ outcome: "advice", found: "sn 119" });
    const otherError = await check({ noticeError: 2 });
    expect(idsOf(otherError, "failed")).toEqual(["illegal-checksum"]);
    expect(idsOf(await check({ noticeError: 3 }), "failed")).toEqual([]);
  });
});
