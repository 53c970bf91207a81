import { GizlabError } from "../core/errors.js";

/** Versions are eight characters and compared as C's strcmp does (uart.md 2.2, cloud.md 2.3). */
const VERSION = /^[\x21-\x7e]{8}$/;

export function isVersion(text: string): boolean {
  return VERSION.test(text);
}

/** True when a device with version `current` takes `offered`: strcmp(current, offered) < 0 (cloud.md 2.3). */
export function isNewerVersion(current: string, offered: string): boolean {
  return current < offered;
}

/**
 * The version that counts one further: `03030009` becomes `03030010`. Digits and letters each count in their own range,
 * what stands between them is left. Throws `version-last` when there is none above.
 */
export function nextVersion(version: string): string {
  const characters = [...version];
  for (let at = characters.length - 1; at >= 0; at -= 1) {
    const character = characters[at] as string;
    const range = [
      ["0", "9"],
      ["A", "Z"],
      ["a", "z"],
    ].find(([first = "", last = ""]) => character >= first && character <= last);
    if (range === undefined) continue;
    if (character !== range[1]) {
      characters[at] = String.fromCharCode(character.charCodeAt(0) + 1);
      return characters.join("");
    }
    characters[at] = range[0] as string;
  }
  throw new GizlabError("version-last", `no version comes after ${version}`);
}
