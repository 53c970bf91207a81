import { startLab } from "../../dist/lab/start-lab.js";
import type { Benchmark } from "./result.js";
import { median } from "./result.js";

/** As many as `ingest` has connections. The state of more does not stay in the cache of a core, which costs a report twice as much. */
const DEVICES = 50;
const SECONDS = 600;

/** Reports through the whole road: virtual MCU, paced UART, module, MQTT, broker, store, rollups; on the virtual clock. */
export const road: Benchmark = async () => {
  const rates: number[] = [];
  for (let round = 0; round < 3; round += 1) rates.push(await runOnce(round));
  const value = Math.round(median(rates));
  return {
    name: "road",
    value,
    unit: "reports/s",
    peer: "the aim itself",
    peer_value: 20_000,
    ratio: Number((value / 20_000).toFixed(2)),
    aim: "value >= 20000",
    ok: value >= 20_000,
  };
};

async function runOnce(seed: number): Promise<number> {
  const lab = await startLab({ clock: "virtual", seed, profiles: ["pet-house"] });
  try {
    await lab.addDevices("pet-house", DEVICES, { reportEveryMs: 1000 });
    await lab.advance(5000);
    const before = countReports(lab);
    const startedAt = performance.now();
    await lab.advance(SECONDS * 1000);
    const after = countReports(lab);
    return (after - before) / ((performance.now() - startedAt) / 1000);
  } finally {
    await lab.close();
  }
}

/** Reports that are in the rollups, as the engine answers. */
function countReports(lab: Awaited<ReturnType<typeof startLab>>): number {
  let count = 0;
  for (const device of lab.cloud.registry.list()) {
    count += lab.cloud.telemetry.logPage({
      deviceId: device.id,
      type: "cmd",
      after: 0,
      until: 8e15,
      skip: 0,
      limit: 1,
      order: "asc",
    }).total;
  }
  return count;
}
