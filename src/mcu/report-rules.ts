import type { Millis } from "../core/duration.js";

/** When an MCU reports (uart.md 3.1, the document's rules). */
export interface ReportRules {
  /** Least time between reports that the app did not cause. */
  readonly minGapMs: Millis;
  /** A full report at least this often. */
  readonly fullEveryMs: Millis;
}

export const VENDOR_RULES: ReportRules = { minGapMs: 6000, fullEveryMs: 600_000 };

export interface ReportState {
  /** When the last report was sent; undefined before the first. */
  readonly lastAt: Millis | undefined;
  /** A change of the device's own waits to be reported. */
  readonly isChanged: boolean;
}

export const NOTHING_REPORTED: ReportState = { lastAt: undefined, isChanged: false };

export type ReportInput =
  /** The app has changed something, or the cloud has just been reached. */
  | { readonly kind: "demanded" }
  /** The user or the environment has changed something. */
  | { readonly kind: "changed" }
  /** Time has passed. */
  | { readonly kind: "woken" };

export interface ReportStep {
  readonly state: ReportState;
  readonly shouldReport: boolean;
  /** When to step again with `woken`. */
  readonly wakeAt: Millis;
}

/** Decides by the clock whether to report now, and when to look again. */
export function stepReport(rules: ReportRules, state: ReportState, input: ReportInput, now: Millis): ReportStep {
  const lastAt = state.lastAt ?? Number.NEGATIVE_INFINITY;
  const isChanged = state.isChanged || input.kind === "changed";
  const isFullDue = state.lastAt !== undefined && now - lastAt >= rules.fullEveryMs;
  const shouldReport = input.kind === "demanded" || isFullDue || (isChanged && now - lastAt >= rules.minGapMs);
  if (shouldReport) {
    return { state: { lastAt: now, isChanged: false }, shouldReport, wakeAt: now + rules.fullEveryMs };
  }
  const fullAt = state.lastAt === undefined ? now + rules.fullEveryMs : lastAt + rules.fullEveryMs;
  return { state: { ...state, isChanged }, shouldReport, wakeAt: isChanged ? lastAt + rules.minGapMs : fullAt };
}
