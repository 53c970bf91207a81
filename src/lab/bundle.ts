import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import type { Lab } from "./lab.js";
import { type LabRecording, recordLab } from "./lab-recording.js";
import { writeNamedFile } from "./named-file.js";

/** Keeps all it takes to see a failure again: seed, profiles, versions and every hop, in one file. */
export class Bundle {
  readonly #lab: Lab;
  readonly #file: string;
  readonly #recording: LabRecording;
  #isWritten = false;

  /** Records from now on; nothing is written unless something fails. */
  constructor(lab: Lab, file: string) {
    this.#lab = lab;
    this.#file = file;
    this.#recording = recordLab(lab);
  }

  /** Writes the bundle of the first failure; what fails after it is a consequence, and false is returned. */
  write(error: unknown): boolean {
    if (this.#isWritten) return false;
    this.#isWritten = true;
    const { trace } = this.#lab;
    trace.record(trace.nextId(), "lab.failed", {}, { message: error instanceof Error ? error.message : String(error) });
    this.#recording.stop();
    mkdirSync(dirname(this.#file), { recursive: true });
    writeNamedFile(this.#file, this.#recording.text);
    return true;
  }
}
