import { CMD } from "../../codec/commands.js";
import { decodeFrame, encodeFrame } from "../../codec/frame.js";
import { createWallClock, VirtualClock } from "../../core/clock.js";
import { GizlabError } from "../../core/errors.js";
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
import { compareWith, type Difference, type ReplayResult } from "./compare.js";
import { type Exchanges, pairExchanges, type Reply } from "./exchanges.js";
import { type Pace, pass, playHops } from "./player.js";
import { describeShape, type RecordedShape, readNextVersion, readShape } from "./recorded-shape.js";
import { isAnswer, readWire, type WireEntry } from "./recorded-wire.js";
import { isSameReply } from "./same-reply.js";

/** Answers are waited for this long after the last frame was played. */
const REST_MS = 3000;
/** An answer takes no longer, by the document (uart.md 3). */
const ANSWER_MS = 200;

type Against = "mcu" | "module";

/** Which end of the wire the recording is played to. */
export interface SideOptions extends Pace {
  readonly against: Against;
  /** The mac of the recorded device to play; the first one that spoke without. */
  readonly mac?: string;
}

/** The virtual end of the wire. */
interface End {
  /** A recorded frame is about to be played. */
  readonly expect: (at: number) => void;
  close(): Promise<void>;
}

interface EndParts {
  readonly link: Link;
  readonly clock: VirtualClock | ReturnType<typeof createWallClock>;
  readonly product: NamedProfile;
  readonly shape: RecordedShape;
  readonly wires: readonly WireEntry[];
  readonly mac: string;
}

/**
 * Plays one end of a recorded wire to a virtual MCU or module that says of itself what the recorded one did, and compares
 * what it answers, message by message. Throws `replay-impossible` when the recording has no such wire, or no profile.
 */
export async function replaySide(recording: Recording, options: SideOptions): Promise<ReplayResult> {
  const { against } = options;
  const wires = readWire(recording.entries, options.mac);
  if (wires.length === 0) throw new GizlabError("replay-impossible", "the recording has no frames of such a device");
  const asking = against === "mcu" ? "uart.down" : "uart.up";
  const shape = readShape(wires);
  const product = findProduct(recording, shape, against);
  const clock = options.speed === undefined ? new VirtualClock(wires[0]?.at ?? 0) : createWallClock();
  const trace = new Trace(clock);
  const mac = wires[0]?.entry.mac ?? "";
  const [near, far] = createLinkPair();
  const heard: TraceEntry[] = [];
  const stop = trace.listen((entry) => heard.push(JSON.parse(JSON.stringify(entry)) as TraceEntry));
  const wire = new DeviceTrace({ trace, profile: () => product.profile, subject: () => ({ mac }) });
  /** The sn of the virtual end's own messages, which the recorded answers have to echo. */
  const asked = new Map<number, number>();
  near.onData((bytes) => {
    wire.frame(against === "mcu" ? "up" : "down", bytes);
    const frame = decodeFrame(bytes);
    if (frame !== undefined) asked.set(frame.cmd, frame.sn);
  });
  const start = against === "mcu" ? startMcu : startModule;
  const end = await start({ link: far, clock, product, shape, wires, mac });
  const playable = wires.filter(({ hop, bytes }) => hop === asking && bytes !== undefined);
  try {
    const at = new Map(playable.map((one) => [one.entry, one]));
    await playHops(
      clock,
      playable.map(({ entry }) => entry),
      options,
      (entry) => {
        const one = at.get(entry) as WireEntry;
        end.expect(wires.indexOf(one));
        const bytes = echoSn(one, asked);
        wire.frame(against === "mcu" ? "down" : "up", bytes);
        near.write(bytes);
      },
    );
    await pass(clock, REST_MS, options.speed);
  } finally {
    stop();
    await end.close();
  }
  const recorded = pairExchanges(wires, asking);
  const numbers = wires.filter(({ hop }) => hop === asking).map((one, n) => ({ one, number: recorded.numbers[n] }));
  const replayed = pairExchanges(
    readWire(heard),
    asking,
    numbers.filter(({ one }) => one.bytes !== undefined).map(({ number }) => number),
  );
  // What came after the recording's end was not recorded; on a clock of its own nobody knows where that is.
  const lastAt = options.speed === undefined ? (recording.entries.at(-1)?.at ?? 0) : Number.POSITIVE_INFINITY;
  const isPlayed = new Set(replayed.numbers);
  const [wanted, got] = [
    order(recorded, ({ exchange }) => exchange === undefined || isPlayed.has(exchange)),
    order(replayed, (reply) => reply.wire.at <= lastAt && !isOptional(reply, recorded)),
  ];
  const result = compareWith(wanted, got, (a, b) => isSameReply(a, b, product.profile));
  return {
    compared: result.compared,
    differences: result.differences.map(({ kind, recorded: before, replayed: now }) => ({
      kind,
      ...(before === undefined ? {} : { recorded: before.wire.entry }),
      ...(now === undefined ? {} : { replayed: now.wire.entry }),
    })),
    notes: [
      describeShape(against, shape),
      ...describeHidden(wires, asking),
      ...describeEnd(wires, recorded, asking, result.differences),
    ],
  };
}

/** Replies in the order of the messages: two ends that speak at once do so in another order each time. */
function order({ replies }: Exchanges, isOne: (reply: Reply) => boolean): Reply[] {
  const place = ({ exchange }: Reply): number => exchange ?? Number.POSITIVE_INFINITY;
  return replies.filter(isOne).sort((a, b) => (place(a) === place(b) ? 0 : place(a) - place(b)));
}

/** What the recorded end could not say, or need not. */
function isOptional({ exchange, caused }: Reply, { away, quiet }: Exchanges): boolean {
  return exchange !== undefined && (caused === undefined ? away : quiet).has(exchange);
}

/** An answer of the recording with the sn of the question that the virtual end has asked. */
function echoSn({ bytes, frame }: WireEntry, asked: ReadonlyMap<number, number>): Uint8Array {
  const sn = frame !== undefined && isAnswer(frame.cmd) ? asked.get(frame.cmd - 1) : undefined;
  if (sn === undefined || frame === undefined || sn === frame.sn) return bytes ?? new Uint8Array(0);
  return encodeFrame({ ...frame, sn });
}

function describeHidden(wires: readonly WireEntry[], asking: string): string[] {
  const hidden = wires.filter(({ hop, bytes }) => hop === asking && bytes === undefined).length;
  if (hidden === 0) return [];
  return [`${hidden === 1 ? "1 frame is" : `${hidden} frames are`} hidden in the recording, and not played`];
}

/** A session that was ended between a message and its answer looks like one without the answer. */
function describeEnd(
  wires: readonly WireEntry[],
  { numbers }: Exchanges,
  asking: string,
  differences: readonly Difference<Reply>[],
): string[] {
  const endsAt = (wires.at(-1)?.at ?? 0) - ANSWER_MS;
  const late = wires.filter(({ hop }) => hop === asking).flatMap(({ at }, n) => (at >= endsAt ? [numbers[n]] : []));
  const isCut = differences.some(({ kind, replayed }) => kind === "extra" && late.includes(replayed?.exchange));
  return isCut
    ? ["the recording ends within 200 ms of a message without an answer: it may only have been cut off"]
    : [];
}

function findProduct({ header }: Recording, { deviceInfo }: RecordedShape, against: Against): NamedProfile {
  const key = deviceInfo?.productKey?.toLowerCase();
  const products = header.profiles.map(loadProfile);
  const product = products.find(({ profile }) => profile.productKey.toLowerCase() === key);
  const [first] = products;
  if (product !== undefined) return product;
  if (first === undefined) throw new GizlabError("replay-impossible", "the recording has no profile");
  // A module hands datapoints on as they are; an MCU has to know them.
  if (key === undefined || against === "module") return first;
  throw new GizlabError("replay-impossible", `the recording has no profile of the recorded product_key ${key}`, {
    hint: "record again with --profile FILE, the product's datapoint JSON",
  });
}

async function startMcu({ link, clock, product, shape, wires }: EndParts): Promise<End> {
  const { deviceInfo, pieceLength } = shape;
  const mcu = new VirtualMcu({
    profile: product.profile,
    clock,
    link,
    ...(deviceInfo === undefined ? {} : { deviceInfo }),
    ...(pieceLength === undefined ? {} : { pieceLength }),
  });
  mcu.start();
  return {
    expect(at) {
      // The firmware of a recorded upgrade is the version that the board told after it.
      if (wires[at]?.cmd === CMD.bigDataOffer) mcu.expectVersion(readNextVersion(wires, at) ?? "");
    },
    async close() {
      mcu.stop();
      link.close();
    },
  };
}

async function startModule({ link, clock, product, shape, mac }: EndParts): Promise<End> {
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
    moduleInfo: shape.moduleInfo,
    mcuHeartbeatMs: shape.heartbeatMs,
  });
  module.start();
  return {
    expect: () => {},
    async close() {
      module.stop();
      link.close();
      await lab.close();
    },
  };
}
