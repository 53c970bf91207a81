import type { Millis } from "../core/duration.js";
import type { ModuleBench } from "./module-bench.js";

/**
 * What a rule may find beside a broken clause of its own: another clause that is broken, or manners that no clause asks for.
 * The rule's table of findings is the one place that says which of the two a finding is.
 */
export type Finding =
  | { readonly verdict: "failed"; readonly clause: string; readonly hint: string }
  | { readonly verdict: "advice"; readonly hint: string };

/** What a rule found out about the MCU. */
export type Verdict<Name extends string = string> =
  /** `notes` are worth reading all the same: a time, a second try. */
  | { readonly outcome: "passed"; readonly notes?: readonly string[] }
  | { readonly outcome: "skipped"; readonly why: string }
  /** The rule's own clause is broken. */
  | (Difference & { readonly outcome: "failed" })
  /** One of the rule's findings. */
  | (Difference & { readonly outcome: "found"; readonly finding: Name });

interface Difference {
  readonly expected: string;
  readonly found: string;
  /** A better guess at the coding mistake than the rule's own. */
  readonly hint?: string | undefined;
  readonly notes?: readonly string[];
}

/** One clause of the serial protocol, and how to see whether an MCU keeps it. */
export interface Rule<Name extends string = string> {
  readonly id: string;
  /** Where it is written, such as `uart.md 3.1`. */
  readonly clause: string;
  readonly words: string;
  /** The likely coding mistake when it is broken. */
  readonly hint: string;
  readonly findings?: Readonly<Record<Name, Finding>>;
  /** How long it takes at least, in domain time, where that is long enough to be told beforehand. */
  readonly longMs?: Millis;
  /** Fails when a span is missed, which on a wall clock may be this machine's fault: there it gets a second chance. */
  readonly isTimed?: boolean;
  run(bench: ModuleBench): Promise<Verdict<Name>>;
}

/** A rule whose `run` may only return findings that its table declares. */
export function defineRule<Name extends string>(
  rule: Rule<Name> & { readonly findings: Readonly<Record<Name, Finding>> },
): Rule {
  return rule;
}

export const PASSED = { outcome: "passed" } as const;

/** Passed, with something to say about it. */
export function pass(...notes: readonly string[]): { readonly outcome: "passed"; readonly notes: readonly string[] } {
  return { outcome: "passed", notes };
}

export function skip(why: string): { readonly outcome: "skipped"; readonly why: string } {
  return { outcome: "skipped", why };
}

/** The rule's own clause is broken. */
export function fail(expected: string, found: string, hint?: string): Difference & { readonly outcome: "failed" } {
  return { outcome: "failed", expected, found, hint };
}

/** One of the rule's findings, by its name in the table. */
export function find<Name extends string>(
  finding: Name,
  expected: string,
  found: string,
  ...notes: readonly string[]
): Difference & { readonly outcome: "found"; readonly finding: Name } {
  return { outcome: "found", finding, expected, found, notes };
}
