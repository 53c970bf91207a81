import type { Clock } from "../core/clock.js";
import type { Millis } from "../core/duration.js";
import type { GizlabError } from "../core/errors.js";
import type { Arrival } from "./passage.js";

interface Waiting {
  arrival(arrival: Arrival): void;
  end(error: GizlabError): void;
}

/** Promises for frames that are still to come. */
export class ArrivalWaits {
  readonly #clock: Clock;
  readonly #waiting = new Set<Waiting>();
  #end: GizlabError | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** The next frame that matches; undefined when none came in time. Rejects with the error of `end`. */
  next(matches: (arrival: Arrival) => boolean, withinMs: Millis): Promise<Arrival | undefined> {
    if (this.#end !== undefined) return Promise.reject(this.#end);
    const arrived = new Promise<Arrival | undefined>((resolve, reject) => {
      const settle = (): void => {
        this.#waiting.delete(waiting);
        timer.cancel();
      };
      const timer = this.#clock.setTimer("check", withinMs, () => {
        settle();
        resolve(undefined);
      });
      const waiting: Waiting = {
        arrival(arrival) {
          if (!matches(arrival)) return;
          settle();
          resolve(arrival);
        },
        end(error) {
          settle();
          reject(error);
        },
      };
      this.#waiting.add(waiting);
    });
    // A caller that waits for two frames at once handles the first rejection; both say the same.
    arrived.catch(() => {});
    return arrived;
  }

  arrive(arrival: Arrival): void {
    for (const waiting of [...this.#waiting]) waiting.arrival(arrival);
  }

  /** Nothing comes any more: everything that waits, and will, is rejected. */
  end(error: GizlabError): void {
    this.#end = error;
    for (const waiting of [...this.#waiting]) waiting.end(error);
  }
}
