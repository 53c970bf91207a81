import type { FuzzFailure, FuzzReport } from "./fuzz.js";
import type { CheckResult } from "./run-checks.js";

/** A run of generated sequences as the result of one rule. `again` is the command that leads to the same failure. */
export function toFuzzResult({ sequences, tookMs, failure }: FuzzReport, wanted: number, again: string): CheckResult {
  const head = { id: "fuzz", words: `survives ${wanted} generated frame sequences`, tookMs };
  if (failure === undefined) return { ...head, clause: "uart.md 1.2", outcome: "passed" };
  const { clause, expected, found, hint, pieces } = failure;
  return {
    ...head,
    clause,
    outcome: "failed",
    expected,
    found,
    hint,
    frames: pieces.map(({ hex, words }) => ({ way: "down", hex, words })),
    notes: [`sequence ${sequences}: ${describeShrinking(failure)}`, `again: ${again}`],
  };
}

function describeShrinking({ pieces, piecesBefore, attempts, isSmallest, why }: FuzzFailure): string {
  const left = `${pieces.length} of ${piecesBefore} frame${piecesBefore === 1 ? "" : "s"}`;
  return isSmallest ? `${left} left after ${attempts} attempts, nothing smaller fails` : `${left} shown; ${why}`;
}
