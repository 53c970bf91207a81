import { createWallClock } from "../core/clock.js";
import { parseDuration } from "../core/duration.js";
import type { GizlabError } from "../core/errors.js";
import { createSeededRandom } from "../core/random.js";
import { Trace } from "../core/trace.js";
import { loadProfile } from "../lab/profiles.js";
import { openRemoteCloud } from "../lab/remote-cloud.js";
import { createIdentity, VirtualDevice } from "../lab/virtual-device.js";
import { waitForInterrupt } from "./interrupt.js";
import { readInteger } from "./number-option.js";
import { createOutput, type Output, UsageError } from "./output.js";

export interface SimArguments {
  readonly profile: string;
  readonly count?: string;
  readonly cloud: string;
  readonly interval?: string;
  readonly seed?: string;
  readonly json: boolean;
}

const MAX_DEVICES = 10_000;
/** Devices that begin at once; a cloud meets them in waves rather than all together. */
const WAVE = 50;
const MIN_INTERVAL_MS = 100;

/** Brings virtual devices online in a cloud and keeps them there until interrupted. Throws `cloud-url`, `cloud-unreachable`, `cloud-refused`. */
export async function runSim(args: SimArguments): Promise<void> {
  const output = createOutput(args.json);
  const product = loadProfile(args.profile);
  const count = readInteger("count", args.count, 1, 1, MAX_DEVICES);
  const intervalMs = args.interval === undefined ? undefined : parseDuration(args.interval);
  if (intervalMs !== undefined && intervalMs < MIN_INTERVAL_MS) throw new UsageError("--interval is at least 100ms");
  const clock = createWallClock();
  const trace = new Trace(clock);
  const seed = args.seed ?? createFreshSeed();
  const random = createSeededRandom(`${seed}/${product.profile.productKey}`);
  const cloud = openRemoteCloud(args.cloud);
  const interrupted = waitForInterrupt();
  const trouble = watchTrouble(output);

  const devices = Array.from({ length: count }, (_, index) => {
    const own = random.stream(String(index));
    const device = new VirtualDevice({
      product,
      clock,
      random: own,
      identity: createIdentity(own),
      ...cloud,
      trace,
      ...(intervalMs === undefined ? {} : { reportEveryMs: intervalMs }),
      onControl: (attrs) => {
        output.json({ event: "control", did: device.did, attrs });
        output.line(`control  ${device.did}  ${JSON.stringify(attrs)}`);
      },
      onTrouble: trouble.note,
    });
    return device;
  });
  try {
    const online = bringOnline(devices, output).then(() => {
      output.json({ event: "ready", online: count, product: product.name, cloud: args.cloud, seed });
      output.line(
        `${count} ${product.name} online at ${args.cloud} (--seed ${seed} brings the same ones back). Ctrl-C stops.`,
      );
    });
    await Promise.race([interrupted, Promise.race([online, trouble.fatal]).then(() => interrupted), trouble.fatal]);
  } finally {
    for (const device of devices) device.close();
  }
}

async function bringOnline(devices: readonly VirtualDevice[], output: Output): Promise<void> {
  for (let from = 0; from < devices.length; from += WAVE) {
    await Promise.all(
      devices.slice(from, from + WAVE).map(async (device) => {
        await device.start();
        output.json({ event: "online", did: device.did, mac: device.module.identity.mac });
      }),
    );
    if (devices.length > WAVE && process.stderr.isTTY)
      output.note(`${Math.min(from + WAVE, devices.length)} of ${devices.length} online`);
  }
}

/** Says each kind of trouble once; a cloud that is not there or does not know the product ends the command. */
function watchTrouble(output: Output): { note: (error: GizlabError) => void; fatal: Promise<never> } {
  const said = new Set<string>();
  let fail: (error: GizlabError) => void = () => {};
  const fatal = new Promise<never>((_, reject) => {
    fail = reject;
  });
  let isFirst = true;
  return {
    fatal,
    note: (error) => {
      const isFatal = isFirst && (error.code === "cloud-unreachable" || error.code === "cloud-refused");
      isFirst = false;
      if (said.has(error.message)) return;
      said.add(error.message);
      if (isFatal) return fail(error);
      output.note(`gizlab: ${error.message} [${error.code}]; trying again`);
    },
  };
}

function createFreshSeed(): string {
  return String(Math.floor(createWallClock().now() % 1_000_000_000));
}
