import { CMD } from "../codec/commands.js";
import type { RawValues } from "../codec/layout.js";
import { formatHex, formatHexNumber } from "../core/hex.js";
import type { Profile } from "../profile/profile.js";
import { type Excess, findExcesses, limits } from "./limits.js";
import { type ModuleBench, NO_ANSWER } from "./module-bench.js";
import { isReadReply, isReport } from "./passage.js";
import { followsUnflagged, suspectUnflagged } from "./unflagged.js";

/** What is wrong with an MCU after a sequence: a clause is broken. */
export interface FuzzProblem {
  readonly kind: "deaf" | "unacknowledged" | "unreadable" | "garbled" | "layout" | "not asked for";
  readonly clause: string;
  readonly expected: string;
  readonly found: string;
  readonly hint: string;
}

/** What would be better manners, and breaks no clause. */
export type FuzzRemark =
  | { readonly kind: "out of range"; readonly excesses: readonly Excess[] }
  /** No read is answered while an enum holds what no label stands for, as in the vendor's SDK (uart.md 3.1). */
  | { readonly kind: "mute" }
  /** A frame of the MCU was broken, and not when the same sequence was sent once more. */
  | { readonly kind: "broken once"; readonly found: string };

/** How an MCU came through a sequence. */
export interface FuzzOutcome {
  readonly problem?: FuzzProblem;
  readonly remarks: readonly FuzzRemark[];
}

const GAP_MS = 20;

/**
 * Writes a sequence and looks whether the MCU is well afterwards: it acknowledges a heartbeat and a status, answers a read,
 * what it sends is whole and fits the profile, and no datapoint has taken a value that was not flagged (uart.md 1, 1.2, 2.1, 4).
 */
export async function tryOut(bench: ModuleBench, pieces: readonly Uint8Array[]): Promise<FuzzOutcome> {
  bench.begin();
  const before = (await bench.read()) ?? [];
  bench.begin();
  for (const piece of pieces) {
    bench.write(piece);
    // One after the other, as fast as the line takes them: what overruns a small receive buffer is another matter.
    await bench.idle(bench.lineTime(piece.length) + GAP_MS);
  }
  bench.forgetHalfFrame();
  const problem = (await judgeAcks(bench)) ?? judgeFrames(bench);
  if (problem !== undefined) return { problem, remarks: [] };
  const after = await bench.read();
  if (after === undefined) return judgeSilence(bench);
  return judgeValues(bench, pieces, before, after);
}

/** Both of what a module needs from an MCU all day long; the first answer may be lost to what came before. */
async function judgeAcks(bench: ModuleBench): Promise<FuzzProblem | undefined> {
  const requests = [
    { cmd: CMD.heartbeat, payload: undefined },
    { cmd: CMD.wifiStatus, payload: Uint8Array.of(0x07, 0x3a) },
  ];
  for (const [at, { cmd, payload }] of requests.entries()) {
    const from = bench.arrivals.length;
    const sn = bench.nextSn();
    const ack = await bench.ask(cmd, payload, {
      sn,
      isAnswer: ({ frame }) => frame.cmd === cmd + 1 && frame.sn === sn,
    });
    if (ack !== undefined && ack.frame.payload.length === 0) continue;
    const other = ack ?? bench.arrivals.slice(from).find(({ frame }) => frame.cmd === cmd + 1);
    const expected = `${formatHexNumber(cmd + 1)} with sn ${sn} and no payload`;
    if (other !== undefined) return { ...UNACKNOWLEDGED, clause: "uart.md 1", expected, found: other.words };
    if (at === 0) return DEAF;
    return { ...UNACKNOWLEDGED, clause: "uart.md 2.1", expected, found: NO_ANSWER };
  }
  return undefined;
}

const UNACKNOWLEDGED = {
  kind: "unacknowledged",
  hint: "the state of a broken frame is kept: copy cmd and sn from the frame that is answered",
} as const;

const DEAF: FuzzProblem = {
  kind: "deaf",
  clause: "uart.md 1.2",
  expected: "an answer to a heartbeat",
  found: NO_ANSWER,
  hint: "look for FF FF again after every error, never wait for bytes for ever, and check len before it is used",
};

/** What the MCU has sent: sound frames, and datapoints of the profile. */
function judgeFrames(bench: ModuleBench): FuzzProblem | undefined {
  const bad = bench.passages.find(({ way, frame }) => way === "up" && frame === undefined);
  if (bad !== undefined) {
    const hint = `${bad.words}; is the buffer of a received frame used for sending?`;
    return { kind: "garbled", clause: "uart.md 1", expected: "sound frames", found: formatHex(bad.wire()), hint };
  }
  const odd = bench.arrivals.find(
    (arrival) =>
      // Flags say that something stands before the datapoints (uart.md 2.10).
      arrival.frame.flags === 0 && (isReport(arrival) || isReadReply(arrival)) && bench.valuesOf(arrival) === undefined,
  );
  if (odd === undefined) return undefined;
  return {
    kind: "layout",
    clause: layoutClause(bench.profile),
    expected: "datapoints of the profile's length",
    found: formatHex(odd.frame.payload),
    hint: "check the length of a control before its values are taken, and send dev_status from a buffer of its own",
  };
}

/** No readable answer to a read: an enum without a label does that in the vendor's SDK, and goes when an allowed one comes. */
async function judgeSilence(bench: ModuleBench): Promise<FuzzOutcome> {
  const reply = bench.arrivals.findLast(({ frame }) => frame.cmd === CMD.p0DownAck && frame.payload.length > 0);
  const allowed: RawValues = [];
  for (const point of bench.profile.datapoints) {
    if (point.access === "writable" && point.dataType === "enum") allowed[point.index] = limits(point)[0];
  }
  if (reply === undefined && allowed.length > 0) {
    await bench.control(allowed);
    if ((await bench.read()) !== undefined) return { remarks: [{ kind: "mute" }] };
  }
  const problem: FuzzProblem = {
    kind: "unreadable",
    clause: layoutClause(bench.profile),
    expected: "a read answered with datapoints of the profile",
    found: reply === undefined ? NO_ANSWER : formatHex(reply.frame.payload),
    hint: "the state of a broken frame is kept: clear counters and buffers whenever a frame is dropped",
  };
  return { problem, remarks: [] };
}

async function judgeValues(
  bench: ModuleBench,
  pieces: readonly Uint8Array[],
  before: Readonly<RawValues>,
  after: Readonly<RawValues>,
): Promise<FuzzOutcome> {
  const { profile } = bench;
  const known = findExcesses(profile, before).map(({ point }) => point.index);
  const excesses = findExcesses(profile, after).filter(({ point }) => !known.includes(point.index));
  const remarks: FuzzRemark[] = excesses.length === 0 ? [] : [{ kind: "out of range", excesses }];
  const point = suspectUnflagged(profile, pieces, before, after);
  if (point === undefined || !(await followsUnflagged(bench, point))) return { remarks };
  const problem: FuzzProblem = {
    kind: "not asked for",
    clause: "uart.md 4.3",
    expected: "only flagged datapoints set, by frames that are sound",
    found: `${point.name} ${after[point.index]}, before ${before[point.index]}`,
    hint: "attr_flags says which of attr_vals count; look at its bit before a value is taken",
  };
  return { problem, remarks };
}

function layoutClause({ layout }: Profile): string {
  return layout.protocol === "var_len" ? "uart.md 4.4" : "uart.md 4.2";
}
