import type { Millis } from "../core/duration.js";
import type { ModuleBench } from "./module-bench.js";

/** What a rule found out about the MCU. */
export type Verdict =
  | { readonly outcome: "passed" }
  | { readonly outcome: "skipped"; readonly why: string }
  | {
      readonly outcome: "failed";
      readonly expected: string;
      readonly found: string;
      /** A better guess at the coding mistake than the rule's own. */
      readonly hint?: string | undefined;
    };

/** One clause of the serial protocol, and how to see whether an MCU keeps it. */
export interface Rule {
  readonly id: string;
  /** Where it is written, such as `uart.md 3.1`. */
  readonly clause: string;
  readonly words: string;
  /** The likely coding mistake when it is broken. */
  readonly hint: string;
  /** How long it takes at least, in domain time, where that is long enough to be told beforehand. */
  readonly longMs?: Millis;
  /** Fails when a span is missed, which on a wall clock may be this machine's fault: there it gets a second chance. */
  readonly isTimed?: boolean;
  run(bench: ModuleBench): Promise<Verdict>;
}

export const PASSED: Verdict = { outcome: "passed" };

export function skip(why: string): Verdict {
  return { outcome: "skipped", why };
}

export function fail(expected: string, found: string, hint?: string): Verdict {
  return { outcome: "failed", expected, found, hint };
}
