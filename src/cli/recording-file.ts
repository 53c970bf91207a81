import { GizlabError } from "../core/errors.js";
import { parseRecording, type Recording } from "../record/recording.js";
import { nameInput, readInput } from "./stdin.js";

/** Reads a recording from a file, or from stdin for `-`. Throws `file-unreadable`, `text-encoding`, and `recording-invalid` with file and line. */
export async function readRecordingFile(file: string): Promise<Recording> {
  const text = await readInput(file);
  try {
    return parseRecording(text);
  } catch (error) {
    if (!(error instanceof GizlabError)) throw error;
    const { code, message, hint, at } = error;
    throw new GizlabError(code, message, {
      hint: hint ?? "gizlab record and gizlab up --record write recordings",
      at: { file: nameInput(file), ...at },
    });
  }
}
