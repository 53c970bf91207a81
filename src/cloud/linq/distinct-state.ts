import { type AggregateState, brokenState, NUMBER_ENTRY_BYTES, type SavedState, savedList } from "./aggregate-state.js";
import { keyOf, type LinqValue } from "./value.js";

/** Registers are 2^12: a standard error of 1.6 % (Flajolet et al. 2007, with linear counting for small numbers). */
const INDEX_BITS = 12;
const REGISTERS = 1 << INDEX_BITS;

/**
 * HyperLogLog: about how many distinct values there are that are not null, in 4 KiB whatever their number.
 * `hllppcount` gives the number, `hllpp` the registers in base64 (aggregation-apis.md 1.6).
 */
export class DistinctState implements AggregateState {
  readonly #gives: "count" | "sketch";
  /** Registers that were set; a group with few values stays small. */
  readonly #ranks = new Map<number, number>();

  constructor(gives: "count" | "sketch") {
    this.#gives = gives;
  }

  get held(): number {
    return 160 + this.#ranks.size * NUMBER_ENTRY_BYTES;
  }

  add(value: LinqValue): void {
    if (value === null) return;
    const [high, low] = hashText(keyOf(value));
    const rank = Math.clz32(low) + 1;
    this.#raise(high >>> (32 - INDEX_BITS), rank);
  }

  absorb(saved: SavedState): void {
    const registers = savedList(saved, 0);
    const ranks = savedList(saved, 1);
    for (const [index, register] of registers.entries()) {
      const rank = ranks[index];
      if (typeof register !== "number" || typeof rank !== "number" || !(register in EMPTY)) throw brokenState();
      this.#raise(register, rank);
    }
  }

  save(): SavedState {
    return [[...this.#ranks.keys()], [...this.#ranks.values()]];
  }

  result(): LinqValue {
    if (this.#gives === "count") return this.#estimate();
    const bytes = new Uint8Array(REGISTERS);
    for (const [register, rank] of this.#ranks) bytes[register] = rank;
    return Buffer.from(bytes).toString("base64");
  }

  #raise(register: number, rank: number): void {
    if (rank > (this.#ranks.get(register) ?? 0)) this.#ranks.set(register, rank);
  }

  #estimate(): number {
    const empty = REGISTERS - this.#ranks.size;
    // Sorted, so that the sum does not depend on the order the registers were set in.
    const ranks = [...this.#ranks.values()].sort((one, other) => one - other);
    const harmonic = ranks.reduce((sum, rank) => sum + 2 ** -rank, empty);
    const raw = ((0.7213 / (1 + 1.079 / REGISTERS)) * REGISTERS * REGISTERS) / harmonic;
    return raw <= 2.5 * REGISTERS && empty > 0 ? REGISTERS * Math.log(REGISTERS / empty) : raw;
  }
}

const EMPTY = new Uint8Array(REGISTERS);

/** Two 32-bit hashes of a text (two multiplicative hashes, each finished as MurmurHash3 does). */
function hashText(text: string): readonly [number, number] {
  let one = 0xdeadbeef;
  let other = 0x41c6ce57;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    one = Math.imul(one ^ code, 0x9e3779b1);
    other = Math.imul(other ^ code, 0x5f356495);
  }
  return [finish(one ^ (other >>> 16)), finish(other ^ (one >>> 16))];
}

function finish(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
