import { describe, expect, it } from "vitest";
import type { FaultSpec, TraceEntry } from "../../../src/testing.js";
import { openTestLab, Story } from "../../support/lab-bench.js";

/** The hops of each stored report, with what they took since its frame left the MCU. */
function roadsOfReports(entries: readonly TraceEntry[]): [hop: string, ms: number][][] {
  return entries
    .filter(({ hop }) => hop === "cloud.stored")
    .map(({ id, at: storedAt }) => {
      const road = entries.filter((entry) => entry.id === id && entry.at <= storedAt);
      return road.map(({ hop, at }) => [hop, at - (road[0]?.at ?? 0)]);
    });
}

const WHOLE_ROAD = [
  ["uart.up", 0],
  ["uart.down", 21],
  ["mqtt.up", 21],
  ["cloud.stored", 21],
];

describe("the roads of equal reports, one a minute", () => {
  it.each<[string, FaultSpec]>([
    ["no frame was lost", { kind: "uart.drop", probability: 0 }],
    ["frames were lost on the UART", { kind: "uart.drop", cmd: "report", count: 7 }],
    ["frames were spoiled", { kind: "uart.bad-checksum", direction: "up", count: 20 }],
    ["frames came twice", { kind: "uart.duplicate", cmd: "report", count: 5 }],
    ["answers were lost", { kind: "uart.no-ack", direction: "down", count: 5 }],
    ["packets were on their way when the connection broke", { kind: "net.half-open", for: "10m" }],
    ["the device was offline", { kind: "net.refuse", count: 5 }],
  ])("are each their own after a time in which %s", async (_what, fault) => {
    const lab = await openTestLab();
    await lab.device("pet-house", { isAlive: false, reportEveryMs: 60_000 });
    await lab.clock.advance("10s");
    lab.faults.add(fault);
    if (fault.kind === "net.refuse") lab.faults.add({ kind: "net.disconnect" });
    await lab.clock.advance("30m");
    lab.faults.clear();
    await lab.clock.advance("5m");
    const story = new Story(lab);
    await lab.clock.advance("5m");
    expect(roadsOfReports(story.entries)).toEqual(Array(5).fill(WHOLE_ROAD));
  });
});
