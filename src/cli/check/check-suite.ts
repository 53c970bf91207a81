import { explainAdvice, explainFailure } from "../../check/report-text.js";
import type { CheckReport, CheckResult } from "../../check/run-checks.js";
import type { NamedProfile } from "../../lab/profiles.js";
import type { JUnitCase, JUnitSuite } from "../junit.js";

/** A check as JUnit has it: an advice is a test that passed and has something to say, with `isStrict` one that failed. */
export function toSuite(
  { file, name }: NamedProfile,
  port: string,
  { results }: CheckReport,
  isStrict: boolean,
): JUnitSuite {
  return { name: `${name} on ${port}`, file, cases: results.map((result) => toCase(result, isStrict)) };
}

function toCase(result: CheckResult, isStrict: boolean): JUnitCase {
  const { id, clause, words, tookMs, why, notes = [] } = result;
  const head = { name: `${clause}: ${words} [${id}]`, wallMs: tookMs };
  const fail = (lines: readonly string[]): JUnitCase => ({
    ...head,
    outcome: "failed",
    failure: { code: id, message: lines.join("\n") },
  });
  switch (result.outcome) {
    case "failed":
      return fail(explainFailure(result));
    case "advice": {
      const lines = explainAdvice(result);
      return isStrict ? fail(lines) : { ...head, outcome: "passed", output: lines.join("\n") };
    }
    case "skipped":
      return { ...head, outcome: "skipped", ...(why === undefined ? {} : { why }) };
    case "passed":
      return { ...head, outcome: "passed", ...(notes.length === 0 ? {} : { output: notes.join("\n") }) };
  }
}
