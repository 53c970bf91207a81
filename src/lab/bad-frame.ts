import { explainMistake } from "../codec/mistakes.js";
import type { BadFrame, BadReason } from "../codec/splitter.js";

/** A frame that is none, for the person who wrote the firmware. */
export interface ExplainedBad {
  /** Of its first byte, since the port was opened. */
  readonly offset: number;
  /** Where in it the fault shows, counted on the wire from the first FF. */
  readonly at: number;
  readonly reason: BadReason;
  /** The rule that it breaks, as a section of the vendor's protocol (uart.md). */
  readonly clause: string;
  readonly expected: number;
  readonly found: number;
  readonly hint: string;
  /** The frame as it came; with what came behind it up to the next one, where somebody has waited for that. */
  readonly bytes: Uint8Array;
}

const LEN_AT = 2;
/** A receiver lives with a frame that ends too early. */
const CLAUSES: Readonly<Record<BadReason, string>> = {
  checksum: "uart.md 1",
  length: "uart.md 1",
  truncated: "uart.md 1.2",
};

const CITED = /\((uart\.md [\d.]+)\)$/;

/** What is wrong with a frame, where, and the likely mistake, judged by its own bytes unless `judged` knows more. */
export function explainBadFrame(
  { bytes, reason, expected, found }: BadFrame,
  offset: number,
  judged: Partial<Pick<ExplainedBad, "hint" | "bytes">> = {},
): ExplainedBad {
  const { hint = explainMistake(bytes, reason) } = judged;
  const at = placeFault(reason, bytes);
  // A mistake that was recognized names its own: a wrong length may look like a frame that was cut off.
  const clause = CITED.exec(hint)?.[1] ?? CLAUSES[reason];
  return { offset, at, reason, clause, expected, found, hint, bytes: judged.bytes ?? bytes };
}

function placeFault(reason: BadReason, bytes: Uint8Array): number {
  switch (reason) {
    case "length":
      return LEN_AT;
    case "truncated":
      return bytes.length;
    case "checksum":
      return bytes.length - (bytes.at(-2) === 0xff && bytes.at(-1) === 0x55 ? 2 : 1);
  }
}
