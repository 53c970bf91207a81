import { describe, expect, it } from "vitest";
import type { FaultSpec, LabOptions, TestLab } from "../../../src/testing.js";
import { openTestLab } from "../../support/lab-bench.js";

const FAULTS: readonly FaultSpec[] = [
  { kind: "uart.drop", probability: 0.05 },
  { kind: "uart.flip-bit", probability: 0.02 },
  { kind: "uart.noise", probability: 0.05, direction: "up" },
  { kind: "uart.stall", probability: 0.02, for: "700ms" },
  { kind: "net.latency", probability: 0.2, delay: "1500ms" },
  { kind: "net.lost-puback", probability: 0.05 },
  { kind: "net.refuse", probability: 0.3 },
  { kind: "http.error", route: "/dev/*", probability: 0.3 },
  { kind: "http.slow", route: "/dev/*", probability: 0.3, delay: "6s" },
  { kind: "persona.flapping-link", every: "20m" },
  { kind: "persona.brown-out", every: "15m" },
  { kind: "persona.slow-mcu", probability: 0.5 },
];

/** All entries of some hours of three products with whatever can go wrong, as text. */
async function tellHours(options: LabOptions, faults = FAULTS): Promise<string[]> {
  const lab = await openTestLab({ profiles: ["pet-house", "smart-light", "air-conditioner"], ...options });
  const told: string[] = [];
  lab.platform.trace.listen((entry) => told.push(JSON.stringify(entry)));
  const house = await lab.device("pet-house", { reportEveryMs: 60_000 });
  const light = await lab.device("smart-light");
  const cooler = await lab.device("air-conditioner", { baud: 0, reportEveryMs: 30_000 });
  const user = await lab.user();
  await user.bind(light);
  for (const fault of faults) lab.faults.add(fault);
  for (let n = 0; n < 12; n += 1) {
    await lab.clock.advance("15m");
    if (house.isOnline) await house.control({ LED_R: n });
    if (light.isOnline) await user.control(light, { brightness: n });
    if (cooler.isOnline) await cooler.control({ power: n % 2 === 0 });
    await light.set({ brightness: 50 + n });
  }
  return told;
}

describe("two runs of one seed", () => {
  it("are the same to the last byte of their traces, with everything going wrong", async () => {
    const [first, second] = [await tellHours({ seed: "s" }), await tellHours({ seed: "s" })];
    const hits = first.filter((line) => line.includes('"hop":"fault"')).map((line) => JSON.parse(line).detail.kind);
    expect(new Set(hits)).toEqual(new Set(FAULTS.map(({ kind }) => kind)));
    expect(first.length).toBeGreaterThan(5000);
    const at = first.findIndex((line, n) => line !== second[n]);
    expect([at, first[at], second.length]).toEqual([-1, undefined, first.length]);
  });

  it("are the same when they live at the same time", async () => {
    const faults = FAULTS.slice(0, 6);
    const [first, second] = await Promise.all([tellHours({ seed: 1 }, faults), tellHours({ seed: 1 }, faults)]);
    expect(second.join("\n") === first.join("\n")).toBe(true);
  });
});

describe("another seed", () => {
  it("gives other ids, other readings and other accidents", async () => {
    const faults: readonly FaultSpec[] = [{ kind: "uart.drop", probability: 0.1 }];
    const [first, second] = [await tellHours({ seed: 1 }, faults), await tellHours({ seed: 2 }, faults)];
    const struck = (lines: readonly string[]) =>
      lines.filter((line) => line.includes('"hop":"fault"')).map((line) => JSON.parse(line).at);
    expect(struck(second)).not.toEqual(struck(first));
    expect(first.filter((line) => second.includes(line) && line.includes('"did"'))).toEqual([]);
  });
});

describe("the draws of a fault", () => {
  /** When the first of some faults strikes in three hours. */
  async function strikes(add: (lab: TestLab, did: string) => string): Promise<number[]> {
    const lab = await openTestLab();
    const { did } = await lab.device("pet-house", { reportEveryMs: 60_000 });
    const id = add(lab, did);
    const times: number[] = [];
    lab.platform.trace.listen(({ hop, at, detail }) => {
      if (hop === "fault" && detail?.fault === id) times.push(at);
    });
    await lab.clock.advance("3h");
    return times;
  }
  const watched: FaultSpec = { kind: "uart.duplicate", cmd: "report", probability: 0.3 };

  it("are its own: those of others do not shift them", async () => {
    const alone = await strikes((lab) => lab.faults.add(watched).id);
    expect(alone.length).toBeGreaterThan(30);
    const before = await strikes((lab) => {
      const { id } = lab.faults.add(watched);
      lab.faults.add({ kind: "uart.noise", cmd: "heartbeat", probability: 0.5 });
      lab.faults.add({ kind: "net.latency", probability: 0.5, direction: "down" });
      return id;
    });
    expect(before).toEqual(alone);
  });

  it("go by its number, so that one with a seed of its own may be set at any place", async () => {
    const seeded = { ...watched, seed: "mine" };
    const first = await strikes((lab) => lab.faults.add(seeded).id);
    const behind = await strikes((lab, did) => {
      lab.faults.add({ kind: "uart.noise", cmd: "heartbeat", probability: 0.5, did });
      return lab.faults.add(seeded).id;
    });
    expect(behind).toEqual(first);
    expect(await strikes((lab) => lab.faults.add(watched).id)).not.toEqual(first);
  });
});
