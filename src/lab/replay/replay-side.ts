import { CMD, findCommand } from "../../codec/commands.js";
import { createWallClock, VirtualClock } from "../../core/clock.js";
import { GizlabError } from "../../core/errors.js";
import { parseHex } from "../../core/hex.js";
import { createSeededRandom } from "../../core/random.js";
import { Trace, type TraceEntry } from "../../core/trace.js";
import { GAgent } from "../../gagent/gagent.js";
import type { Link } from "../../link/link.js";
import { createLinkPair } from "../../link/pair.js";
import { VirtualMcu } from "../../mcu/virtual-mcu.js";
import type { Recording } from "../../record/recording.js";
import { DeviceTrace } from "../device-trace.js";
import { loadProfile, type NamedProfile } from "../profiles.js";
import { startLab } from "../start-lab.js";
import { createIdentity } from "../virtual-device.js";
import { compareHops, type ReplayResult } from "./compare.js";
import { type Pace, pass, playHops } from "./player.js";

/** Answers are waited for this long after the last frame was played. */
const REST_MS = 3000;

/** Which end of the wire the recording is played to. */
export interface SideOptions extends Pace {
  readonly against: "mcu" | "module";
  /** The mac of the recorded device to play; the first one that spoke without. */
  readonly mac?: string;
}

/**
 * Plays one end of a recorded wire to a fresh virtual MCU or module and compares what it answers, frame by frame, times
 * and serial numbers apart. Throws `replay-impossible` when the recording has no such wire.
 */
export async function replaySide(recording: Recording, options: SideOptions): Promise<ReplayResult> {
  const { against } = options;
  const frames = recording.entries.filter(({ hop }) => hop === "uart.up" || hop === "uart.down");
  const mac = options.mac ?? frames[0]?.mac;
  const own = frames.filter((entry) => entry.mac === mac && typeof entry.detail?.hex === "string");
  if (own.length === 0) throw new GizlabError("replay-impossible", "the recording has no frames of such a device");
  const [played, answered] = against === "mcu" ? ["uart.down", "uart.up"] : ["uart.up", "uart.down"];
  const product = findProduct(recording, own);
  const clock = options.speed === undefined ? new VirtualClock(own[0]?.at ?? 0) : createWallClock();
  const trace = new Trace(clock);
  const [near, far] = createLinkPair();
  const heard: TraceEntry[] = [];
  const stop = trace.listen((entry) => heard.push(JSON.parse(JSON.stringify(entry)) as TraceEntry));
  const wire = new DeviceTrace({ trace, profile: () => product.profile, subject: () => ({ mac }) });
  near.onData((bytes) => wire.frame(against === "mcu" ? "up" : "down", bytes));
  const end = against === "mcu" ? startMcu(far, clock, product) : await startModule(far, clock, product, mac ?? "");
  try {
    const toPlay = own.filter(({ hop }) => hop === played);
    await playHops(clock, toPlay, options, (entry) => {
      const bytes = parseHex(String(entry.detail?.hex));
      wire.frame(against === "mcu" ? "down" : "up", bytes);
      near.write(bytes);
    });
    await pass(clock, REST_MS, options.speed);
  } finally {
    stop();
    await end.close();
  }
  const said = new Map([...pickAnswers(own, answered), ...pickAnswers(heard, answered)]);
  // What came after the recording's end was not recorded; on a clock of its own nobody knows where that is.
  const lastAt = options.speed === undefined ? (recording.entries.at(-1)?.at ?? 0) : Number.POSITIVE_INFINITY;
  const of = (entries: readonly TraceEntry[]): TraceEntry[] =>
    entries.filter((entry) => said.has(entry) && entry.at <= lastAt);
  return compareHops(of(own), of(heard), (entry) => said.get(entry) ?? "");
}

/**
 * What has to come out the same: the answers to requests, and of a report that a control caused the datapoints that it
 * set. Times and serial numbers are each run's own, and so is whatever the world or the cloud did by itself.
 */
function pickAnswers(entries: readonly TraceEntry[], hop: string): Map<TraceEntry, string> {
  const said = new Map<TraceEntry, string>();
  const controls = new Map<string, readonly string[]>();
  for (const entry of entries) {
    const { id, detail = {} } = entry;
    const { cmd, name, payload } = detail;
    const attrs = (detail.attrs ?? {}) as Readonly<Record<string, unknown>>;
    if (name === "control") controls.set(id, Object.keys(attrs));
    if (entry.hop !== hop) continue;
    if (name === "report") {
      const set = controls.get(id)?.map((datapoint) => [datapoint, attrs[datapoint]]);
      if (set !== undefined) said.set(entry, JSON.stringify([name, set]));
    } else if (isAnswer(Number(cmd))) {
      said.set(entry, JSON.stringify([cmd, name, isOfItsTime(Number(cmd), name) ? undefined : payload]));
    }
  }
  return said;
}

function isAnswer(cmd: number): boolean {
  const isNotice = cmd === CMD.illegalFromMcu || cmd === CMD.illegalFromModule;
  return cmd % 2 === 0 && !isNotice && findCommand(cmd)?.ack === undefined;
}

/** The time, and what the datapoints hold at it. */
function isOfItsTime(cmd: number, name: unknown): boolean {
  return cmd === CMD.networkTime || name === "read-reply";
}

function findProduct({ header }: Recording, frames: readonly TraceEntry[]): NamedProfile {
  const info = frames.find(({ detail }) => detail?.name === "device-info")?.detail?.fields as
    | { product_key?: string }
    | undefined;
  const products = header.profiles.map(loadProfile);
  const product = products.find(({ profile }) => profile.productKey === info?.product_key) ?? products[0];
  if (product === undefined) throw new GizlabError("replay-impossible", "the recording has no profile");
  return product;
}

interface End {
  close(): Promise<void>;
}

function startMcu(link: Link, clock: VirtualClock | ReturnType<typeof createWallClock>, product: NamedProfile): End {
  const mcu = new VirtualMcu({ profile: product.profile, clock, link });
  mcu.start();
  return {
    async close() {
      mcu.stop();
      link.close();
    },
  };
}

async function startModule(
  link: Link,
  clock: VirtualClock | ReturnType<typeof createWallClock>,
  product: NamedProfile,
  mac: string,
): Promise<End> {
  const { name, profile } = product;
  const lab = await startLab({ profiles: [{ name, document: profile.document }], seed: mac });
  const random = createSeededRandom(mac);
  const module = new GAgent({
    clock,
    link,
    http: lab.callInside(),
    openBroker: () => lab.cloud.broker.connect(),
    identity: { ...createIdentity(random), mac },
    makePasscode: () => random.hex(5),
  });
  module.start();
  return {
    async close() {
      module.stop();
      link.close();
      await lab.close();
    },
  };
}
