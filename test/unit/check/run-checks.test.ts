import { describe, expect, it } from "vitest";
import { type CheckReport, createRules, runChecks } from "../../../src/check/run-checks.js";
import { VirtualClock } from "../../../src/core/clock.js";
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

describe("the rules", () => {
  it("have each an id of their own and a clause", () => {
    const rules = createRules(loadProfile("ai-toy").profile);
    expect(new Set(rules.map(({ id }) => id)).size).toBe(rules.length);
    for (const { clause } of rules) expect(clause).toMatch(/^uart\.md \d(\.\d)?$/);
  });
});
