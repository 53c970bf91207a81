import { statSync } from "node:fs";
import { formatCount } from "../core/count-text.js";
import { describeError, type GizlabError } from "../core/errors.js";
import { Bundle } from "../lab/bundle.js";
import { formatCoverage, mergeCoverage } from "../lab/coverage.js";
import { recordLabToFile } from "../lab/lab-recording.js";
import { MAX_BYTES } from "../scenario/located-yaml.js";
import { checkScenario } from "../scenario/parse.js";
import { runScenario, type ScenarioResult, type StepResult } from "../scenario/run.js";
import type { Scenario } from "../scenario/scenario.js";
import { createScenarioSchema } from "../scenario/schema.js";
import { waitForInterrupt } from "./interrupt.js";
import { formatJUnit, type JUnitSuite } from "./junit.js";
import { createOutput, EXIT, type Output, UsageError } from "./output.js";
import { writeReport } from "./report-file.js";
import { isStdin, nameInput, readInput } from "./stdin.js";

export interface CheckArguments {
  readonly files: readonly string[];
  readonly json: boolean;
}

export interface RunArguments extends CheckArguments {
  readonly junit?: string;
  readonly coverage: boolean;
  readonly seed?: string;
  readonly record?: string;
  readonly bundle?: string;
}

export interface SchemaArguments {
  readonly json: boolean;
}

/** Ended by Ctrl-C, as shells say it. */
const INTERRUPTED = 130;

/** Runs scenario files; nothing runs before all of them are good. The exit code is 1 for a failed step, 2 for no scenario. */
export async function runScenarios(args: RunArguments): Promise<void> {
  const output = createOutput(args.json);
  const scenarios = await readScenarios(args.files, output, (line) => output.note(`gizlab: ${line}`));
  if (scenarios.length < args.files.length) {
    process.exitCode = EXIT.usage;
    return;
  }
  const { junit, record, bundle } = args;
  if ((record ?? bundle) !== undefined && scenarios.length > 1) {
    throw new UsageError(`--${record === undefined ? "bundle" : "record"} is for one scenario at a time`);
  }
  // Before the run, so that its results are not lost to a mistyped folder.
  if (junit !== undefined) writeReport(junit, "");
  const interrupted = waitForInterrupt();
  const results: ScenarioResult[] = [];
  for (const scenario of scenarios) {
    const result = await runOne(scenario, args, output, interrupted);
    results.push(result);
    if (result.isInterrupted) break;
  }
  if (junit !== undefined) writeReport(junit, formatJUnit("gizlab scenario", results.map(toSuite)));
  if (args.coverage) printCoverage(results, output);
  printTotal(results, output);
  // A step under way may hold the process for as long as it would have waited.
  if (results.some(({ isInterrupted }) => isInterrupted)) process.exit(INTERRUPTED);
  process.exitCode = results.every(({ ok }) => ok) ? EXIT.ok : EXIT.failed;
}

/** Validates scenario files. The exit code is 1 when there are problems. */
export async function checkScenarios({ files, json }: CheckArguments): Promise<void> {
  const output = createOutput(json);
  const good = await readScenarios(files, output, (line) => output.line(line));
  for (const { name, file, steps, devices } of good) {
    output.line(`${file}: ${name}: ${formatCount(devices.length, "device")}, ${formatCount(steps.length, "step")}`);
    output.json({ event: "checked", file, ok: true, name, devices: devices.length, steps: steps.length });
  }
  process.exitCode = good.length === files.length ? EXIT.ok : EXIT.failed;
}

export async function printSchema({ json }: SchemaArguments): Promise<void> {
  const output = createOutput(json);
  const schema = createScenarioSchema();
  output.line(JSON.stringify(schema, undefined, 2));
  output.json(schema);
}

/** The good ones of some files; what is wrong with the others is told a line each. */
async function readScenarios(
  files: readonly string[],
  output: Output,
  tell: (line: string) => void,
): Promise<Scenario[]> {
  const good: Scenario[] = [];
  for (const given of files) {
    const file = nameInput(given);
    const { scenario, problems } = checkScenario(await readFile(given), { file });
    for (const problem of problems) {
      output.json({ event: "problem", ...describeProblem(problem) });
      if (!output.isJson) tell(describeError(problem).replaceAll("\n  ", "; "));
    }
    if (scenario !== undefined) good.push(scenario);
  }
  return good;
}

function describeProblem({ code, message, expected, found, hint, at }: GizlabError) {
  return { ...at, code, message, expected, found, hint };
}

async function runOne(
  scenario: Scenario,
  { coverage, seed, record, bundle }: RunArguments,
  output: Output,
  interrupted: Promise<void>,
): Promise<ScenarioResult> {
  const { file, name, steps } = scenario;
  output.line(`${name} (seed ${seed ?? scenario.seed})`);
  output.json({ event: "scenario", file, name, seed: seed ?? scenario.seed, steps: steps.length });
  let bundled: Bundle | undefined;
  const result = await runScenario(scenario, {
    coverage,
    interrupted,
    ...(seed === undefined ? {} : { seed }),
    onLab: (lab) => {
      bundled = bundle === undefined ? undefined : new Bundle(lab, bundle);
      return record === undefined ? () => {} : recordLabToFile(lab, record);
    },
    onStep: (step) => {
      printStep(file, step, output);
      if (step.error === undefined || bundled === undefined) return;
      bundled.write(new Error(step.error.message));
      output.note(`all it takes to see this again: gizlab replay ${bundle}`);
    },
  });
  const { ok, wallMs } = result;
  output.json({ event: "finished", file, ok, ...countOutcomes(result.steps), wall_ms: Math.round(wallMs) });
  return result;
}

function printStep(file: string, { kind, line, words, outcome, error, wallMs }: StepResult, output: Output): void {
  output.json({ event: "step", file, line, kind, words, outcome, error, wall_ms: Math.round(wallMs) });
  if (outcome === "skipped") return;
  const code = error === undefined ? "" : ` [${error.code}]`;
  output.line(`  ${outcome === "passed" ? "ok    " : "FAILED"}  ${file}:${line}  ${words}${code}`);
  if (error !== undefined) output.line(error.message.replace(/^/gm, "          "));
}

function printCoverage(results: readonly ScenarioResult[], output: Output): void {
  const merged = mergeCoverage(results.flatMap(({ coverage }) => coverage ?? []));
  output.json({ event: "coverage", ...merged });
  for (const line of formatCoverage(merged)) output.line(line);
}

function printTotal(results: readonly ScenarioResult[], output: Output): void {
  const { passed, failed, skipped } = countOutcomes(results.flatMap(({ steps }) => steps));
  output.line(`${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} not run`}`);
  output.json({ event: "total", scenarios: results.length, passed, failed, skipped });
}

function countOutcomes(steps: readonly StepResult[]): Record<StepResult["outcome"], number> {
  const counts = { passed: 0, failed: 0, skipped: 0 };
  for (const { outcome } of steps) counts[outcome] += 1;
  return counts;
}

function toSuite({ name, file, seed, steps }: ScenarioResult): JUnitSuite {
  const cases = steps.map(({ line, words, wallMs, outcome, error }) => ({
    name: `line ${line}: ${words}`,
    line,
    wallMs,
    outcome,
    ...(error === undefined ? {} : { failure: error }),
  }));
  return { name, file, properties: { seed: String(seed) }, cases };
}

async function readFile(file: string): Promise<string> {
  if (isStdin(file)) return readInput(file);
  // Before it is in memory.
  if (sizeOf(file) > MAX_BYTES) throw new UsageError(`cannot read ${file}: a scenario has ${MAX_BYTES} bytes at most`);
  return readInput(file);
}

/** 0 for a file that the reader will refuse. */
function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}
