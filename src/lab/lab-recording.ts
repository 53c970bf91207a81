import { createWriteStream } from "node:fs";
import type { Recorder } from "../record/recording.js";
import { Recorder as FileRecorder, MemoryRecording } from "../record/recording.js";
import type { Lab } from "./lab.js";
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

/** Records every hop of a lab to a file from now on; resolves what it returns when the file is written. */
export function recordLabToFile(lab: Lab, file: string, secrets = false): () => Promise<void> {
  const stream = createWriteStream(file);
  const failed = new Promise<never>((_, reject) => stream.once("error", reject));
  failed.catch(() => {});
  const recorder: Recorder = new FileRecorder(lab.trace, createRecordingHeader(lab, secrets), (line) =>
    stream.write(`${line}\n`),
  );
  return async () => {
    recorder.stop();
    await Promise.race([new Promise<void>((resolve) => stream.end(resolve)), failed]);
  };
}
