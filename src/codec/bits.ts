/**
 * Bit sections are big-endian integers of any width: bit 0 is the LSB of the last byte (uart.md 4.2).
 * Both functions work byte by byte, so that a section may be wider than a JavaScript integer.
 */

/** The `length` bits (at most 32) that begin at `bitOffset`. */
export function readBits(section: Uint8Array, bitOffset: number, length: number): number {
  let value = 0;
  for (let i = 0; i < length; i += 1) {
    const bit = bitOffset + i;
    const byte = section[section.length - 1 - (bit >> 3)] ?? 0;
    if ((byte >> (bit & 7)) & 1) value += 2 ** i;
  }
  return value;
}

/** Sets the `length` bits that begin at `bitOffset` to `value`. */
export function writeBits(section: Uint8Array, bitOffset: number, length: number, value: number): void {
  for (let i = 0; i < length; i += 1) {
    const bit = bitOffset + i;
    const at = section.length - 1 - (bit >> 3);
    const mask = 1 << (bit & 7);
    const isSet = Math.floor(value / 2 ** i) % 2 === 1;
    section[at] = isSet ? (section[at] ?? 0) | mask : (section[at] ?? 0) & ~mask;
  }
}
