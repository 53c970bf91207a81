import { checksumOf, LEN_OVERHEAD } from "./frame.js";
import type { BadFrame } from "./splitter.js";
import { isSummed, readLen, unstuff } from "./wire-body.js";

/** By how much a bad frame is wrong, as far as its own bytes tell. */
export interface Measured {
  /** Tells frames apart: the same bytes sent again say nothing new. */
  readonly key: string;
  /** Checksum found minus checksum expected, mod 256. */
  readonly checksumBy: number | undefined;
  /** The mistake that its own bytes name, which may be by chance. */
  readonly hint: string | undefined;
  /** len minus the bytes from cmd to the last one, where the last one is the sum of the others. */
  readonly lengthBy: number | undefined;
}

const NOT_THE_LINE = "this is the code, not the line";
const HEADER_LENGTH = 2;
const LEN_FIELD = 2;
/** A line that changes bytes does not make the same difference in so many frames. */
const FRAMES = 3;
/** An older difference was the firmware before the last change. */
const KEPT = 8;

/** Measures a bad frame. `region` runs from its header to the next one. */
export function measureMistake(bad: BadFrame, region: Uint8Array, hint?: string): Measured {
  const body = unstuff(region.subarray(HEADER_LENGTH));
  const lengthBy = readLen(body) - (body.length - LEN_FIELD);
  const isWhole = body.length >= LEN_FIELD + LEN_OVERHEAD && isSummed(body);
  const own = unstuff(bad.bytes.subarray(HEADER_LENGTH));
  const isChecksum = bad.reason === "checksum" && own.length >= LEN_FIELD + LEN_OVERHEAD;
  return {
    key: Buffer.from(region).toString("latin1"),
    hint,
    checksumBy: isChecksum ? ((own.at(-1) as number) - checksumOf(own.subarray(0, -1))) & 0xff : undefined,
    lengthBy: isWhole && lengthBy !== 0 ? lengthBy : undefined,
  };
}

/**
 * What bad frames have in common when they are all wrong by the same: then it is the code that is wrong, and not the
 * line. Undefined for fewer than three different frames, when they differ, and when the bytes of each name one mistake.
 */
export function explainPattern(frames: readonly Measured[]): string | undefined {
  const different = [...new Map(frames.map((frame) => [frame.key, frame])).values()];
  const [hint] = different.map((frame) => frame.hint);
  if (hint !== undefined && different.every((frame) => frame.hint === hint)) return undefined;
  const lengthBy = findCommon(different.map((frame) => frame.lengthBy));
  if (lengthBy !== undefined) {
    return `len is always ${describeBy(lengthBy)}, in ${different.length} different frames: ${NOT_THE_LINE}; len counts cmd through checksum, 5 + payload (uart.md 1)`;
  }
  const checksumBy = findCommon(different.map((frame) => frame.checksumBy));
  if (checksumBy === undefined || checksumBy === 0) return undefined;
  const by = checksumBy > 0x80 ? checksumBy - 0x100 : checksumBy;
  return `the checksum is always ${describeBy(by)}, in ${different.length} different frames: ${NOT_THE_LINE}; it is the sum of len through the last byte of the payload, mod 256, begun at 0 (uart.md 1)`;
}

/** The bad frames of a wire, for what they have in common. */
export class MistakeHistory {
  #frames: Measured[] = [];

  /** Takes a bad frame in, and says what it has in common with those before it; `hint` is what its own bytes say. */
  judge(bad: BadFrame, region: Uint8Array, hint?: string): string | undefined {
    const measured = measureMistake(bad, region, hint);
    if (!this.#frames.some(({ key }) => key === measured.key)) {
      this.#frames = [...this.#frames, measured].slice(-KEPT);
    }
    return explainPattern(this.#frames.slice(-FRAMES)) === undefined ? undefined : explainPattern(this.#common());
  }

  clear(): void {
    this.#frames = [];
  }

  /** The longest run at the end that has something in common. */
  #common(): readonly Measured[] {
    for (let from = 0; from < this.#frames.length; from += 1) {
      const run = this.#frames.slice(from);
      if (explainPattern(run) !== undefined) return run;
    }
    return [];
  }
}

/** The difference that all have; undefined when some has none or another. */
function findCommon(differences: readonly (number | undefined)[]): number | undefined {
  const [first] = differences;
  if (differences.length < FRAMES || first === undefined) return undefined;
  return differences.every((by) => by === first) ? first : undefined;
}

function describeBy(by: number): string {
  return `${Math.abs(by)} too ${by > 0 ? "large" : "small"}`;
}

/** True for a hint that `explainPattern` gave. */
export function isPattern(hint: string): boolean {
  return hint.includes(NOT_THE_LINE);
}
