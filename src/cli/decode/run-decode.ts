import type { Paste, PasteInput, UnreadText } from "../../codec/paste/paste.js";
import { isBinary } from "../../codec/paste/raw-bytes.js";
import { readPaste } from "../../codec/paste/read-paste.js";
import type { ErrorPlace } from "../../core/errors.js";
import { decodeText } from "../../core/text/text-reader.js";
import { loadProfile } from "../../lab/profiles.js";
import { describePaste } from "../../profile/describe-paste.js";
import { printFound } from "../found-text.js";
import { createOutput, EXIT, type Output, UsageError } from "../output.js";
import { isStdin, readStdinBytes, STDIN } from "../stdin.js";

export interface DecodeArguments {
  readonly hex?: string[];
  readonly profile?: string;
  readonly json: boolean;
}

/** So many unread texts are shown one by one. */
const SHOWN_UNREAD = 3;
const SHOWN_LENGTH = 40;

/**
 * Decodes what was pasted or piped; the exit code is 1 when a frame was bad. Throws `usage` without input, `hex-invalid`
 * with line and column for text that holds no bytes, `profile-missing`, `profile-invalid`.
 */
export async function runDecode({ hex, profile: name, json }: DecodeArguments): Promise<void> {
  const output = createOutput(json);
  const profile = name === undefined ? undefined : loadProfile(name).profile;
  const input = await readInput(hex, output);
  const paste = readPaste(input);
  if (paste.parts.length === 0) throw nothing();
  tell(output, paste);
  for (const found of describePaste(paste, profile)) {
    if (found.kind === "bad") process.exitCode = EXIT.failed;
    printFound(output, found);
  }
}

async function readInput(hex: readonly string[] | undefined, output: Output): Promise<PasteInput> {
  const isPiped = hex === undefined || hex.length === 0 || (hex.length === 1 && isStdin(hex[0] as string));
  if (!isPiped) {
    const text = hex.join(" ");
    return { text, bytes: Buffer.from(text) };
  }
  const bytes = await readStdinBytes();
  if (bytes.length === 0) throw nothing();
  if (isBinary(bytes)) return { text: undefined, bytes };
  const onForeign = ({ line }: ErrorPlace): void => {
    output.note(
      `gizlab: line ${line} is not UTF-8: its text is shown a byte a character; bytes written as hex are not concerned`,
    );
  };
  return { text: decodeText(bytes, { name: STDIN, onForeign }), bytes };
}

function nothing(): UsageError {
  return new UsageError("there is nothing to decode", "give hex bytes, or pipe them in");
}

/** What was guessed and what was left out, on stderr. */
function tell(output: Output, { form, isGuess, notes, unread, unreadCount, skipped }: Paste): void {
  if (isGuess) output.note(`gizlab: read as ${form}`);
  for (const note of notes) output.note(`gizlab: ${note}`);
  for (const text of unread.slice(0, SHOWN_UNREAD))
    output.note(`gizlab: ${place(text)} was not read (expected ${text.expected})`);
  if (skipped !== undefined) {
    const { count, first } = skipped;
    const lines = count === 1 ? "1 line holds" : `${count} lines hold`;
    output.note(`gizlab: ${lines} no bytes, the first is ${place(first)} (expected ${first.expected})`);
  }
  const more = unreadCount - Math.min(unread.length, SHOWN_UNREAD);
  if (more > 0) output.note(`gizlab: ${more} more ${more === 1 ? "place was" : "places were"} not read`);
}

function place({ line, column, text }: UnreadText): string {
  const shown = text.length > SHOWN_LENGTH ? `${text.slice(0, SHOWN_LENGTH)}…` : text;
  return `line ${line}, column ${column}: ${JSON.stringify(shown)}`;
}
