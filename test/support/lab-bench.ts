import { onTestFinished } from "vitest";
import type { LabOptions } from "../../src/lab/lab-options.js";
import { startLab, type TestLab, type TraceEntry } from "../../src/testing.js";

/** A lab on virtual time that is closed when the test has ended. */
export async function openTestLab(options: LabOptions = {}): Promise<TestLab> {
  const lab = await startLab({ profiles: ["pet-house"], clock: "virtual", seed: 7, ...options });
  onTestFinished(() => lab.close());
  return lab;
}

/** Everything a lab says from now on, however much it is. */
export class Story {
  readonly #lab: TestLab;
  #entries: TraceEntry[] = [];
  #from: number;

  constructor(lab: TestLab) {
    this.#lab = lab;
    this.#from = lab.clock.now();
    lab.platform.trace.listen((entry) => this.#entries.push(entry));
  }

  /** Forgets what was said, and counts time from here. */
  begin(): void {
    this.#entries = [];
    this.#from = this.#lab.clock.now();
  }

  get entries(): readonly TraceEntry[] {
    return this.#entries;
  }

  of(...hops: readonly string[]): readonly TraceEntry[] {
    return this.#entries.filter(({ hop }) => hops.includes(hop));
  }

  /** What was said of some hops, a line each: milliseconds since the beginning, hop, and the words for it. */
  lines(...hops: readonly string[]): string[] {
    return this.of(...hops).map((entry) => `${entry.at - this.#from} ${entry.hop} ${sayShortly(entry)}`.trim());
  }

  /** The frames on the wires, and the faults that struck. */
  get wire(): string[] {
    return this.lines("uart.up", "uart.down", "fault");
  }
}

/** `report 5` for a frame, the kind for a fault, the reason for a going. */
function sayShortly({ detail = {} }: TraceEntry): string {
  const { name, sn, kind, reason, state, code } = detail;
  if (name !== undefined) return `${name} ${sn ?? ""}`.trim();
  return String(kind ?? reason ?? state ?? code ?? "");
}
