import { expect, onTestFinished, test } from "vitest";
import type { PastReport } from "../../../src/cloud/telemetry/fold.js";
import type { Lab } from "../../../src/lab/lab.js";
import { startLab } from "../../../src/lab/start-lab.js";
import { wireValues } from "../../../src/profile/scale.js";
import { registerDevice } from "../../support/devices.js";
import { enterEnterprise } from "../../support/enterprise-api.js";
import { longestHold } from "../../support/event-loop.js";

const START = Date.parse("2026-04-01T00:00:00Z");
const [SECOND_MS, HOUR_MS] = [1000, 3_600_000];
/** So long others may have to wait. */
const LONGEST_MS = 50;

async function open() {
  const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: "load", startAt: START });
  onTestFinished(() => lab.close());
  return lab;
}

/** Reports of a new device, a step apart and up to now; every third has the fault. */
async function addReports(lab: Lab, mac: string, count: number, stepMs: number): Promise<void> {
  const { did } = await registerDevice(lab, "pet-house", mac);
  const device = lab.cloud.registry.find(did);
  const product = device === undefined ? undefined : lab.cloud.registry.productOf(device);
  if (device === undefined || product === undefined) throw new Error("the device is not there");
  const values = [1, 0, 0].map((on) => wireValues(product.profile, { Fault_LED: on, Fault_Motor: 0, Alert_1: on }));
  lab.cloud.telemetry.backfill(
    Array.from({ length: count }, (_, place): PastReport => {
      const at = START - (count - place) * stepMs;
      return { deviceId: device.id, product, at, values: values[place % 3] ?? [] };
    }),
  );
}

async function holdOf(lab: Lab, paths: readonly string[]): Promise<[path: string, isShort: boolean, body: unknown][]> {
  const client = await enterEnterprise(lab);
  const found: [string, boolean, unknown][] = [];
  for (const path of paths) {
    let body: unknown;
    const held = await longestHold(async () => {
      ({ body } = await client.call("GET", path));
    });
    found.push([path, held < LONGEST_MS || held, body] as never);
  }
  return found;
}

test("reports of a year hold nobody up", async () => {
  const lab = await open();
  const [devices, hours] = [10, 8760];
  for (let at = 0; at < devices; at += 1) await addReports(lab, `02000000000${at}`, hours, HOUR_MS);
  const came = devices * Math.ceil(hours / 3);
  const found = await holdOf(lab, [
    "fault/report/events",
    "alert/report/devices",
    "devices/report/liveness",
    "devices/summary",
    "active_devices?start=2025-04-02&end=2026-04-01&limit=1",
  ]);
  const total = (count: number) => ({ total: count, resolved: count, unresolved: 0 });
  expect(found).toEqual([
    ["fault/report/events", true, expect.objectContaining({ detail: { Fault_LED: total(came) } })],
    ["alert/report/devices", true, expect.objectContaining({ count: total(devices) })],
    ["devices/report/liveness", true, { gid: null, latest_1: devices, latest_7: devices, latest_30: devices }],
    ["devices/summary", true, expect.objectContaining({ active: { "7_day": devices, yesterday: devices } })],
    [
      expect.anything(),
      true,
      { meta: expect.objectContaining({ total: devices * 364 }), objects: [expect.anything()] },
    ],
  ]);
}, 60_000);

test("one report of a crowded log holds nobody up", async () => {
  const lab = await open();
  const count = 60_000;
  await addReports(lab, "020000000000", count, SECOND_MS);
  const { did } = lab.cloud.registry.list()[0] ?? {};
  const path = `devices/${did}/data?limit=1`;
  expect(await holdOf(lab, [path])).toEqual([
    [
      path,
      true,
      { meta: expect.objectContaining({ total: count }), objects: [expect.objectContaining({ ts: START / 1000 - 1 })] },
    ],
  ]);
}, 60_000);
