import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { compareHops, formatDifference } from "../../../src/lab/replay/compare.js";
import { replayCloud } from "../../../src/lab/replay/replay-cloud.js";
import { replayLab } from "../../../src/lab/replay/replay-lab.js";
import { replaySide } from "../../../src/lab/replay/replay-side.js";
import { parseRecording, type Recording } from "../../../src/record/recording.js";
import { startLab, type TestLab, type TestLabOptions } from "../../../src/testing.js";

async function openLab(options: TestLabOptions = {}): Promise<TestLab> {
  const lab = await startLab({ profiles: ["pet-house", "smart-meter"], clock: "virtual", seed: 7, ...options });
  onTestFinished(() => lab.close());
  return lab;
}

/** An hour with two devices, controls, faults, a persona, a power cut and a look back. */
async function recordBusyHour(options: TestLabOptions = {}): Promise<Recording> {
  const lab = await openLab(options);
  const recording = lab.record();
  const house = await lab.device("pet-house");
  await lab.device("smart-meter", { reportEveryMs: 10_000 });
  lab.faults.add({ kind: "uart.flip-bit", probability: 0.1 });
  const flapping = lab.faults.add({ kind: "persona.flapping-link", every: "10m" });
  await lab.clock.advance("30m");
  lab.faults.remove(flapping.id);
  await house.expectOnline({ within: "10m" });
  await house.control({ LED_OnOff: true });
  await house.expectReport({ LED_OnOff: true });
  await lab.save("lit");
  await house.powerOff();
  await lab.clock.advance("5m");
  await lab.restore("lit");
  await house.set({ Temperature: 31 });
  await lab.clock.advance("10m");
  return parseRecording(recording.text);
}

describe("a recording of a lab from its start", () => {
  it("can be made again from its seed, hop for hop and millisecond for millisecond", async () => {
    const recording = await recordBusyHour();
    const { compared, differences } = await replayLab(recording);
    expect(compared).toBeGreaterThan(500);
    expect(differences).toEqual([]);
  });

  it("shows what came out differently, frame by frame, when something else was done", async () => {
    const recording = await recordBusyHour();
    const entries = recording.entries.map((entry) =>
      entry.hop === "lab.set" ? { ...entry, detail: { attrs: { Temperature: 32 } } } : entry,
    );
    const { differences } = await replayLab({ ...recording, entries });
    expect(differences.length).toBeGreaterThan(0);
    expect(differences.flatMap(formatDifference).join("\n")).toContain("Temperature is 32, wanted 31");
  });

  it.each<[string, TestLabOptions & { seed?: number }]>([
    ["has no seed", {}],
    ["ran on a wall clock", { clock: "wall", seed: 7 }],
  ])("cannot be made again when the lab %s", async (_why, { seed, ...options }) => {
    const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", ...options, ...(seed ? { seed } : {}) });
    onTestFinished(() => lab.close());
    const recording = parseRecording(lab.record().text);
    await expect(replayLab(recording)).rejects.toMatchObject({ code: "replay-impossible" });
  });

  it("cannot be made again when it began later", async () => {
    const lab = await openLab();
    await lab.device("pet-house");
    await expect(replayLab(parseRecording(lab.record().text))).rejects.toMatchObject({ code: "replay-impossible" });
  });
});

describe("one side of a recording", () => {
  async function recordControls(): Promise<Recording> {
    const lab = await openLab();
    const recording = lab.record();
    const house = await lab.device("pet-house");
    for (const attrs of [{ LED_OnOff: true }, { LED_R: 9 }, { Motor_Speed: 3 }]) {
      await house.control(attrs);
      await lab.clock.advance("20s");
    }
    return parseRecording(recording.text);
  }

  it.each(["mcu", "module"] as const)("is answered by a fresh %s as it was then", async (against) => {
    const { compared, differences } = await replaySide(await recordControls(), { against });
    expect(compared).toBeGreaterThan(4);
    expect(differences).toEqual([]);
  });

  it("shows an MCU that would carry out something else", async () => {
    const recording = await recordControls();
    const text = JSON.stringify(recording.entries).replaceAll('"Motor_Speed":3', '"Motor_Speed":4');
    const { differences } = await replaySide({ ...recording, entries: JSON.parse(text) }, { against: "mcu" });
    expect(differences).toHaveLength(1);
  });

  it("is stored by a cloud again", async () => {
    const { compared, differences } = await replayCloud(await recordControls(), {});
    expect([compared > 3, differences]).toEqual([true, []]);
  });

  it.each(["mcu", "module"] as const)("needs a wire to be played to the %s", async (against) => {
    const lab = await openLab();
    const empty = parseRecording(lab.record().text);
    await expect(replaySide(empty, { against })).rejects.toMatchObject({ code: "replay-impossible" });
    await expect(replayCloud(empty, {})).rejects.toMatchObject({ code: "replay-impossible" });
  });
});

describe("a bug bundle", () => {
  it("is left by the first failed expectation, and shows the failure again", async () => {
    const folder = mkdtempSync(join(tmpdir(), "gizlab-bundle-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const bundle = join(folder, "failure.jsonl");
    const lab = await openLab({ bundle });
    const house = await lab.device("pet-house");
    await house.control({ LED_R: 5 });
    await expect(house.expectReport({ LED_R: 6 })).rejects.toMatchObject({ code: "expectation-failed" });
    await expect(house.expectReport({ LED_R: 7 })).rejects.toMatchObject({ code: "expectation-failed" });
    const recording = parseRecording(readFileSync(bundle, "utf8"));
    expect(recording.header).toMatchObject({ seed: 7, clock: "virtual", redacted: true });
    expect(recording.entries.at(-1)).toMatchObject({ hop: "lab.failed" });
    expect(recording.entries.at(-1)?.detail?.message).toContain("LED_R is 5, wanted 6");
    expect((await replayLab(recording)).differences).toEqual([]);
  });
});

describe("comparing hops", () => {
  const hops = (letters: string) => [...letters].map((id) => ({ at: 0, id, hop: "uart.up" }));
  it.each([
    ["abc", "abc", ""],
    ["abc", "ac", "missing b"],
    ["ac", "abc", "extra b"],
    ["abc", "axc", "changed b x"],
    ["abcdef", "abXYef", "changed c X, changed d Y"],
    ["", "ab", "extra a, extra b"],
    ["ab", "", "missing a, missing b"],
    ["abcabc", "bcabca", "missing a, extra a"],
  ])("of %j with %j finds %j", (recorded, replayed, wanted) => {
    const { differences } = compareHops(hops(recorded), hops(replayed), ({ id }) => id);
    const said = differences.map((one) =>
      [one.kind, one.recorded?.id, one.replayed?.id].filter((part) => part !== undefined).join(" "),
    );
    expect(said.join(", ")).toBe(wanted);
  });
});
