import type { FuzzReport } from "../../check/fuzz.js";
import { toFuzzResults, toSilentResult } from "../../check/fuzz-result.js";
import { countOutcomes, formatTotal, ResultLines } from "../../check/report-text.js";
import type { Rule } from "../../check/rule.js";
import type { CheckReport, CheckResult } from "../../check/run-checks.js";
import { formatDuration } from "../../core/duration.js";
import { GizlabError } from "../../core/errors.js";
import { suggestNearest } from "../../core/suggestion.js";
import { loadProfile } from "../../lab/profiles.js";
import { formatJUnit } from "../junit.js";
import { readInteger } from "../number-option.js";
import { createOutput, EXIT, type Output, UsageError } from "../output.js";
import { createProgress, type Progress } from "../progress.js";
import { writeReport } from "../report-file.js";
import { readSerial, type SerialArguments } from "../serial-options.js";
import { toSuite } from "./check-suite.js";
import { type CheckTarget, openPortTarget, startVirtualTarget } from "./check-target.js";

export interface CheckMcuArguments extends SerialArguments {
  readonly port: string;
  readonly profile: string;
  readonly junit?: string;
  readonly quick: boolean;
  readonly strict: boolean;
  readonly fuzz?: string;
  readonly seed: string;
  readonly json: boolean;
}

const VIRTUAL = "virtual";
const MOST_SEQUENCES = 10_000_000;

/** Checks the MCU on a port. The exit code is 1 when a clause is broken, with `strict` for an advice too. Throws as `openPort` does, `mcu-silent`, `port-gone`. */
export async function checkMcu(args: CheckMcuArguments): Promise<void> {
  const { port, profile, junit, quick, strict, fuzz, seed, json } = args;
  const output = createOutput(json);
  const sequences = fuzz === undefined ? undefined : readInteger("fuzz", fuzz, 0, 1, MOST_SEQUENCES);
  if (port !== VIRTUAL && suggestNearest(port, [VIRTUAL]) !== undefined) {
    throw new UsageError(`"${port}" names no port`, `did you mean ${VIRTUAL}, an MCU inside this process?`);
  }
  const product = loadProfile(profile);
  // Before the run, so that its results are not lost to a mistyped folder.
  if (junit !== undefined) writeReport(junit, "");
  const options = { product, serial: readSerial(args), seed, isQuick: quick };
  const target = port === VIRTUAL ? startVirtualTarget(options) : await openPortTarget(port, options, output);
  const progress = createProgress(json);
  output.line(`${product.name} on ${port}`);
  output.json({ event: "check", port, profile: product.name, product_key: product.profile.productKey });
  try {
    const report =
      sequences === undefined
        ? await runRules(target, output, progress)
        : await runSequences(target, args, sequences, output, progress);
    if (junit !== undefined) writeReport(junit, formatJUnit("gizlab check", [toSuite(product, port, report, strict)]));
    sumUp(report, strict, output);
  } finally {
    progress.clear();
    target.close();
  }
}

async function runRules(target: CheckTarget, output: Output, progress: Progress): Promise<CheckReport> {
  const lines = new ResultLines((line) => output.line(line));
  const report = await target.check({
    onRule({ id, words, longMs }: Rule, number, count) {
      if (target.isReal && longMs !== undefined) {
        progress.clear();
        output.note(`gizlab: ${id} takes ${formatDuration(longMs)}; --quick leaves it out`);
      }
      progress.show(`  ${number} of ${count}  ${words}`);
    },
    onResult(result) {
      progress.clear();
      lines.add(result);
      output.json({ event: "rule", ...toPlain(result) });
    },
  });
  lines.end();
  return report;
}

async function runSequences(
  target: CheckTarget,
  args: CheckMcuArguments,
  sequences: number,
  output: Output,
  progress: Progress,
): Promise<CheckReport> {
  const report = await fuzzOrFail(target, args, sequences, progress);
  const lines = new ResultLines((line) => output.line(line));
  const [run, ...advice] = report.results;
  for (const result of report.results) lines.add(result);
  lines.end();
  if (run !== undefined) output.json({ event: "fuzz", ...toPlain(run), seed: args.seed, ...report.numbers });
  for (const result of advice) output.json({ event: "rule", ...toPlain(result) });
  return report;
}

interface SequencesReport extends CheckReport {
  /** What JSON says beside the results. */
  readonly numbers: Readonly<Record<string, unknown>>;
}

/** An MCU that answers nothing is a failure like others, with its place in every report. */
async function fuzzOrFail(
  target: CheckTarget,
  args: CheckMcuArguments,
  sequences: number,
  progress: Progress,
): Promise<SequencesReport> {
  try {
    const report = await target.fuzz({
      sequences,
      seed: args.seed,
      onSequence: (number) => progress.show(`  sequence ${number} of ${sequences}`),
      onAttempt: (attempt) => progress.show(`  a sequence failed; attempt ${attempt} to make it smaller`),
    });
    const results = toFuzzResults(report, sequences, sayAgain(args, report.sequences));
    return { ok: report.ok, results, numbers: toNumbers(report) };
  } catch (error) {
    if (!(error instanceof GizlabError) || error.code !== "mcu-silent") throw error;
    return {
      ok: false,
      results: [toSilentResult(error, sequences)],
      numbers: { sequences: 0, pieces: 0, kind: "silent" },
    };
  } finally {
    progress.clear();
  }
}

function toNumbers({ sequences, pieces, failure }: FuzzReport): Record<string, unknown> {
  if (failure === undefined) return { sequences, pieces };
  const { kind, piecesBefore, attempts, isSmallest } = failure;
  return { sequences, pieces, kind, pieces_before: piecesBefore, attempts, smallest: isSmallest };
}

/** The command that leads to the same failure. */
function sayAgain({ port, profile, seed, baud }: CheckMcuArguments, sequences: number): string {
  const words = ["gizlab", "check", port, "--profile", profile, "--fuzz", String(sequences), "--seed", seed];
  if (baud !== "9600") words.push("--baud", baud);
  return words.map((word) => (/^[\w./:=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}

function sumUp(report: CheckReport, isStrict: boolean, output: Output): void {
  const { passed, failed, advice, skipped } = countOutcomes(report);
  const isOk = report.ok && !(isStrict && advice > 0);
  const strictly = isStrict && advice > 0 ? "; --strict counts advice as failures" : "";
  output.line(`${formatTotal(report)}${strictly}`);
  output.json({ event: "total", ok: isOk, passed, failed, advice, skipped });
  process.exitCode = isOk ? EXIT.ok : EXIT.failed;
}

function toPlain({ tookMs, frames, ...rest }: CheckResult): Record<string, unknown> {
  const sent = frames?.map(({ atMs, ...frame }) => ({
    at_ms: atMs === undefined ? undefined : Math.round(atMs),
    ...frame,
  }));
  return { ...rest, took_ms: Math.round(tookMs), frames: sent };
}
