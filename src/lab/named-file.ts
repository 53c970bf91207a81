import { closeSync, createReadStream, openSync, readFileSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { GizlabError } from "../core/errors.js";
import { describeReadTrouble, describeWriteTrouble } from "../core/file-trouble.js";
import { decodeText, type TextOptions, TextReader } from "../core/text/text-reader.js";

/**
 * The text of a file that a person named: UTF-8 or UTF-16, its line ends as `\n`. Throws `file-unreadable`,
 * `text-encoding`.
 */
export function readNamedFile(file: string): string {
  return decodeText(readNamedBytes(file), { name: file });
}

/** The bytes of a file that a person named. Throws `file-unreadable`. */
export function readNamedBytes(file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (error) {
    throw describeUnreadable(file, error);
  }
}

/** The same text in chunks, for files of any size. Throws as `readNamedFile` does. */
export async function* streamNamedFile(file: string, options: Partial<TextOptions> = {}): AsyncGenerator<string> {
  const stream = createReadStream(file);
  try {
    yield* streamText(stream, { name: file, ...options });
  } finally {
    stream.destroy();
  }
}

/** The text of a stream of bytes in chunks. Throws `text-encoding`, and `file-unreadable` when the stream fails. */
export async function* streamText(chunks: AsyncIterable<Uint8Array>, options: TextOptions): AsyncGenerator<string> {
  const reader = new TextReader(options);
  const iterator = chunks[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await iterator.next().catch((error: unknown) => {
        throw describeUnreadable(options.name, error);
      });
      const text = next.done === true ? reader.end() : reader.push(next.value);
      if (text !== "") yield text;
      if (next.done === true) return;
    }
  } finally {
    await iterator.return?.();
  }
}

/** Writes a file over the one that had its name. Throws `file-unwritable`. */
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
  return new GizlabError("file-unreadable", `${file} cannot be read: ${describeReadTrouble(cause)}`, { cause });
}

export function describeUnwritable(file: string, cause: unknown): GizlabError {
  const isMissing = (cause as NodeJS.ErrnoException).code === "ENOENT";
  return new GizlabError("file-unwritable", `${file} cannot be written: ${describeWriteTrouble(cause)}`, {
    ...(isMissing ? { hint: `make the directory ${dirname(file)} first` } : {}),
    cause,
  });
}
