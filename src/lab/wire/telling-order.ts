import type { Millis } from "../../core/duration.js";
import type { Trace } from "../../core/trace.js";

interface Place {
  readonly at: Millis;
  tell: (() => void) | undefined;
}

/**
 * What is told of a wire, in the order in which it happened and with the time at which it did. A frame whose last FF
 * may still get its 55 keeps a place; what happens meanwhile waits behind it.
 */
export class TellingOrder {
  readonly #trace: Trace;
  readonly #places: Place[] = [];

  constructor(trace: Trace) {
    this.#trace = trace;
  }

  /** Tells something that has just happened: now, or as soon as everything before it has been told. */
  tell(tell: () => void): void {
    if (this.#places.length === 0) tell();
    else this.#places.push({ at: this.#trace.now, tell });
  }

  /** Keeps a place for what has just happened; the function given back fills it. */
  keepPlace(): (tell: () => void) => void {
    const place: Place = { at: this.#trace.now, tell: undefined };
    this.#places.push(place);
    return (tell) => {
      place.tell = tell;
      this.#flush();
    };
  }

  #flush(): void {
    for (let first = this.#places[0]; first?.tell !== undefined; first = this.#places[0]) {
      this.#places.shift();
      this.#trace.recordAt(first.at, first.tell);
    }
  }
}
