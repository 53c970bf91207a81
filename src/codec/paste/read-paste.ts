import { GizlabError } from "../../core/errors.js";
import { BARE_HEX, refuseText } from "./bare-hex.js";
import { DUMP } from "./dump.js";
import { LITERALS } from "./literal.js";
import { LOG_LINES } from "./log-lines.js";
import type { Paste, PasteForm, PasteInput } from "./paste.js";
import { MQTT_BYTES, RAW_BYTES } from "./raw-bytes.js";
import { VENDOR_LOG } from "./vendor-log.js";

/** Every form, the surest first. Adding one is adding an entry; dumps and literals have tables of their own. */
export const PASTE_FORMS: readonly PasteForm[] = [
  MQTT_BYTES,
  RAW_BYTES,
  VENDOR_LOG,
  DUMP,
  BARE_HEX,
  LITERALS,
  LOG_LINES,
];

/**
 * Finds the bytes in what a person has pasted or piped: hex, dumps, logs, literals of a program, or bytes as they are.
 * Throws `hex-invalid` with line and column for a text in which no form finds bytes.
 */
export function readPaste(input: PasteInput): Paste {
  for (const form of PASTE_FORMS) {
    const paste = form.read(input);
    if (paste !== undefined) return paste;
  }
  if (input.text === undefined) throw new GizlabError("hex-invalid", "there are no bytes");
  return refuseText(input.text);
}
