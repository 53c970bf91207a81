import { decodeText, type TextOptions } from "../core/text/text-reader.js";
import { readNamedFile, streamNamedFile, streamText } from "../lab/named-file.js";

/** Stdin as messages call it. */
export const STDIN = "stdin";

/** Another name of stdin. */
export const STDIN_PATH = "/dev/stdin";

/** True for the file name `-`; yargs gives a lone `-` as an empty text. */
export function isStdin(file: string): boolean {
  return file === "" || file === "-" || file === STDIN_PATH;
}

/** The file as messages call it. */
export function nameInput(file: string): string {
  return isStdin(file) ? STDIN : file;
}

/** All bytes that are piped in; none when stdin is a terminal. */
export async function readStdinBytes(): Promise<Uint8Array> {
  if (process.stdin.isTTY) return new Uint8Array(0);
  const parts: Buffer[] = [];
  for await (const part of process.stdin) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

/** The text that is piped in; empty when stdin is a terminal. Throws `text-encoding`. */
export async function readStdin(options: Partial<TextOptions> = {}): Promise<string> {
  return decodeText(await readStdinBytes(), { name: STDIN, ...options });
}

/** The text of a named file, or of stdin for `-`. Throws `file-unreadable`, `text-encoding`. */
export async function readInput(file: string): Promise<string> {
  if (!isStdin(file)) return readNamedFile(file);
  let text = "";
  for await (const chunk of streamInput(file)) text += chunk;
  return text;
}

/** The same text in chunks, as they come. */
export function streamInput(file: string, options: Partial<TextOptions> = {}): AsyncGenerator<string> {
  if (!isStdin(file)) return streamNamedFile(file, options);
  if (process.stdin.isTTY) process.stderr.write("gizlab: reads what is typed here; Ctrl-D ends\n");
  return streamText(process.stdin, { name: STDIN, ...options });
}
