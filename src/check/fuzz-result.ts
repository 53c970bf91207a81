import type { GizlabError } from "../core/errors.js";
import type { FuzzFailure, FuzzReport } from "./fuzz.js";
import { type FuzzAdvice, REMARKS } from "./fuzz-remarks.js";
import { CHECK_WIRING } from "./rules/framing.js";
import type { CheckResult } from "./run-checks.js";

const CLAUSE = "uart.md 1.2";

/** A run of generated sequences as the results of rules: the run itself, and each advice. `again` is the command that leads to the same failure. */
export function toFuzzResults(report: FuzzReport, wanted: number, again: string): CheckResult[] {
  return [
    toRunResult(report, wanted, again),
    ...report.advice.map((advice) => toAdviceResult(advice, report.sequences)),
  ];
}

/** A run that did not begin, because the MCU is not well before it. */
export function toSilentResult({ expected, found, hint = "" }: GizlabError, wanted: number): CheckResult {
  return {
    ...describeRun(wanted),
    tookMs: 0,
    outcome: "failed",
    expected: `${expected ?? "an answer to 01"}, before anything odd is sent`,
    found: found ?? "no byte at all",
    hint: found === undefined ? `${CHECK_WIRING}; ${hint}` : hint,
  };
}

function describeRun(wanted: number): Pick<CheckResult, "id" | "words" | "clause"> {
  return { id: "fuzz", words: `survives ${wanted} generated frame sequences`, clause: CLAUSE };
}

function toRunResult({ sequences, tookMs, failure }: FuzzReport, wanted: number, again: string): CheckResult {
  const head = { ...describeRun(wanted), tookMs };
  if (failure === undefined) return { ...head, outcome: "passed" };
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

function toAdviceResult(advice: FuzzAdvice, sequences: number): CheckResult {
  const { kind, expected, found, hint, count, firstSequence } = advice;
  const { clause, words } = REMARKS[kind];
  return {
    id: `fuzz-${kind.replaceAll(" ", "-")}`,
    clause,
    words,
    outcome: "advice",
    tookMs: 0,
    expected,
    found,
    hint,
    notes: [`in ${count} of ${sequences} sequences, first in sequence ${firstSequence}`],
  };
}

function describeShrinking({ pieces, piecesBefore, attempts, isSmallest, why }: FuzzFailure): string {
  const left = `${pieces.length} of ${piecesBefore} frame${piecesBefore === 1 ? "" : "s"}`;
  return isSmallest
    ? `${left} left after ${attempts} attempts, nothing smaller fails, and it failed again on a restarted MCU`
    : `${left} shown; ${why}`;
}
