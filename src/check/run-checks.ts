import { formatDuration, type Millis } from "../core/duration.js";
import { formatHex } from "../core/hex.js";
import type { Profile } from "../profile/profile.js";
import type { ModuleBenchOptions } from "./bench-options.js";
import { DatapointStates } from "./datapoint-states.js";
import { ModuleBench } from "./module-bench.js";
import type { Passage } from "./passage.js";
import { ReportProvoker } from "./report-provoker.js";
import type { Rule, Verdict } from "./rule.js";
import { ACK_RULES } from "./rules/acks.js";
import { createDatapointRules } from "./rules/datapoints.js";
import { DEVICE_INFO_RULES } from "./rules/device-info.js";
import { ENDURANCE_RULES } from "./rules/endurance.js";
import { FRAMING_RULES } from "./rules/framing.js";
import { NOTICE_RULES } from "./rules/notices.js";
import { createReportRules } from "./rules/reports.js";
import { createResendRules } from "./rules/resend.js";
import { STUFFING_OUT, STUFFING_RULES } from "./rules/stuffing.js";

/** Something that went over the wire, for a report. Directions are seen from the device. */
export interface CheckedFrame {
  /** Since the rule began, where that was written down. */
  readonly atMs?: Millis;
  readonly way: "up" | "down";
  readonly hex: string;
  readonly words: string;
}

export interface CheckResult {
  readonly id: string;
  readonly clause: string;
  readonly words: string;
  /** `advice` is about manners that no clause asks for. */
  readonly outcome: "passed" | "failed" | "advice" | "skipped";
  /** Domain time it took. */
  readonly tookMs: Millis;
  readonly expected?: string;
  readonly found?: string;
  /** The likely coding mistake. */
  readonly hint?: string;
  /** Why it was skipped. */
  readonly why?: string;
  /** What else is worth knowing, a line each. */
  readonly notes?: readonly string[];
  /** What went over the wire; of a failed rule, and of an advice. */
  readonly frames?: readonly CheckedFrame[];
}

export interface CheckReport {
  /** False when a clause is broken. */
  readonly ok: boolean;
  readonly results: readonly CheckResult[];
}

export interface CheckOptions extends ModuleBenchOptions {
  /** In the order they run; every rule for the profile without. */
  readonly rules?: readonly Rule[];
  /** An MCU that may be starting is asked for so long before the first rule; 0 without. */
  readonly patienceMs?: Millis;
  /** A rule begins; `number` counts from 1. */
  readonly onRule?: (rule: Rule, number: number, count: number) => void;
  readonly onResult?: (result: CheckResult) => void;
}

/** What takes longer is left out of a quick run. */
const QUICK_LIMIT_MS = 20_000;

const LATE_ANSWERS_MS = 300;

/** A failing rule shows this much of the wire, the end of it. */
const FRAMES_SHOWN = 12;

/** Every rule for an MCU of the profile; what may leave it deaf comes last. */
export function createRules(profile: Profile): Rule[] {
  const states = new DatapointStates(profile);
  const reporter = new ReportProvoker(profile, states);
  return [
    ...FRAMING_RULES,
    ...DEVICE_INFO_RULES,
    ...ACK_RULES,
    ...STUFFING_RULES,
    ...createDatapointRules(profile, states),
    ...NOTICE_RULES,
    ...createReportRules(profile, reporter),
    ...createResendRules(reporter),
    STUFFING_OUT,
    ...ENDURANCE_RULES,
  ];
}

/**
 * Holds an MCU against the serial protocol, clause by clause, as the Wi-Fi module on the other end of `link`. An MCU that
 * answers nothing any more after a failed rule is not blamed for the rest, which is skipped. On a virtual clock somebody
 * else has to move time meanwhile (`clock.resolve(runChecks(...))`). Rejects with `port-gone` when `link` closes.
 */
export async function runChecks(options: CheckOptions): Promise<CheckReport> {
  const { profile, rules = createRules(profile), patienceMs = 0, onRule, onResult } = options;
  const bench = new ModuleBench(options);
  if (patienceMs > 0) await bench.wake(patienceMs);
  const results: CheckResult[] = [];
  let deafSince: string | undefined;
  for (const [index, rule] of rules.entries()) {
    const reason = findReasonToSkip(rule, bench, deafSince);
    if (reason === undefined) onRule?.(rule, index + 1, rules.length);
    const result = reason === undefined ? await runRule(rule, bench) : skipRule(rule, reason);
    results.push(result);
    onResult?.(result);
    if (result.outcome === "failed" && !(await bench.isAlive())) deafSince = rule.id;
  }
  return { ok: results.every(({ outcome }) => outcome !== "failed"), results };
}

function findReasonToSkip({ longMs = 0 }: Rule, bench: ModuleBench, deafSince: string | undefined): string | undefined {
  if (deafSince !== undefined) return `nothing readable comes since ${deafSince}`;
  if (!bench.isQuick || longMs <= QUICK_LIMIT_MS) return undefined;
  return `takes ${formatDuration(longMs)}, and a quick run leaves out what takes more than ${formatDuration(QUICK_LIMIT_MS)}`;
}

async function runRule(rule: Rule, bench: ModuleBench): Promise<CheckResult> {
  const chances = rule.isTimed === true && bench.clock.mode === "wall" ? 2 : 1;
  for (let chance = 1; ; chance += 1) {
    // Answers to what was sent again may still be on their way.
    if (bench.retries.length > 0) await bench.idle(LATE_ANSWERS_MS);
    bench.begin();
    const startedAt = bench.now();
    const verdict = await rule.run(bench);
    if (verdict.outcome !== "failed" || chance === chances) return describeVerdict(rule, verdict, bench, startedAt);
  }
}

function describeVerdict(rule: Rule, verdict: Verdict, bench: ModuleBench, startedAt: Millis): CheckResult {
  const { id, clause, words } = rule;
  const head = { id, clause, words, tookMs: bench.now() - startedAt };
  switch (verdict.outcome) {
    case "passed":
      return { ...head, outcome: "passed", ...noteAll(verdict.notes, bench) };
    case "skipped":
      return { ...head, outcome: "skipped", why: verdict.why };
    default: {
      const { expected, found } = verdict;
      const difference = { expected, found, ...noteAll(verdict.notes, bench), frames: showFrames(bench, startedAt) };
      if (verdict.outcome === "failed")
        return { ...head, outcome: "failed", hint: verdict.hint ?? rule.hint, ...difference };
      const finding = rule.findings?.[verdict.finding] ?? { verdict: "failed", clause, hint: rule.hint };
      const hint = verdict.hint ?? finding.hint;
      if (finding.verdict === "advice") return { ...head, outcome: "advice", hint, ...difference };
      return { ...head, clause: finding.clause, outcome: "failed", hint, ...difference };
    }
  }
}

/** The rule's notes, and the requests that were answered only when they were sent again. */
function noteAll(notes: readonly string[] = [], { retries }: ModuleBench): Pick<CheckResult, "notes"> {
  const [first, ...more] = retries;
  const again = first === undefined ? [] : [more.length === 0 ? first : `${first}, and ${more.length} more like this`];
  return notes.length + again.length === 0 ? {} : { notes: [...notes, ...again] };
}

function skipRule({ id, clause, words }: Rule, why: string): CheckResult {
  return { id, clause, words, outcome: "skipped", tookMs: 0, why };
}

function showFrames(bench: ModuleBench, startedAt: Millis): CheckedFrame[] {
  const { passages, received } = bench;
  const shown: CheckedFrame[] = passages.slice(-FRAMES_SHOWN).map((passage) => showPassage(passage, startedAt));
  if (received.length === 0 || passages.some(({ way }) => way === "up")) return shown;
  const atMs = bench.now() - startedAt;
  return [...shown, { atMs, way: "up", hex: formatHex(received), words: "bytes that make no frame" }];
}

function showPassage({ at, way, words, wire }: Passage, startedAt: Millis): CheckedFrame {
  return { atMs: at - startedAt, way, hex: formatHex(wire()), words };
}
