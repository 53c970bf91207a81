/** Messages that may be on the road between two hops at once; more than that were lost. A power of two. */
const ON_THE_ROAD = 32;

/**
 * Follows messages over a stretch that carries no ids, such as a UART or MQTT: one hop hands a message over with its
 * correlation id, the next one meets the same bytes and finds the id again. Nothing is copied or allocated.
 */
export class Correlation {
  readonly #bytes: Uint8Array[] = [];
  readonly #from: number[] = [];
  readonly #to: number[] = [];
  readonly #ids: number[] = [];
  #first = 0;
  #next = 0;

  /** Hands `bytes` over, or only those in [from, to). */
  handOver(bytes: Uint8Array, id: number, from = 0, to = bytes.length): void {
    if (this.#next - this.#first >= ON_THE_ROAD) this.#first += 1;
    const at = this.#next % ON_THE_ROAD;
    this.#bytes[at] = bytes;
    this.#from[at] = from;
    this.#to[at] = to;
    this.#ids[at] = id;
    this.#next += 1;
  }

  /** The id of the oldest message that is these bytes; those handed over before it are lost. */
  meet(bytes: Uint8Array): number | undefined {
    for (let n = this.#first; n < this.#next; n += 1) {
      const at = n % ON_THE_ROAD;
      if (!this.#isEnd(at, bytes, true)) continue;
      this.#first = n + 1;
      return this.#ids[at];
    }
    return undefined;
  }

  /**
   * The id of the newest message that is the end of these bytes, where messages get lost on the way and equal ones
   * follow. One that was handed over several times is met as often; those before it are lost.
   */
  meetNewest(bytes: Uint8Array): number | undefined {
    let id: number | undefined;
    let met = this.#first;
    for (let n = this.#next - 1; n >= this.#first; n -= 1) {
      const at = n % ON_THE_ROAD;
      if (id !== undefined && this.#ids[at] !== id) break;
      if (!this.#isEnd(at, bytes, false)) continue;
      id = this.#ids[at];
      met = n + 1;
    }
    this.#first = met;
    return id;
  }

  /** Everything on the road is lost. */
  clear(): void {
    this.#first = this.#next;
    this.#bytes.length = 0;
  }

  #isEnd(at: number, bytes: Uint8Array, isWhole: boolean): boolean {
    const message = this.#bytes[at] as Uint8Array;
    const from = this.#from[at] as number;
    const length = (this.#to[at] as number) - from;
    const lead = bytes.length - length;
    if (lead < 0 || (isWhole && lead > 0)) return false;
    for (let i = 0; i < length; i += 1) if (message[from + i] !== bytes[lead + i]) return false;
    return true;
  }
}
