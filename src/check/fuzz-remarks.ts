import type { FuzzRemark } from "./fuzz-probe.js";
import { describeExcesses, type Excess } from "./limits.js";

/** Better manners that a run of sequences has shown: each kind once, however often it was seen. */
export interface FuzzAdvice {
  readonly kind: FuzzRemark["kind"];
  readonly expected: string;
  readonly found: string;
  readonly hint: string;
  /** In how many sequences it was seen. */
  readonly count: number;
  /** The first of them, from 1. */
  readonly firstSequence: number;
}

/** The text of each kind of remark. */
const TEXTS: Readonly<Record<FuzzRemark["kind"], Pick<FuzzAdvice, "expected" | "hint">>> = {
  "out of range": {
    expected: "every value within its limits",
    hint: "check a value before it is taken: an app may send anything the width holds",
  },
  mute: {
    expected: "a read that is answered whatever an app has sent",
    hint: "the vendor's SDK reports nothing and answers no read while an enum holds what no label stands for: check it in the event handler",
  },
};

/** Counts remarks by their kind. */
export class RemarkTally {
  readonly #seen = new Map<FuzzRemark["kind"], { first: number; count: number }>();
  /** By datapoint: the first value of each that was beyond its limits. */
  readonly #excesses = new Map<string, Excess>();

  add(sequence: number, remarks: readonly FuzzRemark[]): void {
    for (const remark of remarks) {
      const seen = this.#seen.get(remark.kind) ?? { first: sequence, count: 0 };
      this.#seen.set(remark.kind, { ...seen, count: seen.count + 1 });
      if (remark.kind !== "out of range") continue;
      for (const excess of remark.excesses) {
        if (!this.#excesses.has(excess.point.name)) this.#excesses.set(excess.point.name, excess);
      }
    }
  }

  get advice(): FuzzAdvice[] {
    return [...this.#seen].map(([kind, { first, count }]) => ({
      kind,
      ...TEXTS[kind],
      found:
        kind === "mute" ? "no answer, until an allowed value came" : describeExcesses([...this.#excesses.values()]),
      count,
      firstSequence: first,
    }));
  }
}
