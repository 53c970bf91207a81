import { createWriteStream } from "node:fs";
import type { Trace } from "../core/trace.js";
import { MemoryRecording, Recorder, type RecordingHeader } from "../record/recording.js";
import type { Lab } from "./lab.js";
import { describeUnwritable } from "./named-file.js";
import { createRecordingHeader } from "./recording-header.js";

/** A recording under way. */
export interface LabRecording {
  /** The JSONL so far. */
  readonly text: string;
  readonly entries: number;
  stop(): void;
}

/** Records every hop of a lab in memory from now on. */
export function recordLab(lab: Lab, { secrets = false }: { readonly secrets?: boolean } = {}): LabRecording {
  const recording = new MemoryRecording(lab.trace, createRecordingHeader(lab, secrets));
  return {
    get text() {
      return recording.text;
    },
    get entries() {
      return recording.recorder.entries;
    },
    stop: () => recording.recorder.stop(),
  };
}

/**
 * Records every hop of a lab to a file from now on; what it returns resolves when the file is written. Both throw
 * `file-unwritable`.
 */
export function recordLabToFile(lab: Lab, file: string, secrets = false): Promise<() => Promise<void>> {
  return recordTraceToFile(lab.trace, createRecordingHeader(lab, secrets), file);
}

/** The same for any trace; the header stands in the first line. */
export async function recordTraceToFile(
  trace: Trace,
  header: RecordingHeader,
  file: string,
): Promise<() => Promise<void>> {
  const stream = createWriteStream(file);
  const failed = new Promise<never>((_, reject) =>
    stream.once("error", (error) => reject(describeUnwritable(file, error))),
  );
  failed.catch(() => {});
  await Promise.race([new Promise<void>((resolve) => stream.once("open", () => resolve())), failed]);
  const recorder = new Recorder(trace, header, (line) => stream.write(`${line}\n`));
  return async () => {
    recorder.stop();
    await Promise.race([new Promise<void>((resolve) => stream.end(resolve)), failed]);
  };
}
