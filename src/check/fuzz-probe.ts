import { CMD } from "../codec/commands.js";
import type { RawValues } from "../codec/layout.js";
import { ACTION, unpackP0 } from "../codec/p0.js";
import { splitFrames } from "../codec/splitter.js";
import { GizlabError } from "../core/errors.js";
import { formatHex } from "../core/hex.js";
import type { Profile } from "../profile/profile.js";
import { findOutOfRange } from "./limits.js";
import type { ModuleBench } from "./module-bench.js";

/** What is wrong with an MCU after a sequence. */
export interface FuzzProblem {
  readonly kind: "deaf" | "unreadable" | "out of range" | "not asked for";
  readonly clause: string;
  readonly expected: string;
  readonly found: string;
  readonly hint: string;
}

/** A module sends three times before it gives up (uart.md 3). */
const TRIES = 3;

/**
 * Writes a sequence and looks whether the MCU is well afterwards: it answers a heartbeat and a read, its datapoints are
 * within their limits, and none has taken a value that was not flagged (uart.md 1.2, 3, 4.3, 4.5).
 */
export async function tryOut(bench: ModuleBench, pieces: readonly Uint8Array[]): Promise<FuzzProblem | undefined> {
  bench.begin();
  const before = (await readOften(bench)) ?? [];
  bench.begin();
  for (const piece of pieces) {
    bench.write(piece);
    // One after the other, as fast as the line takes them: what overruns a small receive buffer is another matter.
    await bench.idle(bench.lineTime(piece.length) + GAP_MS);
  }
  bench.forgetHalfFrame();
  if (!(await beatsOften(bench))) return DEAF;
  const after = await readOften(bench);
  if (after === undefined) return judgeSilence(bench);
  return judgeValues(bench.profile, pieces, before, after);
}

const GAP_MS = 20;

const DEAF: FuzzProblem = {
  kind: "deaf",
  clause: "uart.md 1.2",
  expected: "an answer to one of three heartbeats",
  found: "silence",
  hint: "look for FF FF again after every error, never wait for bytes for ever, and check len before it is used",
};

async function beatsOften(bench: ModuleBench): Promise<boolean> {
  for (let i = 0; i < TRIES; i += 1) if ((await bench.ask(CMD.heartbeat)) !== undefined) return true;
  return false;
}

async function readOften(bench: ModuleBench): Promise<Readonly<RawValues> | undefined> {
  for (let i = 0; i < TRIES; i += 1) {
    const values = await bench.read();
    if (values !== undefined) return values;
  }
  return undefined;
}

function judgeSilence(bench: ModuleBench): FuzzProblem {
  const reply = bench.arrivals.findLast(({ frame }) => frame.cmd === CMD.p0DownAck && frame.payload.length > 0);
  return {
    kind: "unreadable",
    clause: bench.profile.layout.protocol === "var_len" ? "uart.md 4.4" : "uart.md 4.2",
    expected: "a read answered with datapoints of the profile",
    found: reply === undefined ? "no read reply" : formatHex(reply.frame.payload),
    hint: "the state of a broken frame is kept: clear counters and buffers whenever a frame is dropped",
  };
}

function judgeValues(
  profile: Profile,
  pieces: readonly Uint8Array[],
  before: Readonly<RawValues>,
  after: Readonly<RawValues>,
): FuzzProblem | undefined {
  const odd = findOutOfRange(profile, after);
  if (odd !== undefined && findOutOfRange(profile, before) === undefined) {
    const hint = "check a value before it is taken: an app may send anything the width holds";
    return { kind: "out of range", clause: "uart.md 4.5", expected: "every value within its limits", found: odd, hint };
  }
  const stolen = findUnflagged(profile, pieces, before, after);
  if (stolen === undefined) return undefined;
  return {
    kind: "not asked for",
    clause: "uart.md 4.3",
    expected: "only flagged datapoints set, by frames that are sound",
    found: stolen,
    hint: "attr_flags says which of attr_vals count; look at its bit before a value is taken",
  };
}

/** A datapoint that took a value which stood in a control without its flag, and that no flag asked for. */
function findUnflagged(
  profile: Profile,
  pieces: readonly Uint8Array[],
  before: Readonly<RawValues>,
  after: Readonly<RawValues>,
): string | undefined {
  const controls = readControls(profile, pieces);
  for (const { index, name } of profile.datapoints) {
    const [old, held] = [before[index], after[index]];
    if (typeof held !== "number" || held === old) continue;
    if (controls.some(({ flagged }) => flagged[index] !== undefined)) continue;
    if (controls.some(({ unflagged }) => unflagged[index] === held)) return `${name} ${held}, before ${old}`;
  }
  return undefined;
}

interface ControlContent {
  readonly flagged: Readonly<RawValues>;
  readonly unflagged: Readonly<RawValues>;
}

/** The sound controls of a sequence; those of variable length carry nothing but what is flagged. */
function readControls({ layout }: Profile, pieces: readonly Uint8Array[]): ControlContent[] {
  if (layout.protocol === "var_len") return [];
  return splitFrames(Buffer.concat(pieces)).flatMap((item) => {
    if (item.kind !== "frame" || item.frame.cmd !== CMD.p0Down || item.frame.payload[0] !== ACTION.control) return [];
    const everything = Uint8Array.from(item.frame.payload).fill(0xff, 1, 1 + layout.fixed.flagsLength);
    try {
      const [asked, whole] = [unpackP0(layout, item.frame.payload), unpackP0(layout, everything)];
      if (asked.kind !== "control" || whole.kind !== "control") return [];
      const unflagged = whole.values.map((value, index) => (asked.values[index] === undefined ? value : undefined));
      return [{ flagged: asked.values, unflagged }];
    } catch (error) {
      if (error instanceof GizlabError) return [];
      throw error;
    }
  });
}
