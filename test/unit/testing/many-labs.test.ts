import { describe, expect, it } from "vitest";
import { startLab } from "../../../src/testing.js";
import { measureHeap } from "../../support/heap.js";

const LABS = 200;
const WARM_UP = 20;

async function useLab(seed: number): Promise<void> {
  await using lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed });
  const device = await lab.device("pet-house");
  await device.set({ Temperature: 20 });
  await device.expectReport({ Temperature: 20 });
}

describe("200 labs, started, used and closed in one process", () => {
  it("leave no handle, and no more memory than the first ones", async () => {
    for (let seed = 0; seed < WARM_UP; seed += 1) await useLab(seed);
    const handles = process.getActiveResourcesInfo().sort();
    const before = measureHeap();
    for (let seed = 0; seed < LABS; seed += 1) await useLab(seed);
    expect(measureHeap() / before).toBeLessThan(1.1);
    expect(process.getActiveResourcesInfo().sort()).toEqual(handles);
  }, 60_000);
});
