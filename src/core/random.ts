import { createHash, randomBytes } from "node:crypto";

/** How far a source has come, as plain JSON; empty for one that nobody can predict. */
export type RandomState = readonly number[];

/** A source of random numbers. Streams of one seed are independent: drawing from one never shifts another. */
export interface Random {
  /** A number in [0, 1). */
  next(): number;
  /** An integer in [min, max], both included. */
  integer(min: number, max: number): number;
  /** Roughly normal, mean 0 and deviation 1 (sum of four uniforms). */
  normal(): number;
  bytes(length: number): Uint8Array;
  /** Lower-case hex of `length` random bytes. */
  hex(length: number): string;
  pick<T>(items: readonly T[]): T;
  /** An independent stream named under this one. */
  stream(name: string): Random;
  /** Where this source is; its streams are sources of their own. */
  save(): RandomState;
  /**
   * Goes on from where the saved source was, whatever the seeds of the two. The system source stays as it is, and so
   * does any source on an empty state. Throws a RangeError for a state that no source saves.
   */
  load(state: RandomState): void;
}

/** A repeatable source: equal seeds give equal numbers for ever (sfc32 keyed by SHA-256 of the seed). */
export function createSeededRandom(seed: number | string): Random {
  const key = createHash("sha256").update(String(seed)).digest();
  let a = key.readUInt32LE(0);
  let b = key.readUInt32LE(4);
  let c = key.readUInt32LE(8);
  let counter = 1;
  const nextUint32 = (): number => {
    const result = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (c << 21) | (c >>> 11);
    c = (c + result) | 0;
    return result >>> 0;
  };
  for (let i = 0; i < 12; i += 1) nextUint32();
  return createRandom(nextUint32, {
    bytes: (length) => Uint8Array.from({ length }, () => nextUint32() & 0xff),
    stream: (name) => createSeededRandom(`${seed}/${name}`),
    save: () => [a, b, c, counter],
    load: (state) => {
      if (state.length === 0) return;
      if (state.length !== 4) throw new RangeError(`a random state has 4 numbers, not ${state.length}`);
      [a, b, c, counter] = state as readonly [number, number, number, number];
    },
  });
}

/** Numbers nobody can predict, for credentials of a cloud that was given no seed. */
export function createSystemRandom(): Random {
  const source: Random = createRandom(() => randomBytes(4).readUInt32LE(0), {
    bytes: (length) => randomBytes(length),
    stream: () => source,
    save: () => [],
    load: () => {},
  });
  return source;
}

function createRandom(nextUint32: () => number, source: Pick<Random, "bytes" | "stream" | "save" | "load">): Random {
  const next = (): number => nextUint32() / 0x1_0000_0000;
  const integer = (min: number, max: number): number => min + Math.floor(next() * (max - min + 1));
  return {
    ...source,
    next,
    integer,
    normal: () => (next() + next() + next() + next() - 2) * Math.sqrt(3),
    hex: (length) => Buffer.from(source.bytes(length)).toString("hex"),
    pick: <T>(items: readonly T[]): T => items[integer(0, items.length - 1)] as T,
  };
}
