import type { Random } from "../../core/random.js";

/** Real dids use 57 characters, without 0 1 I O l (cloud.md 1.1). */
const DID_ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/** Firmware copies exactly this many characters. */
export const DID_LENGTH = 22;

/** A fresh device id: 22 characters of the did alphabet. */
export function makeDid(random: Random): string {
  return Array.from({ length: DID_LENGTH }, () => DID_ALPHABET[random.integer(0, DID_ALPHABET.length - 1)]).join("");
}

/** A passcode as modules make them: 10 upper-case letters, A to Y (cloud.md 1.1). */
export function makePasscode(random: Random): string {
  return Array.from({ length: 10 }, () => String.fromCharCode(65 + random.integer(0, 24))).join("");
}

/** A made-up MAC address: 12 lower-case hex digits, locally administered. */
export function makeMac(random: Random): string {
  return `02${random.hex(5)}`;
}
