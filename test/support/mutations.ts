import type { Random } from "../../src/core/random.js";

/** Breaks bytes in one way. The result may be as long as the input and a few bytes, never longer. */
export type Mutation = (random: Random, bytes: Uint8Array) => Uint8Array;

const spot = (random: Random, bytes: Uint8Array): number => random.integer(0, Math.max(0, bytes.length - 1));

function replaceByte(bytes: Uint8Array, at: number, value: number): Uint8Array {
  const copy = bytes.slice();
  copy[at] = value;
  return copy;
}

function splice(bytes: Uint8Array, at: number, removed: number, inserted: readonly number[]): Uint8Array {
  const result = new Uint8Array(bytes.length - Math.min(removed, bytes.length - at) + inserted.length);
  result.set(bytes.subarray(0, at));
  result.set(inserted, at);
  result.set(bytes.subarray(at + removed), at + inserted.length);
  return result;
}

/** What may happen to bytes on a line or in careless firmware. */
export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  flipBit: (random, bytes) => {
    const at = spot(random, bytes);
    return replaceByte(bytes, at, (bytes[at] ?? 0) ^ (1 << random.integer(0, 7)));
  },
  dropByte: (random, bytes) => splice(bytes, spot(random, bytes), 1, []),
  dropRun: (random, bytes) => splice(bytes, spot(random, bytes), random.integer(2, 6), []),
  insertByte: (random, bytes) => splice(bytes, spot(random, bytes), 0, [random.integer(0, 0xff)]),
  insertFf: (random, bytes) =>
    splice(bytes, spot(random, bytes), 0, random.integer(0, 1) === 0 ? [0xff] : [0xff, 0xff]),
  duplicateByte: (random, bytes) => {
    const at = spot(random, bytes);
    return splice(bytes, at, 0, [...bytes.subarray(at, at + 1)]);
  },
  changeLength: (random, bytes) => {
    const near = (bytes[3] ?? 0) + random.integer(-9, 9);
    const len = random.pick([near, random.integer(0, 0xffff), 0x00ff, 0x0fff, random.integer(0, 8), near << 8]);
    return replaceByte(replaceByte(bytes, 2, len >> 8), 3, len);
  },
  truncate: (random, bytes) => bytes.slice(0, spot(random, bytes)),
  endInFf: (random, bytes) => splice(bytes, spot(random, bytes), bytes.length, [0xff]),
  unstuff: (_random, bytes) => bytes.filter((byte, at) => !(byte === 0x55 && bytes[at - 1] === 0xff)),
};

const NAMES = Object.keys(MUTATIONS);

/** Applies one to three mutations and counts them by name. */
export function mutate(random: Random, bytes: Uint8Array, counts: Map<string, number>): Uint8Array {
  let mutated = bytes;
  for (let left = random.integer(1, 3); left > 0; left -= 1) {
    const name = random.pick(NAMES);
    mutated = MUTATIONS[name]!(random, mutated);
    counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return mutated;
}

/** Random bytes in which FF and 55 are common. */
export function randomPayload(random: Random, maxLength: number): Uint8Array {
  const bytes = new Uint8Array(random.integer(0, maxLength));
  for (let at = 0; at < bytes.length; at += 1) {
    const dice = random.integer(0, 9);
    bytes[at] = dice === 0 ? 0xff : dice === 1 ? 0x55 : dice === 2 ? 0 : random.integer(0, 0xff);
  }
  return bytes;
}
