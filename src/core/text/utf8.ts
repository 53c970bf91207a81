/** The text of UTF-8 bytes; undefined when they are not UTF-8. A byte order mark is kept. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

/** Where the first byte stands that belongs to no character; the length of the bytes when all do. */
export function findInvalidUtf8(bytes: Uint8Array): number {
  let at = 0;
  while (at < bytes.length) {
    const length = lengthOf(bytes, at);
    if (length === undefined || at + length > bytes.length) return at;
    at += length;
  }
  return at;
}

/** How many of the bytes make whole characters: fewer than all when the last character is not complete. */
export function wholeUtf8(bytes: Uint8Array): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back += 1) {
    const at = bytes.length - back;
    const byte = bytes[at] as number;
    if (byte < 0x80) break;
    if (byte < 0xc0) continue;
    return byte < 0xf8 && leadLength(byte) > back ? at : bytes.length;
  }
  return bytes.length;
}

function leadLength(byte: number): number {
  if (byte < 0xe0) return 2;
  return byte < 0xf0 ? 3 : 4;
}

/** The length of the character at `at`, undefined for none: no overlong forms, no surrogates (RFC 3629). */
function lengthOf(bytes: Uint8Array, at: number): number | undefined {
  const lead = bytes[at] as number;
  if (lead < 0x80) return 1;
  if (lead < 0xc2 || lead > 0xf4) return undefined;
  const second = bytes[at + 1] ?? 0;
  const [least, most] =
    lead === 0xe0
      ? [0xa0, 0xbf]
      : lead === 0xed
        ? [0x80, 0x9f]
        : lead === 0xf0
          ? [0x90, 0xbf]
          : [0x80, lead === 0xf4 ? 0x8f : 0xbf];
  if (second < least || second > most) return undefined;
  const length = leadLength(lead);
  for (let index = 2; index < length; index += 1) if (((bytes[at + index] ?? 0) & 0xc0) !== 0x80) return undefined;
  return length;
}
