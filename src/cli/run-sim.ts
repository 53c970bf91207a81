import { createWallClock } from "../core/clock.js";
import { formatCount } from "../core/count-text.js";
import { parseDuration } from "../core/duration.js";
import type { GizlabError } from "../core/errors.js";
import { ioNow } from "../core/io-timer.js";
import { createSeededRandom, type Random } from "../core/random.js";
import { Trace } from "../core/trace.js";
import { sendHistory } from "../lab/history.js";
import { loadProfile } from "../lab/profiles.js";
import { openRemoteCloud, type RemoteCloud } from "../lab/remote-cloud.js";
import { RemoteLab } from "../lab/remote-lab.js";
import { createIdentity, VirtualDevice } from "../lab/virtual-device.js";
import { waitForInterrupt } from "./interrupt.js";
import { readLabToken } from "./lab-token.js";
import { readInteger } from "./number-option.js";
import { createOutput, type Output, UsageError } from "./output.js";
import { createProgress } from "./progress.js";
import { findCloud } from "./running-lab/find-cloud.js";

export interface SimArguments {
  readonly profile: string;
  readonly count?: string;
  readonly cloud?: string;
  readonly interval?: string;
  readonly seed?: string;
  readonly history?: string;
  readonly every?: string;
  readonly "lab-token"?: string;
  readonly json: boolean;
}

const MAX_DEVICES = 10_000;
/** Devices that begin at once; a cloud meets them in waves rather than all together. */
const WAVE = 50;
/** A screen has room for more than these. */
const DIDS_SHOWN = 3;
const MIN_INTERVAL_MS = 100;
const DEFAULT_EVERY = "60s";
const MIN_EVERY_MS = 1000;

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
  const past = readPast(args);
  const token = readLabToken(args["lab-token"]);
  const url = await findCloud(args.cloud, output.note);
  const cloud = openRemoteCloud(url);
  const lab = new RemoteLab(url, token);
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
    if (
      past !== undefined &&
      !(await bringPast(devices, past, { args, lab, random, http: cloud.http, output, interrupted }))
    )
      return;
    const online = bringOnline(devices, output).then(() => {
      output.json({ event: "ready", online: count, product: product.name, cloud: url, seed });
      output.line(listDids(devices, product.name));
      output.line(
        `${count} ${product.name} online at ${url} (--seed ${seed} brings the same ones back). Ctrl-C stops.`,
      );
    });
    await Promise.race([interrupted, Promise.race([online, trouble.fatal]).then(() => interrupted), trouble.fatal]);
  } finally {
    for (const device of devices) device.close();
  }
}

/** The first dids, and where the others are. */
function listDids(devices: readonly VirtualDevice[], product: string): string {
  const dids = devices.slice(0, DIDS_SHOWN).map(({ did }) => did ?? "");
  const more = devices.length - dids.length;
  const rest = more === 0 ? "" : `\nand ${more} more: gizlab devices ${product} lists them`;
  return `${dids.map((did) => `did ${did}`).join("\n")}${rest}`;
}

interface Past {
  readonly spanMs: number;
  readonly everyMs: number;
}

function readPast({ history, every }: SimArguments): Past | undefined {
  if (history === undefined) {
    if (every !== undefined) throw new UsageError("--every is for --history", "live devices report by --interval");
    return undefined;
  }
  const everyMs = Math.round(parseDuration(every ?? DEFAULT_EVERY));
  if (everyMs < MIN_EVERY_MS) throw new UsageError("--every is at least 1s");
  const spanMs = Math.round(parseDuration(history));
  if (spanMs < everyMs) throw new UsageError(`--history is shorter than --every ${every ?? DEFAULT_EVERY}`);
  return { spanMs, everyMs };
}

interface PastParts {
  readonly args: SimArguments;
  readonly lab: RemoteLab;
  readonly random: Random;
  readonly http: RemoteCloud["http"];
  readonly output: Output;
  readonly interrupted: Promise<void>;
}

/** Stores the past of each device before it is switched on. False when that was interrupted. */
async function bringPast(
  devices: readonly VirtualDevice[],
  { spanMs, everyMs }: Past,
  parts: PastParts,
): Promise<boolean> {
  const { args, lab, random, http, output, interrupted } = parts;
  const { now } = (await lab.state()).clock;
  const span = { from: now - spanMs, to: now - everyMs, everyMs };
  let isWanted = true;
  void interrupted.then(() => {
    isWanted = false;
  });
  const line = createProgress(args.json);
  const total = Math.floor((span.to - span.from) / everyMs + 1) * devices.length;
  const startedAt = ioNow();
  let stored = 0;
  for (const [index, device] of devices.entries()) {
    const before = stored;
    const progress = (count: number): boolean => {
      stored = before + count;
      line.show(`history: ${stored} of ${formatCount(total, "report")} (${Math.floor((100 * stored) / total)} %)`);
      return isWanted;
    };
    await sendHistory(device, span, { http, lab, random: random.stream(`history/${index}`), progress });
    if (!isWanted) break;
  }
  line.clear();
  const seconds = (ioNow() - startedAt) / 1000;
  output.json({ event: "history", reports: stored, from: span.from, to: span.to });
  output.line(`${stored} past reports stored in ${seconds.toFixed(1)} s${isWanted ? "" : ", then interrupted"}`);
  return isWanted;
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
