import { mkdtempSync, rmSync } from "node:fs";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Aedes } from "aedes";
import { calendarBuckets } from "../../dist/cloud/telemetry/calendar.js";
import { Zone } from "../../dist/cloud/telemetry/zone.js";
import { startLab } from "../../dist/lab/start-lab.js";

interface Login {
  readonly clientId: string;
  readonly password: string;
}

const [kind, connections] = process.argv.slice(2);
const count = Number(connections);

if (kind === "bare") await serveBare();
else await serveGizlab();

async function serveBare(): Promise<void> {
  const broker = await Aedes.createBroker();
  broker.subscribe(
    "#",
    (_packet, done) => done(),
    () => {},
  );
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    broker.handle(socket);
  });
  server.listen(0, "127.0.0.1", () => {
    const logins: Login[] = Array.from({ length: count }, (_, i) => ({
      clientId: `bench-client-${String(i).padStart(9, "0")}`,
      password: "x",
    }));
    process.send?.({ port: (server.address() as AddressInfo).port, logins });
  });
  process.on("message", () => process.send?.({ settleMs: 0 }));
}

async function serveGizlab(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "gizlab-bench-"));
  const lab = await startLab({ folder, mqtt: { port: 0 }, http: { port: 0 }, profiles: ["pet-house"] });
  const productKey = lab.products[0]?.profile.productKey ?? "";
  const devices = Array.from({ length: count }, (_, i) =>
    lab.cloud.registry.register(productKey, `0200000${String(i).padStart(5, "0")}`, "ABCDEFGHIJ"),
  );
  process.on("message", ({ expected }: { expected: number }) => {
    // Reading a value brings everything that was acknowledged into log and rollups; counting it afterwards is ours.
    const startedAt = performance.now();
    lab.cloud.telemetry.latest(devices[0]?.id ?? 0);
    const settleMs = performance.now() - startedAt;
    let stored = 0;
    for (const { id } of devices) {
      stored += lab.cloud.telemetry.logPage({
        deviceId: id,
        type: "cmd",
        after: 0,
        until: 8e15,
        skip: 0,
        limit: 1,
        order: "asc",
      }).total;
    }
    const rolledUp = countRolledUp();
    rmSync(folder, { recursive: true, force: true });
    process.send?.(
      stored === expected && rolledUp === expected
        ? { settleMs }
        : { settleMs, error: `acknowledged ${expected}, stored ${stored}, rolled up ${rolledUp}` },
    );
  });
  process.send?.({
    port: Number(new URL(lab.urls.mqtt).port),
    logins: devices.map(({ did, passcode }) => ({ clientId: did, password: passcode })),
  });

  /** Every report carries LED_OnOff = 1, so that its sum counts them. */
  function countRolledUp(): number {
    const product = lab.cloud.products.all[0];
    const datapoint = product?.profile.datapoints[0];
    if (product === undefined || datapoint === undefined) return -1;
    const now = lab.clock.now();
    return devices.reduce((sum, device) => {
      const buckets = lab.cloud.telemetry.aggregate({
        device,
        datapoints: [datapoint],
        aggregator: "sum",
        buckets: calendarBuckets("DAYS", new Zone("UTC")),
        start: now - 3_600_000,
        end: now + 3_600_000,
      });
      return sum + buckets.reduce((total, bucket) => total + (bucket.values[datapoint.name] ?? 0), 0);
    }, 0);
  }
}
