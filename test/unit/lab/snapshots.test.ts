import { describe, expect, it } from "vitest";
import type { TestLab, TraceEntry } from "../../../src/testing.js";
import { openTestLab, Story } from "../../support/lab-bench.js";

const PRODUCTS = ["pet-house", "smart-light", "ai-toy"];

/** All that is said in the hour from now on. */
async function listenForAnHour(lab: TestLab, story: Story): Promise<readonly TraceEntry[]> {
  story.begin();
  await lab.clock.advance("1h");
  return JSON.parse(JSON.stringify(story.entries)) as TraceEntry[];
}

/** Entries by device, without their ids and without notes on what the test itself does. */
function tellByDevice(entries: readonly TraceEntry[]): Record<string, string[]> {
  const told: Record<string, string[]> = {};
  for (const { id: _, mac = "", ...said } of entries) {
    if (said.hop.startsWith("lab.")) continue;
    told[mac] ??= [];
    told[mac].push(JSON.stringify(said));
  }
  return told;
}

/** A lab in which devices of three kinds report, and frames get lost on the wire of one of them. */
async function openBusyLab() {
  const lab = await openTestLab({ profiles: PRODUCTS });
  const house = await lab.device("pet-house", { reportEveryMs: 60_000 });
  const light = await lab.device("smart-light");
  const toy = await lab.device("ai-toy", { baud: 115_200 });
  const off = await lab.device("pet-house");
  await off.powerOff();
  for (const kind of ["uart.drop", "uart.flip-bit", "uart.late-ack", "uart.join"] as const) {
    lab.faults.add({ kind, did: house.did, probability: 0.1 });
  }
  await lab.clock.advance("20m");
  return { lab, house, light, toy, off, story: new Story(lab) };
}

describe("restoring a lab at rest", () => {
  it("goes on as it went on the first time, with the ids that came then", async () => {
    const { lab, story } = await openBusyLab();
    lab.faults.add({ kind: "persona.slow-mcu" });
    lab.faults.add({ kind: "persona.brown-out", every: "15m" });
    await lab.clock.advance("30s");
    await lab.save("rest");
    const first = await listenForAnHour(lab, story);
    await lab.restore("rest");
    const second = await listenForAnHour(lab, story);
    expect(first.filter(({ hop }) => hop === "fault").length).toBeGreaterThan(20);
    expect(tellByDevice(second)).toEqual(tellByDevice(first));
    expect(second[0]).toEqual(first[0]);
    await lab.restore("rest");
    expect(await listenForAnHour(lab, story)).toEqual(second);
  });

  it("keeps a clock of the cloud that is wrong, for as long as it is, and readings that are stuck", async () => {
    const { lab, story } = await openBusyLab();
    lab.faults.add({ kind: "persona.stuck-sensor" });
    lab.faults.add({ kind: "cloud.skew", by: "-1h", for: "30m" });
    await lab.clock.advance("10m");
    await lab.save("bent");
    const first = await listenForAnHour(lab, story);
    lab.faults.clear();
    await lab.restore("bent");
    expect(tellByDevice(await listenForAnHour(lab, story))).toEqual(tellByDevice(first));
    expect(lab.faults.list().map(({ spec }) => spec.kind)).not.toContain("cloud.skew");
  });

  it("keeps a device's clock that runs too fast", async () => {
    const { lab, house, story } = await openBusyLab();
    lab.faults.clear();
    lab.faults.add({ kind: "persona.drifting-clock", rate: 1.25, did: house.did });
    await lab.clock.advance("10m");
    const ahead = () => lab.platform.find(house.did).clock.now() - lab.clock.now();
    const aheadThen = ahead();
    await lab.save("fast");
    const first = await listenForAnHour(lab, story);
    await lab.restore("fast");
    expect(ahead()).toBe(aheadThen);
    const second = await listenForAnHour(lab, story);
    // A span of a clock that runs 1.25 times as fast ends between two milliseconds of the others.
    const rounded = (entries: readonly TraceEntry[]) =>
      entries.map(({ at, hop, detail }) => [Math.round(at / 10), hop, detail?.name]);
    expect(rounded(second)).toEqual(rounded(first));
    await lab.restore("fast");
    expect(await listenForAnHour(lab, story)).toEqual(second);
  });
});

describe("restoring a lab in the middle of things", () => {
  it("always goes on in the same way, to the last byte of the trace", async () => {
    const { lab, house, light, toy, story } = await openBusyLab();
    lab.faults.add({ kind: "net.latency", delay: "300ms", probability: 0.3 });
    lab.faults.add({ kind: "net.lost-puback", probability: 0.1 });
    lab.faults.add({ kind: "persona.flapping-link", every: "10m" });
    lab.faults.add({ kind: "persona.brown-out", every: "10m" });
    // One device waits for an answer of the cloud, one has been refused and waits to ask again.
    lab.faults.add({ kind: "http.slow", route: `/dev/devices/${light.did}`, delay: "3s", count: 3 });
    lab.faults.add({ kind: "http.error", route: `/dev/devices/${toy.did}`, count: 3 });
    for (const device of [light, toy]) {
      await device.powerOff();
      await device.powerOn();
    }
    await lab.clock.advance("1s");
    await house.control({ LED_R: 17 });
    const states = lab.platform.devices.map(({ module }) => module.state.kind);
    expect(states).toEqual(["online", "provisioning", "waiting", "off"]);
    expect(house.attrs.LED_R).not.toBe(17);
    await lab.save("busy");
    const first = await listenForAnHour(lab, story);
    expect(lab.platform.devices.filter(({ isOnline }) => isOnline).length).toBe(3);
    const runs: string[] = [];
    for (let n = 0; n < 3; n += 1) {
      await lab.restore("busy");
      expect(lab.platform.devices.map(({ module }) => module.state.kind)).toEqual(states);
      story.begin();
      await lab.clock.advance("1h");
      runs.push(JSON.stringify(story.entries));
      expect(house.attrs.LED_R).toBe(17);
    }
    expect(runs[0]?.length).toBeGreaterThan(first.length);
    expect(runs[1] === runs[0]).toBe(true);
    expect(runs[2] === runs[0]).toBe(true);
  });
});
