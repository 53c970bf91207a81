import { toFuzzResult } from "../check/fuzz-result.js";
import { countOutcomes, explainFailure, formatResult } from "../check/report-text.js";
import type { Rule } from "../check/rule.js";
import type { CheckReport, CheckResult } from "../check/run-checks.js";
import { formatDuration } from "../core/duration.js";
import { suggestNearest } from "../core/suggestion.js";
import { loadProfile, type NamedProfile } from "../lab/profiles.js";
import { type CheckTarget, openPortTarget, startVirtualTarget } from "./check-target.js";
import { formatJUnit, type JUnitSuite } from "./junit.js";
import { readInteger } from "./number-option.js";
import { createOutput, EXIT, type Output, UsageError } from "./output.js";
import { createProgress, type Progress } from "./progress.js";
import { writeReport } from "./report-file.js";
import { readSerial, type SerialArguments } from "./serial-options.js";

export interface CheckMcuArguments extends SerialArguments {
  readonly port: string;
  readonly profile: string;
  readonly junit?: string;
  readonly quick: boolean;
  readonly fuzz?: string;
  readonly seed: string;
  readonly json: boolean;
}

const VIRTUAL = "virtual";
const MOST_SEQUENCES = 10_000_000;

/** Checks the MCU on a port. The exit code is 1 when a rule is broken. Throws as `openPort` does, `mcu-silent`, `port-gone`. */
export async function checkMcu(args: CheckMcuArguments): Promise<void> {
  const { port, profile, junit, quick, fuzz, seed, json } = args;
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
    if (junit !== undefined) writeReport(junit, formatJUnit("gizlab check", [toSuite(product, port, report)]));
    sumUp(report, output);
  } finally {
    progress.clear();
    target.close();
  }
}

function runRules(target: CheckTarget, output: Output, progress: Progress): Promise<CheckReport> {
  return target.check({
    onRule({ id, words, longMs }: Rule, number, count) {
      if (target.isReal && longMs !== undefined) {
        progress.clear();
        output.note(`gizlab: ${id} takes ${formatDuration(longMs)}; --quick leaves it out`);
      }
      progress.show(`  ${number} of ${count}  ${words}`);
    },
    onResult(result) {
      progress.clear();
      for (const line of formatResult(result)) output.line(line);
      output.json({ event: "rule", ...toPlain(result) });
    },
  });
}

async function runSequences(
  target: CheckTarget,
  args: CheckMcuArguments,
  sequences: number,
  output: Output,
  progress: Progress,
): Promise<CheckReport> {
  const report = await target.fuzz({
    sequences,
    seed: args.seed,
    onSequence: (number) => progress.show(`  sequence ${number} of ${sequences}`),
    onAttempt: (attempt) => progress.show(`  a sequence failed; attempt ${attempt} to make it smaller`),
  });
  progress.clear();
  const result = toFuzzResult(report, sequences, sayAgain(args, report.sequences));
  for (const line of formatResult(result)) output.line(line);
  const { failure } = report;
  output.json({
    event: "fuzz",
    ...toPlain(result),
    seed: args.seed,
    sequences: report.sequences,
    pieces: report.pieces,
    ...(failure === undefined
      ? {}
      : {
          kind: failure.kind,
          pieces_before: failure.piecesBefore,
          attempts: failure.attempts,
          smallest: failure.isSmallest,
        }),
  });
  return { ok: report.ok, results: [result] };
}

/** The command that leads to the same failure. */
function sayAgain({ port, profile, seed, baud }: CheckMcuArguments, sequences: number): string {
  const words = ["gizlab", "check", port, "--profile", profile, "--fuzz", String(sequences), "--seed", seed];
  if (baud !== "9600") words.push("--baud", baud);
  return words.map((word) => (/^[\w./:=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`)).join(" ");
}

function sumUp(report: CheckReport, output: Output): void {
  const { passed, failed, skipped } = countOutcomes(report);
  output.line(`${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`);
  output.json({ event: "total", ok: report.ok, passed, failed, skipped });
  process.exitCode = report.ok ? EXIT.ok : EXIT.failed;
}

function toPlain({ tookMs, frames, ...rest }: CheckResult): Record<string, unknown> {
  const sent = frames?.map(({ atMs, ...frame }) => ({
    at_ms: atMs === undefined ? undefined : Math.round(atMs),
    ...frame,
  }));
  return { ...rest, took_ms: Math.round(tookMs), frames: sent };
}

function toSuite({ file, name }: NamedProfile, port: string, { results }: CheckReport): JUnitSuite {
  const cases = results.map((result) => ({
    name: `${result.clause}: ${result.words} [${result.id}]`,
    wallMs: result.tookMs,
    outcome: result.outcome,
    ...(result.outcome === "failed"
      ? { failure: { code: result.id, message: explainFailure(result).join("\n") } }
      : {}),
  }));
  return { name: `${name} on ${port}`, file, cases };
}
