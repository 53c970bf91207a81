import { findDatapoint, type Profile } from "../../profile/profile.js";

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
    default:
      return text.trim() !== "" && Number.isFinite(Number(text)) ? Number(text) : text;
  }
}
