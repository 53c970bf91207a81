import { describe, expect, it } from "vitest";
import type { FaultSpec, TestLab } from "../../../../src/testing.js";
import { openTestLab, Story } from "../../../support/lab-bench.js";

/** Two devices that report each minute and have heartbeats; duplicates hurt nobody. */
async function runTenMinutes(makeFault: (lab: TestLab) => Omit<FaultSpec, "kind">) {
  const lab = await openTestLab();
  for (let n = 0; n < 2; n += 1) await lab.device("pet-house", { isAlive: false, reportEveryMs: 60_000 });
  // What is said on coming online is over.
  await lab.clock.advance("1s");
  const fault = lab.faults.add({ kind: "uart.duplicate", ...makeFault(lab) });
  const story = new Story(lab);
  await lab.clock.advance("10m");
  return { lab, fault, story, dids: lab.platform.devices.map(({ did }) => did) };
}

describe("a fault", () => {
  it.each<[string, (lab: TestLab) => Omit<FaultSpec, "kind">, number]>([
    ["strikes every match without more", () => ({ cmd: "report" }), 20],
    ["never strikes with probability 0", () => ({ cmd: "report", probability: 0 }), 0],
    ["strikes every match with probability 1", () => ({ cmd: "report", probability: 1 }), 20],
    ["strikes as often as it may", () => ({ cmd: "report", count: 3 }), 3],
    ["lets the first matches pass", () => ({ cmd: "report", after: 12 }), 8],
    ["counts what strikes after those that pass", () => ({ cmd: "report", after: 12, count: 5 }), 5],
    ["strikes a command by its code", () => ({ cmd: "0x05" }), 20],
    ["strikes a command by its code in any case", () => ({ cmd: "0X07" }), 20],
    ["strikes one direction", () => ({ direction: "up", cmd: "report-ack" }), 0],
    ["strikes the other direction", () => ({ direction: "down", cmd: "report-ack" }), 20],
    ["strikes one device", (lab) => ({ cmd: "report", did: lab.platform.devices[1]?.did ?? "" }), 10],
    ["strikes nobody for a did that is not there", () => ({ cmd: "report", did: "nobody" }), 0],
  ])("%s", async (_what, makeFault, hits) => {
    const { fault, story, dids } = await runTenMinutes(makeFault);
    expect(fault.hits).toBe(hits);
    const struck = story.of("fault");
    expect(struck.length).toBe(hits);
    const { did } = fault.spec;
    if (did !== undefined) expect(struck.every((entry) => entry.did === did)).toBe(true);
    else expect(struck.every((entry) => dids.includes(entry.did))).toBe(true);
  });

  it("strikes about as often as its probability says, and as its seed says exactly", async () => {
    const runs: string[][] = [];
    for (const seed of [1, 1, 2]) {
      const { story } = await runTenMinutes(() => ({ cmd: "report", probability: 0.5, seed }));
      runs.push(story.lines("fault"));
    }
    expect(runs[0]).toEqual(runs[1]);
    expect(runs[0]).not.toEqual(runs[2]);
    for (const { length } of runs) expect(Math.abs(length - 10)).toBeLessThan(6);
  });

  it("is over when it has struck as often as it may, and the trace says so", async () => {
    const { lab, fault, story } = await runTenMinutes(() => ({ cmd: "report", count: 3 }));
    expect(lab.faults.list()).toEqual([]);
    expect(story.of("lab.fault-removed").map(({ detail }) => detail)).toEqual([
      { kind: "uart.duplicate", fault: fault.id, hits: 3 },
    ]);
    expect(() => lab.faults.remove(fault.id)).toThrowError(expect.objectContaining({ code: "fault-unknown" }));
  });

  it("stands in the trace under the id of the frame it strikes, so that the road shows it", async () => {
    const { story } = await runTenMinutes(() => ({ cmd: "report", count: 1 }));
    const [struck] = story.of("fault");
    const road = story.entries.filter(({ id }) => id === struck?.id).map(({ hop }) => hop);
    expect(road).toEqual(["uart.up", "fault", "uart.down", "mqtt.up", "cloud.stored", "uart.down"]);
  });

  it("leaves frames to the next fault when it lets them pass", async () => {
    const lab = await openTestLab();
    await lab.device("pet-house", { isAlive: false, reportEveryMs: 60_000 });
    await lab.clock.advance("1s");
    const first = lab.faults.add({ kind: "uart.duplicate", cmd: "report", after: 4 });
    const second = lab.faults.add({ kind: "uart.drop", cmd: "report", count: 2 });
    await lab.clock.advance("10m");
    // Four pass the first and two of them are lost at the second: with those sent again, twelve are sent.
    expect([first.hits, second.hits]).toEqual([8, 2]);
    lab.faults.clear();
    expect(lab.faults.list()).toEqual([]);
  });
});
