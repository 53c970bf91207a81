import { decodeBusinessFrames } from "../../codec/m2m.js";
import { createWallClock } from "../../core/clock.js";
import { GizlabError } from "../../core/errors.js";
import { parseHex } from "../../core/hex.js";
import { createSeededRandom } from "../../core/random.js";
import type { TraceEntry } from "../../core/trace.js";
import { connectMqtt, type MqttConnection } from "../../gagent/mqtt-client.js";
import { provision, register } from "../../gagent/provisioning.js";
import type { Recording } from "../../record/recording.js";
import { loadProfile } from "../profiles.js";
import { openRemoteCloud, type RemoteCloud } from "../remote-cloud.js";
import { startLab } from "../start-lab.js";
import { createIdentity } from "../virtual-device.js";
import type { ReplayResult } from "./compare.js";
import { type Pace, playHops } from "./player.js";

export interface CloudOptions extends Pace {
  /** A running cloud that has the products; one of its own without. */
  readonly cloud?: string;
}

const KEEPALIVE_S = 120;

/**
 * Plays what the recorded devices said over MQTT to a cloud, each as a device of its own, and counts the reports that the
 * cloud acknowledged; one that was not is a difference. Throws `cloud-unreachable`, `cloud-refused`, `mqtt-…`.
 */
export async function replayCloud(recording: Recording, options: CloudOptions): Promise<ReplayResult> {
  const reports = recording.entries.filter(isReport);
  if (reports.length === 0) throw new GizlabError("replay-impossible", "the recording has no reports over MQTT");
  const clock = createWallClock();
  const keys = productKeys(recording);
  const lab = options.cloud === undefined ? await startLab({ profiles: recording.header.profiles }) : undefined;
  const cloud: RemoteCloud =
    lab === undefined
      ? openRemoteCloud(options.cloud ?? "")
      : { http: lab.callInside(), openBroker: () => lab.cloud.broker.connect() };
  const devices = new Map<string, { readonly did: string; readonly mqtt: MqttConnection }>();
  const lost: TraceEntry[] = [];
  try {
    await playHops(clock, reports, { ...options, speed: options.speed ?? Number.POSITIVE_INFINITY }, async (entry) => {
      const mac = entry.mac ?? "";
      const device = devices.get(mac) ?? (await login(cloud, clock, mac, keys.get(mac) ?? keys.get("") ?? ""));
      devices.set(mac, device);
      const payload = parseHex(String(entry.detail?.hex));
      const failure = await new Promise<Error | undefined>((resolve) =>
        device.mqtt.publish(`dev2app/${device.did}`, payload, resolve),
      );
      if (failure !== undefined) lost.push(entry);
    });
  } finally {
    for (const { mqtt } of devices.values()) mqtt.close();
    await lab?.close();
  }
  return { compared: reports.length, differences: lost.map((recorded) => ({ kind: "missing", recorded })) };
}

function isReport({ hop, detail }: TraceEntry): boolean {
  if (hop !== "mqtt.up" || typeof detail?.hex !== "string" || !String(detail.topic).startsWith("dev2app/"))
    return false;
  try {
    return decodeBusinessFrames(parseHex(detail.hex)).length > 0;
  } catch (error) {
    if (error instanceof GizlabError) return false;
    throw error;
  }
}

/** The product of each mac, as its device info said; of all others, under "", the first profile's. */
function productKeys({ header, entries }: Recording): Map<string, string> {
  const [first] = header.profiles;
  const keys = new Map<string, string>(first === undefined ? [] : [["", loadProfile(first).profile.productKey]]);
  for (const { mac, detail } of entries) {
    const key = (detail?.fields as { product_key?: string } | undefined)?.product_key;
    if (mac !== undefined && key !== undefined) keys.set(mac, key);
  }
  return keys;
}

async function login(cloud: RemoteCloud, clock: ReturnType<typeof createWallClock>, mac: string, productKey: string) {
  const identity = { ...createIdentity(createSeededRandom(`replay/${mac}`)), mac };
  const did = await register(cloud.http, identity, productKey);
  const target = await provision(cloud.http, did);
  const credentials = { clientId: did, username: did, password: identity.passcode, keepaliveS: KEEPALIVE_S };
  const mqtt = await connectMqtt(() => cloud.openBroker(target), credentials, clock, {
    message: () => {},
    closed: () => {},
  });
  return { did, mqtt };
}
