import type { AddressInfo } from "node:net";
import { resolve } from "node:path";
import { createServer } from "../api/server.js";
import { keepCredentials } from "../cloud/accounts/credentials.js";
import { type Cloud, startCloud } from "../cloud/cloud.js";
import { Zone } from "../cloud/telemetry/zone.js";
import { BentClock } from "../core/bent-clock.js";
import { type Clock, createWallClock, VirtualClock } from "../core/clock.js";
import type { Millis } from "../core/duration.js";
import { GizlabError } from "../core/errors.js";
import { createSeededRandom, createSystemRandom, type Random } from "../core/random.js";
import { Trace } from "../core/trace.js";
import { Faults } from "./faults/faults.js";
import { Lab } from "./lab.js";
import { createLabControl } from "./lab-control.js";
import type { LabOptions, Listen } from "./lab-options.js";
import { listShippedProfiles, loadProfile, type NamedProfile } from "./profiles.js";
import { VERSION } from "./version.js";

const DEFAULT_HOST = "127.0.0.1";
/** Where virtual time begins for a seeded lab, so that two runs are alike. */
const SEEDED_START: Millis = Date.UTC(2026, 0, 1);

interface Ground {
  readonly random: Random;
  readonly clock: Clock;
  readonly cloudClock: BentClock;
  readonly zone: Zone;
  readonly products: readonly NamedProfile[];
  readonly trace: Trace;
  readonly faults: Faults;
  readonly cloud: Cloud;
}

/**
 * Starts a platform. Without `http` and `mqtt` it opens no port. Throws the `store-…`, `profile-…`, `zone-…`
 * errors, and `port-busy`.
 */
export async function startLab(options: LabOptions = {}): Promise<Lab> {
  const random = options.seed === undefined ? createSystemRandom() : createSeededRandom(options.seed);
  const clock =
    options.clock === "virtual"
      ? new VirtualClock(options.startAt ?? (options.seed === undefined ? createWallClock().now() : SEEDED_START))
      : createWallClock();
  const cloudClock = new BentClock(clock);
  const zone = new Zone(options.zone ?? "UTC");
  const products = (options.profiles ?? listShippedProfiles()).map(loadProfile);
  const trace = new Trace(clock);
  const faults = new Faults(trace, options.seed ?? random.stream("faults").hex(8));
  const cloud = await startCloud({
    clock: cloudClock,
    random,
    trace,
    network: faults,
    ...(options.folder === undefined ? {} : { folder: options.folder }),
    ...(options.open === undefined ? {} : { open: options.open }),
  });
  try {
    return await assemble(options, { random, clock, cloudClock, zone, products, trace, faults, cloud });
  } catch (error) {
    await cloud.close();
    throw error;
  }
}

async function assemble(options: LabOptions, ground: Ground): Promise<Lab> {
  const { random, zone, products, cloud, faults } = ground;
  for (const { name, profile } of products) cloud.products.add(name, profile);
  for (const { productKey, ...settings } of options.fixed?.products ?? []) cloud.products.change(productKey, settings);
  const credentials = keepCredentials(cloud.settings, random, options.fixed?.credentials);
  cloud.applications.add(credentials.app);
  // Virtual devices of a data folder come back as themselves.
  const deviceSeed = cloud.settings.readOrMake("device-seed", () => random.stream("device-seed").hex(16));
  const listening: { http: AddressInfo | undefined; mqtt: AddressInfo | undefined } = {
    http: undefined,
    mqtt: undefined,
  };
  let lab: Lab | undefined;
  const server = createServer(
    {
      cloud,
      credentials,
      version: VERSION,
      ...(options.folder === undefined ? {} : { folder: resolve(options.folder) }),
      zone,
      weekRule: options.weekRule ?? "W",
      mqttPort: () => listening.mqtt?.port ?? 1883,
      httpPort: () => listening.http?.port ?? 8088,
      faults,
      trace: ground.trace,
      ...(options.labToken === undefined ? {} : { labToken: options.labToken }),
    },
    createLabControl(() => required(lab)),
  );
  const mqtt = readListen(options.mqtt);
  if (mqtt !== undefined) {
    const bound = await listen(mqtt.port, "--mqtt-port", () => cloud.broker.listen(mqtt.host, mqtt.port));
    listening.mqtt = { address: mqtt.host, family: "IPv4", port: bound };
  }
  const http = readListen(options.http);
  if (http !== undefined) {
    await listen(http.port, "--http-port", () => server.listen(http));
    listening.http = server.address ?? undefined;
  }
  if (ground.clock instanceof VirtualClock) ground.clock.hearsEverything = mqtt === undefined && http === undefined;
  lab = new Lab({
    ...ground,
    server,
    credentials,
    random: createSeededRandom(deviceSeed),
    seed: options.seed,
    listening,
  });
  if (options.coverage === true) lab.coverage();
  await lab.snapshots.saveSeed();
  return lab;
}

function readListen(listen: Listen | boolean | undefined): { host: string; port: number } | undefined {
  if (listen === undefined || listen === false) return undefined;
  const { host = DEFAULT_HOST, port = 0 } = listen === true ? {} : listen;
  return { host, port };
}

async function listen<T>(port: number, option: string, start: () => Promise<T>): Promise<T> {
  try {
    return await start();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EADDRINUSE") {
      throw new GizlabError("port-busy", `port ${port} is in use`, {
        hint: `choose another with ${option}, or 0 for any free one`,
        cause: error,
      });
    }
    throw new GizlabError("address-unusable", `cannot listen here: ${message}`, {
      hint: `choose another address with --host, or another port with ${option}`,
      cause: error,
    });
  }
}

function required(lab: Lab | undefined): Lab {
  if (lab === undefined) throw new GizlabError("lab-starting", "the lab is still starting");
  return lab;
}
