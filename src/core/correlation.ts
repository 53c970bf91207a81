/** Messages that may be on the road between two hops at once; more than that were lost. */
const ON_THE_ROAD = 32;

/**
 * Follows messages over a stretch that carries no ids, such as a UART or MQTT: one hop hands a message over with its
 * correlation id, the next one meets the same bytes and finds the id again.
 */
export class Correlation {
  #messages: { readonly bytes: Uint8Array; readonly id: string }[] = [];

  handOver(bytes: Uint8Array, id: string): void {
    if (this.#messages.length >= ON_THE_ROAD) this.#messages.shift();
    this.#messages.push({ bytes, id });
  }

  /** The id of the oldest message with these bytes; those handed over before it are lost. */
  meet(bytes: Uint8Array): string | undefined {
    const at = this.#messages.findIndex((message) => isEqual(message.bytes, bytes));
    if (at < 0) return undefined;
    const [found] = this.#messages.splice(0, at + 1).slice(-1);
    return found?.id;
  }
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}
