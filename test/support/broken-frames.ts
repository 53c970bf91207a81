import { checksumOf, type Frame, LEN_OVERHEAD } from "../../src/codec/frame.js";

/** How a firmware builds its frames; what is left out is done right. */
export interface FrameRecipe {
  /** What it writes for the number of bytes from cmd through checksum. */
  readonly len?: (frame: Frame) => number;
  readonly littleEndian?: boolean;
  /** What it sends for the checksum of the bytes from len through the last of the payload. */
  readonly checksum?: (body: Uint8Array) => number;
  readonly unstuffed?: boolean;
}

/** The wire bytes of a firmware that builds frames by `recipe`, with no help from the code under test but its sum. */
export function cookFrame(frame: Frame, recipe: FrameRecipe): Uint8Array {
  const len = recipe.len?.(frame) ?? frame.payload.length + LEN_OVERHEAD;
  const bytes = [len >> 8, len & 0xff];
  if (recipe.littleEndian === true) bytes.reverse();
  bytes.push(frame.cmd, frame.sn, frame.flags >> 8, frame.flags & 0xff, ...frame.payload);
  const sum = recipe.checksum?.(Uint8Array.from(bytes)) ?? checksumOf(Uint8Array.from(bytes));
  const body = Uint8Array.of(...bytes, sum & 0xff);
  return Uint8Array.of(0xff, 0xff, ...(recipe.unstuffed === true ? body : stuffBytes(body)));
}

/** 55 behind every FF. */
export function stuffBytes(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from([...bytes].flatMap((byte) => (byte === 0xff ? [0xff, 0x55] : [byte])));
}

/** How many bytes stuffing adds behind the len field of a frame whose len stands as given. */
export function countStuffing(frame: Frame, len: number): number {
  const wire = cookFrame(frame, { len: () => len });
  return wire.length - 4 - (frame.payload.length + LEN_OVERHEAD);
}

/** len as a firmware writes it that takes it from the stuffed bytes: the one that comes out as it went in. */
export function stuffedLength(frame: Frame): number {
  const real = frame.payload.length + LEN_OVERHEAD;
  let len = real;
  for (let round = 0; round < 8; round += 1) len = real + countStuffing(frame, len);
  return len;
}
