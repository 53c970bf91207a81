import { mkdirSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { countOutcomes, explainFailure, formatResult } from "../check/report-text.js";
import { type CheckReport, type CheckResult, runChecks } from "../check/run-checks.js";
import { VirtualClock } from "../core/clock.js";
import { startLoneMcu } from "../lab/lone-mcu.js";
import { loadProfile, type NamedProfile } from "../lab/profiles.js";
import { formatJUnit, type JUnitSuite } from "./junit.js";
import { createOutput, EXIT, UsageError } from "./output.js";

export interface CheckMcuArguments {
  readonly port: string;
  readonly profile: string;
  readonly junit?: string;
  readonly seed: string;
  readonly json: boolean;
}

const START_AT = Date.UTC(2026, 0, 1);

/** Checks the MCU on a port. The exit code is 1 when a rule is broken. */
export async function checkMcu({ port, profile, junit, seed, json }: CheckMcuArguments): Promise<void> {
  const output = createOutput(json);
  const product = loadProfile(profile);
  const run = openMcu(port, product, seed);
  // Before the run, so that its results are not lost to a mistyped folder.
  if (junit !== undefined) writeReport(junit, "");
  output.line(`${product.name} on ${port}`);
  output.json({ event: "check", port, profile: product.name, product_key: product.profile.productKey });
  const report = await run((result) => {
    for (const line of formatResult(result)) output.line(line);
    const { tookMs, frames, ...rest } = result;
    const sent = frames?.map(({ atMs, ...frame }) => ({ at_ms: Math.round(atMs), ...frame }));
    output.json({ event: "rule", ...rest, took_ms: Math.round(tookMs), frames: sent });
  });
  if (junit !== undefined) writeReport(junit, formatJUnit("gizlab check", [toSuite(product, port, report)]));
  const { passed, failed, skipped } = countOutcomes(report);
  output.line(`${passed} passed, ${failed} failed${skipped === 0 ? "" : `, ${skipped} skipped`}`);
  output.json({ event: "total", ok: report.ok, passed, failed, skipped });
  process.exitCode = report.ok ? EXIT.ok : EXIT.failed;
}

type Run = (onResult: (result: CheckResult) => void) => Promise<CheckReport>;

/** The one place that knows what ports there are; openPort of link/open-port belongs here. */
function openMcu(port: string, product: NamedProfile, seed: string): Run {
  if (port !== "virtual") {
    throw new UsageError(`check cannot open ${port} yet`, "the one port it knows is: virtual");
  }
  return async (onResult) => {
    const clock = new VirtualClock(START_AT);
    // Everything is in this process, and bytes move in microtasks.
    clock.hearsEverything = true;
    const mcu = startLoneMcu({ product, clock, seed });
    try {
      return await clock.resolve(runChecks({ link: mcu.link, clock, profile: product.profile, onResult }));
    } finally {
      mcu.close();
    }
  };
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

function writeReport(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } catch (error) {
    throw new UsageError(`cannot write ${file}: ${(error as Error).message}`);
  }
}
