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

type Kind = FuzzRemark["kind"];

/** The text of each kind of remark. */
export const REMARKS: Readonly<
  Record<Kind, Pick<FuzzAdvice, "expected" | "hint"> & { clause: string; words: string }>
> = {
  "out of range": {
    clause: "uart.md 4.5",
    words: "holds only values that the profile allows",
    expected: "every value within its limits",
    hint: "check a value before it is taken: an app may send anything the width holds",
  },
  mute: {
    clause: "uart.md 3.1",
    words: "answers reads whatever an app has sent",
    expected: "a read that is answered whatever an app has sent",
    hint: "the vendor's SDK reports nothing and answers no read while an enum holds what no label stands for: check it in the event handler",
  },
  "broken once": {
    clause: "uart.md 1",
    words: "sends sound frames only",
    expected: "sound frames only",
    hint: "it did not happen again with the same frames: check ground, level and the length of the cable",
  },
};

/** Counts remarks by their kind. */
export class RemarkTally {
  readonly #seen = new Map<Kind, { first: number; count: number; found: string }>();
  /** By datapoint: the first value of each that was beyond its limits. */
  readonly #excesses = new Map<string, Excess>();

  add(sequence: number, remarks: readonly FuzzRemark[]): void {
    for (const remark of remarks) {
      const { first, count } = this.#seen.get(remark.kind) ?? { first: sequence, count: 0 };
      this.#seen.set(remark.kind, { first, count: count + 1, found: this.#describe(remark) });
    }
  }

  get advice(): FuzzAdvice[] {
    return [...this.#seen].map(([kind, { first, count, found }]) => {
      const { expected, hint } = REMARKS[kind];
      return { kind, expected, found, hint, count, firstSequence: first };
    });
  }

  #describe(remark: FuzzRemark): string {
    switch (remark.kind) {
      case "out of range":
        for (const excess of remark.excesses) {
          if (!this.#excesses.has(excess.point.name)) this.#excesses.set(excess.point.name, excess);
        }
        return describeExcesses([...this.#excesses.values()]);
      case "mute":
        return "no answer, until an allowed value came";
      case "broken once":
        return remark.found;
    }
  }
}
