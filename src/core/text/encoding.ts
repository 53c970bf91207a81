/** How a text is written as bytes; a byte order mark is `markLength` bytes of them. */
export type Encoding =
  | { readonly kind: "utf-8" | "utf-16le" | "utf-16be"; readonly markLength: number }
  | { readonly kind: "utf-32" };

/** The beginning of a text shows its encoding. */
const SAMPLE = 1024;
/** ASCII characters have a zero byte in UTF-16: in JSON, YAML, CSV and hex more than one character in eight is ASCII. */
const LEAST_SHARE = 1 / 8;

/**
 * Finds the encoding of a text from its first bytes: by the byte order mark, or without one by the zero bytes of
 * UTF-16 and UTF-32. Undefined while more bytes could change the answer.
 */
export function findEncoding(bytes: Uint8Array, isWhole: boolean): Encoding | undefined {
  if (!isWhole && bytes.length < 4 && !isSurelyUtf8(bytes)) return undefined;
  const [a, b, c, d] = bytes;
  if (a === 0xef && b === 0xbb && c === 0xbf) return { kind: "utf-8", markLength: 3 };
  if ((a === 0xff && b === 0xfe && c === 0 && d === 0) || (a === 0 && b === 0 && c === 0xfe && d === 0xff))
    return { kind: "utf-32" };
  if (a === 0xff && b === 0xfe) return { kind: "utf-16le", markLength: 2 };
  if (a === 0xfe && b === 0xff) return { kind: "utf-16be", markLength: 2 };
  return findByZeros(bytes.subarray(0, SAMPLE));
}

/** Lines that are typed or piped one at a time must not wait for the next one. */
function isSurelyUtf8(bytes: Uint8Array): boolean {
  const [first] = bytes;
  if (first === undefined || first === 0xef || first === 0xfe || first === 0xff || bytes.includes(0)) return false;
  return bytes.length > 1 || first === 0x0a || first === 0x0d;
}

function findByZeros(bytes: Uint8Array): Encoding {
  const zeros = [0, 0, 0, 0] as [number, number, number, number];
  for (let at = 0; at < bytes.length; at += 1) if (bytes[at] === 0) zeros[(at % 4) as 0 | 1 | 2 | 3] += 1;
  const quarter = Math.floor(bytes.length / 4);
  const isUsed = zeros.map((count) => count < quarter);
  // Every character below U+10000 has two zero bytes in UTF-32, at one end or at the other.
  if (quarter > 0 && ((isUsed[0] && !isUsed[2] && !isUsed[3]) || (isUsed[3] && !isUsed[0] && !isUsed[1])))
    return { kind: "utf-32" };
  const [even, odd] = [zeros[0] + zeros[2], zeros[1] + zeros[3]];
  // One zero byte alone may be noise at the start of a log.
  const isMany = even + odd >= Math.max(bytes.length < 4 ? 1 : 2, (bytes.length / 2) * LEAST_SHARE);
  if (even === 0 && isMany) return { kind: "utf-16le", markLength: 0 };
  if (odd === 0 && isMany) return { kind: "utf-16be", markLength: 0 };
  return { kind: "utf-8", markLength: 0 };
}
