import { hostname } from "node:os";
import { type Clock, createWallClock } from "../core/clock.js";
import { startIoTimer } from "../core/io-timer.js";
import { createSeededRandom, createSystemRandom } from "../core/random.js";
import { Trace } from "../core/trace.js";
import { Board } from "../lab/board.js";
import { detectBoardBaud, hasBaud, openLastingPort } from "../lab/board-port.js";
import { recordTraceToFile } from "../lab/lab-recording.js";
import { createWireHeader } from "../lab/recording-header.js";
import { openRemoteCloud } from "../lab/remote-cloud.js";
import { RemoteLab } from "../lab/remote-lab.js";
import { createIdentity } from "../lab/virtual-device.js";
import { BoardLog } from "./bridge/board-log.js";
import { createFileKeeper, createOffer, readFirmware } from "./bridge/bridge-files.js";
import { CloudPresence } from "./bridge/cloud-presence.js";
import { waitForInterrupt } from "./interrupt.js";
import { loadKnownProducts } from "./known-products.js";
import { readLabToken } from "./lab-token.js";
import { createOutput, hint, type Output, UsageError } from "./output.js";
import { DEFAULT_URL, findCloudOrNone } from "./running-lab/find-cloud.js";
import { describePortTrouble, readSerialOrAuto, type SerialArguments } from "./serial-options.js";

export interface BridgeArguments extends SerialArguments {
  readonly port: string;
  readonly cloud?: string;
  readonly profile?: string[];
  readonly mac?: string;
  readonly ota?: string;
  readonly "ota-version"?: string;
  readonly "lab-token"?: string;
  readonly uploads?: string;
  readonly record?: string;
  readonly json: boolean;
}

const MAC = /^[0-9a-f]{12}$/i;
/** A request to a host that does not answer would keep the process; Ctrl-C closes within a second (interfaces.md). */
const FAREWELL_MS = 500;

/**
 * Makes the board at a port a device of a cloud until interrupted, and shows what passes. Throws as `openPort` and
 * `loadProfile` do, `cloud-url`, and `baud-fixed` for `--baud auto` at a port without a speed.
 */
export async function runBridge(args: BridgeArguments): Promise<void> {
  const output = createOutput(args.json);
  if (args.mac !== undefined && !MAC.test(args.mac)) throw new UsageError("--mac is 12 hex digits");
  const settings = readSerialOrAuto(args);
  const products = loadKnownProducts(args.profile);
  // A board is looked at without a cloud too; one that starts later at the usual address is found.
  const url = (await findCloudOrNone(args.cloud, output.note)) ?? DEFAULT_URL;
  const cloud = openRemoteCloud(url);
  const offer = readOffer(args, url, output);
  const keepFile = args.uploads === undefined ? undefined : createFileKeeper(args.uploads, output);
  const hasSpeed = hasBaud(args.port);
  const clock = createWallClock();
  const interruption = new AbortController();
  const interrupted = waitForInterrupt().then(() => {
    interruption.abort();
    startIoTimer(FAREWELL_MS, () => process.exit());
  });
  const opened = open(args, settings, { clock, output, signal: interruption.signal });
  // What cannot be broken off is left behind.
  const port = await Promise.race([opened, interrupted.then(() => undefined)]);
  if (port === undefined) return;
  const { link, baud } = port;
  const presence = new CloudPresence(cloud.http, clock, {
    changed: (isThere, isFirst) => tellCloud(output, url, isThere, isFirst),
  });
  const trace = new Trace(clock);
  const endRecording =
    args.record === undefined
      ? undefined
      : await recordTraceToFile(trace, createWireHeader(clock.now(), products), args.record);
  const board = new Board({
    link,
    clock,
    random: createSystemRandom(),
    identity: createPortIdentity(args),
    http: presence.http,
    openBroker: cloud.openBroker,
    trace,
    products,
    port: { text: args.port, path: link.path, ...(hasSpeed ? { baud } : {}) },
    onUnknownProduct: (key) => hint(output, "unknown-product", adviseProduct(key, args.port)),
    onSilence: ({ kind, message }) => hint(output, kind, message),
    ...(keepFile === undefined ? {} : { onFile: keepFile }),
  });
  const log = new BoardLog(output, clock);
  const stop = trace.listen((entry) => {
    log.show(entry);
    if (entry.hop === "module.state" && entry.detail?.state === "online" && board.did !== undefined) offer?.(board.did);
  });
  try {
    const { mac } = board.module.identity;
    const where = { port: link.name, ...(link.path === undefined ? {} : { path: link.path }) };
    output.json({ event: "ready", ...where, ...(hasSpeed ? { baud } : {}), cloud: url, mac });
    output.line(`${describeWhere(link.name, link.path)} becomes a device of ${url} as mac ${mac}. Ctrl-C stops.`);
    void presence.look();
    let isFirst = true;
    link.onState((isOpen, why) => {
      if (interruption.signal.aborted) return;
      if (why !== undefined) return hint(output, why.code, describePortTrouble(why));
      if (!isFirst || !isOpen) tellPort(output, link.name, isOpen, isFirst);
      isFirst = false;
      // A board that comes back may be another one, or begin anew; while it is away the cloud sees it go.
      if (isOpen) board.start();
      else board.stop();
    });
    await interrupted;
  } finally {
    presence.close();
    board.settle();
    stop();
    log.finish(clock.now());
    board.close();
    await endRecording?.();
  }
}

/** What offers the file of `--ota`. Throws as `readFirmware`, and `usage` for a version without a file. */
function readOffer(args: BridgeArguments, url: string, output: Output): ((did: string) => void) | undefined {
  const { ota, "ota-version": softVersion, "lab-token": token } = args;
  if (ota === undefined) {
    if (softVersion !== undefined) throw new UsageError("--ota-version needs --ota FILE");
    return undefined;
  }
  return createOffer(new RemoteLab(url, readLabToken(token)), readFirmware(ota, softVersion), output);
}

interface Opening {
  readonly clock: Clock;
  readonly output: Output;
  readonly signal: AbortSignal;
}

/** Opens the port, once its speed is known. */
async function open(args: BridgeArguments, settings: ReturnType<typeof readSerialOrAuto>, opening: Opening) {
  const { clock, output, signal } = opening;
  const { baud, ...line } = settings;
  if (baud !== undefined) {
    return { baud, link: await openLastingPort(args.port, { ...line, baud }, { clock, wasOpen: false }) };
  }
  const found = await detectBoardBaud(args.port, line, {
    clock,
    signal,
    onTry: (each) => output.json({ event: "baud.try", port: args.port, baud: each }),
    onRound: (round) => {
      if (round > 1) return;
      output.note(
        `gizlab: no sound frame from ${args.port} at any usual speed yet; trying on, longer each time: has the board power, do RX and TX cross over?`,
      );
    },
  });
  output.json({ event: "baud", port: args.port, baud: found });
  output.line(`${args.port}: sound frames at ${found} baud`);
  return { baud: found, link: await openLastingPort(args.port, { ...line, baud: found }, { clock, wasOpen: true }) };
}

/**
 * The same port of the same machine is the same device in every run, and a given mac the same at every port. Machines
 * differ, or two people with a `/dev/ttyUSB0` each would be one device of a common cloud.
 */
function createPortIdentity({ port, mac }: BridgeArguments) {
  if (mac === undefined) return createIdentity(createSeededRandom(`board/${hostname()}/${port}`));
  const given = mac.toLowerCase();
  return { ...createIdentity(createSeededRandom(`board/${given}`)), mac: given };
}

function tellPort(output: Output, port: string, isOpen: boolean, isFirst: boolean): void {
  output.json({ event: "port", port, open: isOpen });
  if (isOpen) output.note(`gizlab: ${port} is there`);
  else output.note(isFirst ? `gizlab: nobody is at ${port} yet` : `gizlab: ${port} has gone; waiting for it`);
}

function tellCloud(output: Output, url: string, isThere: boolean, isFirst: boolean): void {
  output.json({ event: "cloud", url, there: isThere });
  if (isThere) {
    if (!isFirst) output.note(`gizlab: the cloud at ${url} is there`);
  } else if (isFirst) {
    hint(output, "no-cloud", `no cloud at ${url}: start one with \`gizlab up\`; the board is served meanwhile`);
  } else {
    output.note(`gizlab: the cloud at ${url} has gone; the board is served meanwhile, and the cloud looked for`);
  }
}

function adviseProduct(key: string, port: string): string {
  return `the board's product_key ${key} is in no profile known here; save the product's datapoint JSON (GET /app/datapoint?product_key=${key}) as FILE, and start both gizlab up --profile FILE and gizlab bridge ${port} --profile FILE`;
}

function describeWhere(name: string, path: string | undefined): string {
  return path === undefined ? `The board at ${name}` : `Whatever opens ${path}`;
}
