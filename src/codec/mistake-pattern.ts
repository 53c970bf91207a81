import { checksumOf, LEN_OVERHEAD } from "./frame.js";
import type { BadFrame } from "./splitter.js";
import { isSummed, readLen, unstuff } from "./wire-body.js";

/** By how much a bad frame is wrong, as far as its own bytes tell. */
export interface Measured {
  /** Tells frames apart: the same bytes sent again say nothing new. */
  readonly key: string;
  /** Checksum found minus checksum expected, mod 256. */
  readonly checksumBy: number | undefined;
  /** len minus the bytes from cmd to the last one, where the last one is the sum of the others. */
  readonly lengthBy: number | undefined;
}

const HEADER_LENGTH = 2;
const LEN_FIELD = 2;
/** A line that changes bytes does not make the same difference in so many frames. */
const FRAMES = 3;
/** An older difference was the firmware before the last change. */
const KEPT = 8;

/** Measures a bad frame. `region` runs from its header to the next one. */
export function measureMistake(bad: BadFrame, region: Uint8Array): Measured {
  const body = unstuff(region.subarray(HEADER_LENGTH));
  const lengthBy = readLen(body) - (body.length - LEN_FIELD);
  const isWhole = body.length >= LEN_FIELD + LEN_OVERHEAD && isSummed(body);
  const own = unstuff(bad.bytes.subarray(HEADER_LENGTH));
  const isChecksum = bad.reason === "checksum" && own.length >= LEN_FIELD + LEN_OVERHEAD;
  return {
    key: Buffer.from(region).toString("latin1"),
    checksumBy: isChecksum ? ((own.at(-1) as number) - checksumOf(own.subarray(0, -1))) & 0xff : undefined,
    lengthBy: isWhole && lengthBy !== 0 ? lengthBy : undefined,
  };
}

/**
 * What bad frames have in common when they are all wrong by the same: then it is the code that is wrong, and not the
 * line. Undefined for fewer than three different frames, and when they differ.
 */
export function explainPattern(frames: readonly Measured[]): string | undefined {
  const different = [...new Map(frames.map((frame) => [frame.key, frame])).values()];
  const lengthBy = findCommon(different.map((frame) => frame.lengthBy));
  if (lengthBy !== undefined) {
    return `len is always ${describeBy(lengthBy)}, in ${different.length} different frames: this is the code, not the line; len counts cmd through checksum, 5 + payload (uart.md 1)`;
  }
  const checksumBy = findCommon(different.map((frame) => frame.checksumBy));
  if (checksumBy === undefined || checksumBy === 0) return undefined;
  const by = checksumBy > 0x80 ? checksumBy - 0x100 : checksumBy;
  return `the checksum is always ${describeBy(by)}, in ${different.length} different frames: this is the code, not the line; it is the sum of len through the last byte of the payload, mod 256, begun at 0 (uart.md 1)`;
}

/** The bad frames of a wire, for what they have in common. */
export class MistakeHistory {
  #frames: Measured[] = [];

  /** Takes a bad frame in, and says what it has in common with those before it. */
  judge(bad: BadFrame, region: Uint8Array): string | undefined {
    const measured = measureMistake(bad, region);
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
