import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { GizlabError } from "../core/errors.js";

/** The text of a file that somebody named. Throws `file-unreadable`. */
export function readNamedFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw describeUnreadable(file, error);
  }
}

/** The bytes of a file that somebody named. Throws `file-unreadable`. */
export function readNamedBytes(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw describeUnreadable(file, error);
  }
}

/** Writes a file over whatever had its name. Throws `file-unwritable`. */
export function writeNamedFile(file: string, content: string | Uint8Array): void {
  try {
    writeFileSync(file, content);
  } catch (error) {
    throw describeUnwritable(file, error);
  }
}

/** Makes sure, before the work, that a file can be written after it; what it holds stays. Throws `file-unwritable`. */
export function requireWritable(file: string): void {
  try {
    closeSync(openSync(file, "a"));
  } catch (error) {
    throw describeUnwritable(file, error);
  }
}

export function describeUnreadable(file: string, cause: unknown): GizlabError {
  return new GizlabError("file-unreadable", `${file} cannot be read (${reasonOf(cause)})`, { cause });
}

export function describeUnwritable(file: string, cause: unknown): GizlabError {
  return new GizlabError("file-unwritable", `${file} cannot be written (${reasonOf(cause)})`, {
    hint: "is its folder there, and is there room?",
    cause,
  });
}

function reasonOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
