export type Utf16 = "utf-16le" | "utf-16be";

/** The text of whole UTF-16 code units; surrogates without their other half stay in it. */
export function decodeUtf16(bytes: Uint8Array, kind: Utf16): string {
  // A copy: swap16 works in place.
  const units = Buffer.from(bytes);
  return (kind === "utf-16be" ? units.swap16() : units).toString("utf16le");
}

/** The index of the first surrogate without its other half, -1 for none. */
export function findLoneSurrogate(text: string): number {
  return text.search(/\p{Surrogate}/u);
}

/** How many of the bytes make whole characters: a half code unit and the first half of a pair wait for the rest. */
export function wholeUtf16(bytes: Uint8Array, kind: Utf16): number {
  const whole = bytes.length - (bytes.length % 2);
  const high = bytes[whole - (kind === "utf-16le" ? 1 : 2)];
  return high !== undefined && (high & 0xfc) === 0xd8 ? whole - 2 : whole;
}
