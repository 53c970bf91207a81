import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Product } from "../../dist/cloud/devices/products.js";
import { startLab } from "../../dist/lab/start-lab.js";
import { wireValues } from "../../dist/profile/scale.js";
import { beginOf, METERS, meterReadings, REPORTS } from "./meter-readings.js";

/** What one transaction takes in: some hours of every meter. */
const BATCH = 100_000;

const folder = mkdtempSync(join(tmpdir(), "gizlab-bench-"));
process.on("exit", () => rmSync(folder, { recursive: true, force: true }));
const lab = await startLab({ folder, http: { port: 0 }, profiles: ["smart-meter"] });
const { registry, bindings, telemetry, products } = lab.cloud;
const product = products.all[0] as Product;
const devices = Array.from({ length: METERS }, (_, meter) =>
  registry.register(product.productKey, `0200000${String(meter).padStart(5, "0")}`, "ABCDEFGHIJ"),
);
const begin = beginOf(lab.clock.now());

function* pastReports(from: number, to: number) {
  for (const { meter, at, attrs } of meterReadings(begin, from, to)) {
    const deviceId = devices[meter]?.id ?? 0;
    yield { deviceId, product, at, values: wireValues(product.profile, attrs) };
  }
}

const startedAt = performance.now();
for (let from = 0; from < REPORTS; from += BATCH) {
  telemetry.backfill(pastReports(from, Math.min(from + BATCH, REPORTS)));
}
const loadMs = performance.now() - startedAt;

const appId = lab.credentials.app.id;
const app = { "x-gizwits-application-id": appId };
const entered = await lab.fetch("/app/users", { method: "POST", headers: app, body: { phone_id: "bench" } });
const user = (await entered.json()) as { uid: string; token: string };
for (const device of devices) bindings.bind(user.uid, device, false);
process.send?.({
  url: lab.httpUrl,
  headers: { ...app, "x-gizwits-user-token": user.token },
  dids: devices.map(({ did }) => did),
  begin,
  rowsPerS: Math.round(REPORTS / (loadMs / 1000)),
});
process.on("message", () => process.exit(0));
