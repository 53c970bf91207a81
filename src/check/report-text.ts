import type { CheckReport, CheckResult } from "./run-checks.js";

const MARKS: Readonly<Record<CheckResult["outcome"], string>> = {
  passed: "ok     ",
  failed: "FAILED ",
  skipped: "skipped",
};

/** Long frames are cut; JSON has them whole. */
const HEX_SHOWN = 96;
const WORDS_SHOWN = 120;

/** One rule's result: a line, and for a failed one what was expected, the likely mistake and the frames. */
export function formatResult(result: CheckResult): string[] {
  const { id, clause, words, outcome, why } = result;
  const line = `  ${MARKS[outcome]}  ${clause.padEnd(12)}  ${words} [${id}]${why === undefined ? "" : `: ${why}`}`;
  return outcome === "failed" ? [line, ...explainFailure(result).map((text) => `           ${text}`)] : [line];
}

/** What is behind a failure. */
export function explainFailure({ expected, found, hint, frames = [], notes = [] }: CheckResult): string[] {
  return [
    `expected ${expected}, found ${found}`,
    `likely: ${hint}`,
    ...frames.map(({ atMs, way, hex, words }) => {
      const arrow = way === "up" ? "mcu >" : "mcu <";
      const time = atMs === undefined ? "" : `${(atMs / 1000).toFixed(3)} s`.padStart(10);
      return `${time}  ${arrow}  ${shorten(spaceHex(hex), HEX_SHOWN)}  ${shorten(words, WORDS_SHOWN)}`;
    }),
    ...notes,
  ];
}

/** How many rules came out which way. */
export function countOutcomes({ results }: CheckReport): Record<CheckResult["outcome"], number> {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { outcome } of results) counts[outcome] += 1;
  return counts;
}

function spaceHex(hex: string): string {
  return hex.toUpperCase().replace(/../g, (byte, at: number) => (at === 0 ? byte : ` ${byte}`));
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}...`;
}
