import { duplexPair } from "node:stream";
import { Aedes } from "aedes";
import mqtt from "mqtt";
import { startLab } from "../../dist/lab/start-lab.js";
import type { Benchmark } from "./result.js";
import { median } from "./result.js";

const REPORTS = 30 * 24 * 60;
const ROUNDS = 3;
const AIM = 3;

/** A virtual month of one device that reports once a minute, next to as many bare MQTT publishes, one at a time. */
export const deviceMonth: Benchmark = async () => {
  const ours: number[] = [];
  const bare: number[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    bare.push(await publishOneAtATime());
    ours.push(await liveAMonth(round));
  }
  const [value, peer] = [median(ours), median(bare)];
  const ratio = Number((value / peer).toFixed(2));
  return {
    name: "device-month",
    value: Math.round(value),
    unit: "ms",
    peer: "43,200 QoS 1 publishes to bare aedes",
    peer_value: Math.round(peer),
    ratio,
    aim: `ratio <= ${AIM}`,
    ok: ratio <= AIM,
  };
};

async function liveAMonth(seed: number): Promise<number> {
  const lab = await startLab({ clock: "virtual", seed, profiles: ["pet-house"] });
  try {
    const device = await lab.device("pet-house", { reportEveryMs: 60_000 });
    const startedAt = performance.now();
    await lab.advance("30d");
    const tookMs = performance.now() - startedAt;
    const { id } = lab.cloud.registry.get(device.did ?? "");
    const page = { deviceId: id, after: 0, until: 8e15, skip: 0, limit: 1, order: "asc" } as const;
    const { total } = lab.cloud.telemetry.logPage({ ...page, type: "cmd" });
    if (total < REPORTS) throw new Error(`${total} reports came of ${REPORTS}`);
    return tookMs;
  } finally {
    await lab.close();
  }
}

async function publishOneAtATime(): Promise<number> {
  const broker = await Aedes.createBroker();
  const client = new mqtt.MqttClient(
    () => {
      const [near, far] = duplexPair();
      broker.handle(far);
      return near;
    },
    { protocolVersion: 4, clientId: "bare", reconnectPeriod: 0 },
  );
  await new Promise<void>((resolve) => client.once("connect", () => resolve()));
  const payload = Buffer.from("000000030e0000910400000000050020310000", "hex");
  const startedAt = performance.now();
  for (let n = 0; n < REPORTS; n += 1) await client.publishAsync("dev2app/bare", payload, { qos: 1 });
  const tookMs = performance.now() - startedAt;
  await client.endAsync(true);
  await new Promise<void>((resolve) => broker.close(() => resolve()));
  return tookMs;
}
