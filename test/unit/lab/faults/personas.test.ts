import { describe, expect, it } from "vitest";
import { LOG_KIND } from "../../../../src/cloud/telemetry/log-kind.js";
import type { FaultSpec, TestLab, TraceEntry } from "../../../../src/testing.js";
import { watchAcknowledged } from "../../../support/acknowledged.js";
import { openTestLab, Story } from "../../../support/lab-bench.js";
import { dumpStore, readLog } from "../../../support/lab-store.js";

const MINUTE_MS = 60_000;

interface Run {
  readonly lab: TestLab;
  /** Six hours with the persona. */
  readonly ill: readonly TraceEntry[];
  /** The hour after it was removed. */
  readonly well: readonly TraceEntry[];
  readonly hits: number;
}

/** A device that reports every minute lives six hours with a persona and two without; nothing is lost of it. */
async function live(persona: FaultSpec): Promise<Run> {
  const lab = await openTestLab();
  const acknowledged = watchAcknowledged(lab);
  const { did } = await lab.device("pet-house", { reportEveryMs: MINUTE_MS });
  await lab.clock.advance("10s");
  const story = new Story(lab);
  const fault = lab.faults.add(persona);
  await lab.clock.advance("6h");
  const ill = [...story.entries];
  lab.faults.remove(fault.id);
  // What is still under way comes to its end.
  await lab.clock.advance("1h");
  story.begin();
  await lab.clock.advance("1h");
  expectNothingLost(lab, did, acknowledged.get(`dev2app/${did}`) ?? []);
  return { lab, ill, well: story.entries, hits: fault.hits };
}

/** Every report whose PUBACK reached the module is in the log, and everything in the log is counted once. */
function expectNothingLost(lab: TestLab, did: string, acknowledged: readonly string[]): void {
  expect(acknowledged.length).toBeGreaterThan(400);
  const reports = readLog(lab, did, "cmd").filter(({ kind }) => kind === LOG_KIND.dev2app);
  const logged = reports.map(({ payload = [] }) => Buffer.from(payload).toString("hex"));
  let at = 0;
  for (const hex of acknowledged) {
    while (at < logged.length && logged[at] !== hex) at += 1;
    expect(at, "an acknowledged report is not in the log, or not where it belongs").toBeLessThan(logged.length);
    at += 1;
  }
  const { id } = lab.platform.cloud.registry.get(did);
  const rollups = (): readonly Readonly<Record<string, unknown>>[] => dumpStore(lab).rollups ?? [];
  const counts = new Map<unknown, number>();
  for (const { datapoint_id: point, count } of rollups()) counts.set(point, (counts.get(point) ?? 0) + Number(count));
  expect(counts.size).toBeGreaterThan(5);
  expect(new Set(counts.values())).toEqual(new Set([logged.length]));
  const before = rollups();
  lab.platform.cloud.telemetry.rebuild(id);
  expect(rollups()).toEqual(before);
}

const of = (entries: readonly TraceEntry[], hop: string, name?: string): readonly TraceEntry[] =>
  entries.filter((entry) => entry.hop === hop && (name === undefined || entry.detail?.name === name));

/** Spans between the reports as they leave the MCU, those sent again left out. */
function intervals(entries: readonly TraceEntry[]): number[] {
  const reports = of(entries, "uart.up", "report").filter(
    ({ detail }, n, all) => n === 0 || all[n - 1]?.detail?.sn !== detail?.sn,
  );
  return reports.slice(1).map(({ at }, n) => at - (reports[n]?.at ?? 0));
}

/** How often frames were sent that had been sent already. */
function resent(entries: readonly TraceEntry[], hop: string, name: string): number {
  return of(entries, hop, name).filter(({ detail }, n, all) => n > 0 && all[n - 1]?.detail?.sn === detail?.sn).length;
}

const countOf = (entries: readonly TraceEntry[], values: (entry: TraceEntry) => unknown): number =>
  new Set(of(entries, "cloud.stored").map((entry) => JSON.stringify(values(entry)))).size;

const attr = (entry: TraceEntry, name: string): unknown =>
  (entry.detail?.attrs as Record<string, unknown> | undefined)?.[name];

/** How often the MCU's own count of messages began anew. */
const reboots = (entries: readonly TraceEntry[]): number =>
  of(entries, "uart.up", "report").filter(
    ({ detail }, n, all) => n > 0 && detail?.sn === 0 && all[n - 1]?.detail?.sn !== 0 && all[n - 1]?.detail?.sn !== 255,
  ).length;

function expectWell({ lab, well }: Run): void {
  expect(of(well, "fault")).toEqual([]);
  expect(new Set(intervals(well))).toEqual(new Set([MINUTE_MS]));
  expect(of(well, "cloud.stored").length).toBe(60);
  expect([of(well, "device.offline"), reboots(well), resent(well, "uart.down", "heartbeat")]).toEqual([[], 0, 0]);
  expect(lab.platform.devices.map(({ isOnline }) => isOnline)).toEqual([true]);
}

describe("no acknowledged report is lost, and all is well afterwards, with", () => {
  it("persona.brown-out, under which the MCU begins anew again and again", async () => {
    const run = await live({ kind: "persona.brown-out", every: "20m" });
    expectWell(run);
    expect(run.hits).toBeGreaterThan(8);
    expect(reboots(run.ill)).toBeGreaterThan(8);
    expect(reboots(run.ill)).toBeLessThanOrEqual(run.hits);
    expect(of(run.ill, "device.offline")).toEqual([]);
  });

  it("persona.brown-out so long that the module gives the MCU up", async () => {
    const run = await live({ kind: "persona.brown-out", every: "1h", for: "6m" });
    expectWell(run);
    expect(of(run.ill, "device.offline").length).toBeGreaterThan(0);
    expect(of(run.ill, "device.offline").length).toBeLessThanOrEqual(run.hits);
  });

  it("persona.flapping-link, under which the device goes offline and comes back", async () => {
    const run = await live({ kind: "persona.flapping-link" });
    expectWell(run);
    expect(run.hits).toBeGreaterThan(40);
    const gone = of(run.ill, "device.offline").length;
    expect([gone, of(run.ill, "device.online").length]).toEqual([run.hits, run.hits]);
    const [{ did = "" } = {}] = run.lab.platform.devices;
    const reasons = readLog(run.lab, did, "online").filter(({ kind }) => kind === LOG_KIND.devOffline);
    expect(reasons.map(({ detail = "{}" }) => JSON.parse(detail).reason)).toEqual(Array(gone).fill("tcp_closed"));
  });

  it("persona.stuck-sensor, under which numbers stay as they are", async () => {
    const run = await live({ kind: "persona.stuck-sensor" });
    expectWell(run);
    const numbers = (entry: TraceEntry) => [attr(entry, "Temperature"), attr(entry, "Humidity")];
    expect(countOf(run.ill, numbers)).toBe(1);
    expect(countOf(run.well, numbers)).toBeGreaterThan(1);
  });

  it("persona.stuck-sensor of one datapoint, under which the others go on", async () => {
    const run = await live({ kind: "persona.stuck-sensor", datapoints: ["Temperature"] });
    expectWell(run);
    expect(countOf(run.ill, (entry) => attr(entry, "Temperature"))).toBe(1);
    expect(countOf(run.ill, (entry) => attr(entry, "Humidity"))).toBeGreaterThan(3);
  });

  it("persona.slow-mcu, under which heartbeats are sent again", async () => {
    const run = await live({ kind: "persona.slow-mcu" });
    expectWell(run);
    expect(run.hits).toBeGreaterThan(390);
    const again = resent(run.ill, "uart.down", "heartbeat");
    expect(again).toBeGreaterThan(50);
    expect(again).toBeLessThan(run.hits);
  });

  it.each([1.02, 0.9])(
    "persona.drifting-clock at a rate of %d, under which minutes are shorter or longer",
    async (rate) => {
      const run = await live({ kind: "persona.drifting-clock", rate });
      expectWell(run);
      const spans = intervals(run.ill).slice(1);
      for (const span of spans) expect(Math.abs(span - MINUTE_MS / rate)).toBeLessThan(2);
      expect(spans.length).toBeGreaterThan(300);
    },
  );
});

describe("persona.brown-out", () => {
  it("needs a device that has power, and gives none to one that was switched off", async () => {
    const lab = await openTestLab();
    const device = await lab.device("pet-house", { reportEveryMs: MINUTE_MS });
    const fault = lab.faults.add({ kind: "persona.brown-out", every: "1m", for: "30s" });
    await lab.clock.advance("10m");
    expect(fault.hits).toBeGreaterThan(3);
    await device.powerOff();
    const story = new Story(lab);
    await lab.clock.advance("10m");
    lab.faults.remove(fault.id);
    await lab.clock.advance("10m");
    expect(story.of("fault", "uart.up")).toEqual([]);
    await device.powerOn();
    await device.expectReport({}, { within: "2m" });
  });

  it("gives the power back at once when it is removed", async () => {
    const lab = await openTestLab();
    const device = await lab.device("pet-house", { reportEveryMs: MINUTE_MS });
    const story = new Story(lab);
    const fault = lab.faults.add({ kind: "persona.brown-out", every: "1m", for: "1h" });
    await lab.clock.advance("10m");
    story.begin();
    await device.expectNoReport({}, { within: "1m" });
    lab.faults.remove(fault.id);
    await device.expectReport({}, { within: "61s" });
  });
});
