import { describe, expect, it } from "vitest";
import { fail, PASSED, type Rule, type Verdict } from "../../../src/check/rule.js";
import { type CheckReport, createRules, runChecks } from "../../../src/check/run-checks.js";
import { type Clock, VirtualClock } from "../../../src/core/clock.js";
import { startLoneMcu } from "../../../src/lab/lone-mcu.js";
import { listShippedProfiles, loadProfile } from "../../../src/lab/profiles.js";
import { lineTime, paceLink } from "../../../src/link/paced.js";
import { createLinkPair } from "../../../src/link/pair.js";
import type { Profile } from "../../../src/profile/profile.js";
import { type BrokenMcu, createBrokenMcus, startBrokenMcu } from "../../support/broken-mcus.js";

function createClock(): VirtualClock {
  const clock = new VirtualClock(Date.UTC(2026, 0, 1));
  clock.hearsEverything = true;
  return clock;
}

async function checkGood(name: string, seed: number): Promise<CheckReport> {
  const clock = createClock();
  const product = loadProfile(name);
  const mcu = startLoneMcu({ product, clock, seed });
  const report = await clock.resolve(runChecks({ link: mcu.link, clock, profile: product.profile }));
  mcu.close();
  return report;
}

async function checkBroken(broken: BrokenMcu, profile: Profile): Promise<CheckReport> {
  const clock = createClock();
  const [mcuEnd, moduleEnd] = createLinkPair();
  const time = (length: number): number => lineTime(length, 9600);
  const mcu = startBrokenMcu(broken, { profile, clock, link: paceLink(mcuEnd, clock, 9600), lineTime: time });
  const report = await clock.resolve(runChecks({ link: paceLink(moduleEnd, clock, 9600), clock, profile }));
  mcu.stop();
  return report;
}

const failuresOf = ({ results }: CheckReport) => results.filter(({ outcome }) => outcome === "failed");

describe("a good MCU", () => {
  it.each(listShippedProfiles())("keeps every clause as %s", async (name) => {
    const report = await checkGood(name, 1);
    expect(failuresOf(report)).toEqual([]);
    expect(report.ok).toBe(true);
    expect(report.results.filter(({ outcome }) => outcome === "passed").length).toBeGreaterThan(30);
  });

  it.each([1, 2, 3, 4, 5])("keeps every clause whatever its world does, seed %i", async (seed) => {
    const report = await checkGood("pet-house", seed);
    expect(report.results.filter(({ outcome }) => outcome !== "passed")).toEqual([]);
  });
});

/** A wall clock whose time somebody else moves. */
function likeWall(clock: VirtualClock): Clock {
  return {
    mode: "wall",
    now: () => clock.now(),
    steady: () => clock.steady(),
    setTimer: (name, delayMs, action) => clock.setTimer(name, delayMs, action),
    pending: () => clock.pending(),
    hold: () => clock.hold(),
    letGo: () => clock.letGo(),
    stir: () => clock.stir(),
  };
}

describe("on a wall clock", () => {
  const product = loadProfile("pet-house");
  const { profile } = product;
  const silent: Pick<Rule, "clause" | "words" | "hint"> = { clause: "uart.md 3", words: "", hint: "" };

  it.each([
    [false, []],
    [true, ["report-full", "heartbeat-idle"]],
  ])(
    "a good MCU keeps every clause, and what takes minutes is left out where that is wished (%s)",
    async (isQuick, left) => {
      const clock = createClock();
      const mcu = startLoneMcu({ product, clock, seed: 1 });
      const asked: string[] = [];
      const onRule = ({ id }: Rule): number => asked.push(id);
      const wire = { link: mcu.link, clock: likeWall(clock), profile, slackMs: 50, patienceMs: 5000, isQuick };
      const { results, ok } = await clock.resolve(runChecks({ ...wire, onRule }));
      mcu.close();
      expect(ok).toBe(true);
      const skipped = results.filter(({ outcome }) => outcome === "skipped");
      expect(skipped.map(({ id }) => id)).toEqual(left);
      for (const { why } of skipped)
        expect(why).toMatch(/^takes (10m|3m40s), and a quick run leaves out what takes more than 20s$/);
      expect(asked).toEqual(results.filter(({ outcome }) => outcome === "passed").map(({ id }) => id));
    },
  );

  it("what misses a span gets a second chance, and only there", async () => {
    const outcomes = { wall: "passed", virtual: "failed" } as const;
    for (const mode of ["wall", "virtual"] as const) {
      const clock = createClock();
      const mcu = startLoneMcu({ product, clock, seed: 1 });
      let runs = 0;
      const run = async (): Promise<Verdict> => {
        runs += 1;
        return runs === 1 ? fail("in time", "late") : PASSED;
      };
      const rules: Rule[] = [{ ...silent, id: "late", isTimed: true, run }];
      const wire = { link: mcu.link, clock: mode === "wall" ? likeWall(clock) : clock, profile };
      const { results } = await clock.resolve(runChecks({ ...wire, rules }));
      mcu.close();
      expect(results[0]?.outcome).toBe(outcomes[mode]);
    }
  });

  it("a link that closes ends the run, whatever waits", async () => {
    const clock = createClock();
    const [link, far] = createLinkPair();
    const rules: Rule[] = [
      {
        ...silent,
        id: "patient",
        run: async (bench) => {
          far.close();
          return (await bench.nextReport(60_000)) === undefined ? PASSED : fail("", "");
        },
      },
    ];
    const run = clock.resolve(runChecks({ link, clock, profile, rules }));
    await expect(run).rejects.toMatchObject({ code: "port-gone", hint: expect.stringMatching(/cable/) });
  });
});

describe("a broken MCU", () => {
  // Its mode has five labels in three bits, so that the wire can carry what no label stands for.
  const { profile } = loadProfile("air-conditioner");

  it.each(createBrokenMcus())("with $name fails its own clause, with a hint, and nothing else", async (broken) => {
    const report = await checkBroken(broken, profile);
    const failed = failuresOf(report);
    expect(failed.map(({ id }) => id)).toEqual(broken.fails);
    for (const { clause, hint, frames } of failed) {
      expect(clause).toBe(broken.clause);
      expect(hint).toMatch(broken.hint);
      expect(frames?.length).toBeGreaterThan(0);
    }
    expect(report.ok).toBe(false);
  });

  it("that says nothing fails once, and the rest is not held against it", async () => {
    const clock = createClock();
    const [, moduleEnd] = createLinkPair();
    const report = await clock.resolve(runChecks({ link: moduleEnd, clock, profile }));
    expect(failuresOf(report)).toMatchObject([{ id: "frame-any", hint: expect.stringMatching(/RX and TX/) }]);
    expect(report.results.filter(({ outcome }) => outcome === "skipped")).toHaveLength(createRules(profile).length - 1);
  });
});

describe("the gap between reports", () => {
  /** What the rule says of an MCU that reports its readings at these times. */
  async function watch(timesMs: readonly number[]) {
    const clock = createClock();
    const { profile } = loadProfile("pet-house");
    const [link, moduleEnd] = createLinkPair();
    const mcu = startBrokenMcu({}, { profile, clock, link });
    for (const time of timesMs) clock.setTimer("reading", time, () => mcu.report());
    const rules = createRules(profile).filter(({ id }) => id === "report-rate");
    const { results } = await clock.resolve(runChecks({ link: moduleEnd, clock, profile, rules, isQuick: true }));
    mcu.stop();
    return results[0];
  }

  it("may be short once, as before a full report of every 10 minutes, and that is said", async () => {
    const result = await watch([3000, 5000]);
    expect(result).toMatchObject({
      outcome: "passed",
      notes: [expect.stringMatching(/^two reports 2000 ms apart, once/)],
    });
  });

  it("may not be short again and again, however slowly", async () => {
    expect(await watch([3000, 7000, 11_000, 15_000])).toMatchObject({ outcome: "failed", clause: "uart.md 3.1" });
  });
});

describe("an adapter whose RX and TX are joined", () => {
  it("is no MCU: what comes back is the question itself", async () => {
    const { profile } = loadProfile("pet-house");
    const clock = createClock();
    const [echo, moduleEnd] = createLinkPair();
    echo.onData((bytes) => echo.write(bytes));
    const report = await clock.resolve(runChecks({ link: moduleEnd, clock, profile }));
    expect(failuresOf(report)).toMatchObject([
      { id: "frame-any", hint: expect.stringMatching(/RX and TX are joined/) },
    ]);
  });
});

describe("the rules", () => {
  it("have each an id of their own and a clause", () => {
    const rules = createRules(loadProfile("ai-toy").profile);
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
    for (const { clause } of rules) expect(clause).toMatch(/^uart\.md \d(\.\d)?$/);
  });
});
