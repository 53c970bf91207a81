import { CMD } from "../codec/commands.js";
import type { RawValues } from "../codec/layout.js";
import { ACTION, packP0, unpackP0 } from "../codec/p0.js";
import { splitFrames } from "../codec/splitter.js";
import { GizlabError } from "../core/errors.js";
import type { Datapoint, Profile } from "../profile/profile.js";
import { limits, only } from "./limits.js";
import type { ModuleBench } from "./module-bench.js";

/** A datapoint that took a value which stood in a control without its flag, and that no flag asked for (uart.md 4.3). */
export function suspectUnflagged(
  profile: Profile,
  pieces: readonly Uint8Array[],
  before: Readonly<RawValues>,
  after: Readonly<RawValues>,
): Datapoint | undefined {
  const controls = readControls(profile, pieces);
  return profile.datapoints.find(({ index }) => {
    const [old, held] = [before[index], after[index]];
    if (held === undefined || held instanceof Uint8Array || held === old) return false;
    if (controls.some(({ flagged }) => flagged[index] !== undefined)) return false;
    return controls.some(({ unflagged }) => unflagged[index] === held);
  });
}

/**
 * Whether a datapoint goes where values lead it that no flag belongs to, back and forth. One that moved once may have followed
 * another datapoint, as a speed does when the power goes off.
 */
export async function followsUnflagged(bench: ModuleBench, point: Datapoint): Promise<boolean> {
  const held = (await bench.read())?.[point.index];
  const [least, most] = limits(point);
  for (const value of held === most ? [least, most] : [most, least]) {
    const payload = packP0(bench.profile.layout, { kind: "control", values: only(point, value) });
    await bench.ask(CMD.p0Down, payload.fill(0, 1, 1 + bench.profile.layout.fixed.flagsLength));
    if ((await bench.read())?.[point.index] !== value) return false;
  }
  return true;
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
