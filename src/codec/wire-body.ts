import { checksumOf } from "./frame.js";

/** The bytes behind the header of a wire frame, the 55 behind each FF taken out. */
export function unstuff(wire: Uint8Array): Uint8Array {
  const body: number[] = [];
  for (let i = 0; i < wire.length; i += 1) {
    body.push(wire[i] as number);
    if (wire[i] === 0xff && wire[i + 1] === 0x55) i += 1;
  }
  return Uint8Array.from(body);
}

/** The len field of an un-stuffed body; 0 where bytes are missing. */
export function readLen(body: Uint8Array): number {
  return (body[0] ?? 0) * 256 + (body[1] ?? 0);
}

/** True when the last byte is the sum of the others, whatever `len` says. */
export function isSummed(body: Uint8Array): boolean {
  return checksumOf(body.subarray(0, -1)) === body[body.length - 1];
}
