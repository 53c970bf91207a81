import { explainMistake } from "../codec/mistakes.js";
import type { BadFrame } from "../codec/splitter.js";
import { formatHex, formatHexNumber } from "../core/hex.js";
import type { TraceDetail } from "../core/trace.js";

/** A broken frame as its hop `uart.bad` tells it: bytes, expected, found, and the likely coding mistake. */
export function describeBadFrame({ bytes, reason, expected, found }: BadFrame): TraceDetail {
  const show = (value: number): string => (reason === "checksum" ? formatHexNumber(value) : String(value));
  return {
    hex: formatHex(bytes),
    reason,
    expected: show(expected),
    found: show(found),
    hint: explainMistake(bytes, reason),
  };
}
