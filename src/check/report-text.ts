import type { CheckedFrame, CheckReport, CheckResult } from "./run-checks.js";

const MARKS: Readonly<Record<CheckResult["outcome"], string>> = {
  passed: "ok     ",
  failed: "FAILED ",
  advice: "advice ",
  skipped: "skipped",
};

/** Long frames are cut; JSON has them whole. */
const HEX_SHOWN = 96;
const WORDS_SHOWN = 120;
const INDENT = "           ";

/** One rule's result: a line, and what is behind a failure or an advice. */
export function formatResult(result: CheckResult): string[] {
  switch (result.outcome) {
    case "failed":
      return [formatLine(result), ...explainFailure(result).map(indent)];
    case "advice":
      return [formatLine(result), ...explainAdvice(result).map(indent)];
    case "passed":
      return [formatLine(result, result.notes?.join("; "))];
    case "skipped":
      return [formatLine(result, result.why)];
  }
}

function formatLine({ id, clause, words, outcome }: CheckResult, remark = ""): string {
  return `  ${MARKS[outcome]}  ${clause.padEnd(12)}  ${words} [${id}]${remark === "" ? "" : `: ${remark}`}`;
}

function indent(text: string): string {
  return `${INDENT}${text}`;
}

/**
 * The results of a run, as lines. Rules that were skipped for the same reason, one behind the other, share a line, and an
 * advice that was given before is not explained again.
 */
export class ResultLines {
  readonly #write: (line: string) => void;
  readonly #advised = new Set<string | undefined>();
  #skipped: CheckResult[] = [];

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  add(result: CheckResult): void {
    if (this.#skipped[0]?.why !== result.why || result.outcome !== "skipped") this.end();
    if (result.outcome === "skipped") this.#skipped.push(result);
    else for (const line of this.#format(result)) this.#write(line);
  }

  #format(result: CheckResult): string[] {
    if (result.outcome !== "advice") return formatResult(result);
    const { found = "", hint } = result;
    if (this.#advised.has(hint)) return [formatLine(result, found)];
    this.#advised.add(hint);
    return formatResult(result);
  }

  /** Nothing more comes. */
  end(): void {
    const skipped = this.#skipped;
    this.#skipped = [];
    const [first] = skipped;
    if (first === undefined) return;
    if (skipped.length === 1) for (const line of formatResult(first)) this.#write(line);
    else this.#write(`  ${MARKS.skipped}  ${skipped.length} rules: ${first.why}`);
  }
}

/** What is behind a failure: what was expected, the likely mistake and the frames. */
export function explainFailure({ expected, found, hint, frames = [], notes = [] }: CheckResult): string[] {
  return [
    `expected ${expected}, found ${found}`,
    `likely: ${hint}`,
    ...foldFrames(frames).map(({ atMs, way, hex, words, times }) => {
      const arrow = way === "up" ? "mcu >" : "mcu <";
      const time = atMs === undefined ? "" : `${(atMs / 1000).toFixed(3)} s`.padStart(10);
      const again = times === 1 ? "" : `, ${times} times`;
      return `${time}  ${arrow}  ${shorten(spaceHex(hex), HEX_SHOWN)}  ${shorten(words, WORDS_SHOWN)}${again}`;
    }),
    ...notes,
  ];
}

/** A frame that was sent again and again, with nothing between, is one line. */
function foldFrames(frames: readonly CheckedFrame[]): (CheckedFrame & { readonly times: number })[] {
  const folded: (CheckedFrame & { times: number })[] = [];
  for (const frame of frames) {
    const last = folded.at(-1);
    if (last !== undefined && last.way === frame.way && last.hex === frame.hex) last.times += 1;
    else folded.push({ ...frame, times: 1 });
  }
  return folded;
}

/** What is behind an advice: no clause is broken, so the frames are left to JSON. */
export function explainAdvice({ expected, found, hint, notes = [] }: CheckResult): string[] {
  return [`found ${found}, better ${expected}`, `advice: ${hint}`, ...notes];
}

/** How many rules came out which way. */
export function countOutcomes({ results }: CheckReport): Record<CheckResult["outcome"], number> {
  const counts = { passed: 0, failed: 0, advice: 0, skipped: 0 };
  for (const { outcome } of results) counts[outcome] += 1;
  return counts;
}

/** The last line: `44 passed, 0 failed, 3 advice, 2 skipped`. */
export function formatTotal(report: CheckReport): string {
  const { passed, failed, advice, skipped } = countOutcomes(report);
  const rest = [advice === 0 ? "" : `, ${advice} advice`, skipped === 0 ? "" : `, ${skipped} skipped`];
  return `${passed} passed, ${failed} failed${rest.join("")}`;
}

function spaceHex(hex: string): string {
  return hex.toUpperCase().replace(/../g, (byte, at: number) => (at === 0 ? byte : ` ${byte}`));
}

function shorten(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}...`;
}
