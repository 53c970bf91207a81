import { GizlabError } from "../core/errors.js";
import { readNamedFile } from "../lab/named-file.js";
import { parseRecording, type Recording } from "../record/recording.js";

/** Reads a recording. Throws `file-unreadable`, and `recording-invalid` with file and line. */
export function readRecordingFile(file: string): Recording {
  const text = readNamedFile(file);
  try {
    return parseRecording(text);
  } catch (error) {
    if (!(error instanceof GizlabError)) throw error;
    const { code, message, hint, at } = error;
    throw new GizlabError(code, message, {
      hint: hint ?? "gizlab record and gizlab up --record write recordings",
      at: { file, ...at },
    });
  }
}
