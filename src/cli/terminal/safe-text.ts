import { randomUUID } from "node:crypto";

/** Control characters of both sets but line feed and tab. */
const CONTROLS = /[^\P{Cc}\n\t]/gu;
/** What JSON.stringify leaves as it is and a terminal obeys: DEL and the second set of control characters. */
const LATE_CONTROLS = /[\u007f-\u009f]/g;
const ESCAPE = "\u001b";
/** Stands for an escape of gizlab's own. Nobody who sends bytes or writes files can know it. */
const OWN_ESCAPE = `\u{fdd0}${randomUUID()}`;

/** Marks the escapes in a text that gizlab has coloured itself, so that `makeSafe` lets them through. */
export function keepEscapes(text: string): string {
  return text.replaceAll(ESCAPE, OWN_ESCAPE);
}

/**
 * A text as a terminal may have it: what came from a wire, a file or a name cannot move the cursor, set a title or
 * colour anything, since its control characters are spelt out (`\x1b`). Line feeds and tabs stay.
 */
export function makeSafe(text: string): string {
  return escapeControls(text).replaceAll(OWN_ESCAPE, ESCAPE);
}

/** The text with its control characters spelt out, line feeds and tabs too where it has to stay in its line. */
export function escapeControls(text: string, { inLine = false } = {}): string {
  const safe = text.replace(CONTROLS, (char) => `\\x${char.charCodeAt(0).toString(16).padStart(2, "0")}`);
  return inLine ? safe.replaceAll("\n", "\\n").replaceAll("\t", "\\t") : safe;
}

/** A value as one line of JSON in which no character controls a terminal. */
export function formatJsonLine(value: unknown): string {
  return spellControls(JSON.stringify(value));
}

/** Text that JSON.stringify has written, without the control characters that it leaves as they are. */
export function spellControls(json: string): string {
  return json.replace(LATE_CONTROLS, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
