import type { GizlabError } from "../../core/errors.js";
import { findDatapoint, type Profile } from "../../profile/profile.js";
import { type DisplayValues, wireValues } from "../../profile/scale.js";

const TRUE_WORDS = new Set(["true", "on", "1"]);
const FALSE_WORDS = new Set(["false", "off", "0"]);

/**
 * What a typed value means to its datapoint, for `wireValues` to check: on and off are bools, digits may be the index of
 * an enum's label, a binary is filled up with zeros on its right (serial-tool.md 2.4). A text that means nothing stays.
 */
export function readAttrText(profile: Profile, name: string, text: string): unknown {
  const datapoint = findDatapoint(profile, name);
  switch (datapoint?.dataType) {
    case undefined:
      return text;
    case "bool": {
      const word = text.toLowerCase();
      return TRUE_WORDS.has(word) ? true : FALSE_WORDS.has(word) ? false : text;
    }
    case "enum":
      return !datapoint.labels.includes(text) && /^\d+$/.test(text) ? Number(text) : text;
    case "binary":
      return /^(?:[0-9a-f]{2})*$/i.test(text) ? text.padEnd(datapoint.width * 2, "0") : text;
    // A number would lose digits of its 8 bytes.
    case "uint64":
      return text;
    default:
      return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
  }
}

/**
 * The values of words such as `LED_OnOff=on`. Throws what `refuse` makes for a word of another form, and the `attr-…`
 * errors of `wireValues`.
 */
export function readAssignments(
  words: readonly string[],
  profile: Profile,
  refuse: (message: string, hint?: string) => GizlabError,
): DisplayValues {
  const given: Record<string, unknown> = {};
  for (const word of words) {
    const at = word.indexOf("=");
    if (at < 1) throw refuse(`"${word}" is no NAME=VALUE`, 'such as Mode="Deep sleep"');
    const name = word.slice(0, at);
    if (Object.hasOwn(given, name)) throw refuse(`${name} is set twice`);
    given[name] = readAttrText(profile, name, word.slice(at + 1));
  }
  wireValues(profile, given);
  return given as DisplayValues;
}
