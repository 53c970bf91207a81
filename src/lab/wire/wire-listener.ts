import type { Frame } from "../../codec/frame.js";
import { type BadFrame, FrameSplitter, type WireForm } from "../../codec/splitter.js";
import type { Clock } from "../../core/clock.js";
import type { Millis } from "../../core/duration.js";
import { KeyedTimers } from "../../core/keyed-timers.js";
import type { TellingOrder } from "./telling-order.js";

/** What comes, as soon as it is whole; what each gives back is called when its turn to be told has come. */
export interface WireListenerEvents {
  frame(frame: Frame, form: WireForm): () => void;
  bad(bad: BadFrame, offset: number): () => void;
  garbage(bytes: Uint8Array, offset: number): () => void;
}

/**
 * So long a line must be quiet behind a last FF until its 55 does not come any more; twice. A serial adapter hands over
 * what came every 16 ms, and a process that was busy runs a timer before it reads what came meanwhile.
 */
const QUIET_MS: Millis = 25;

/**
 * Listens to one direction of a wire beside whoever acts on it. It tells of a frame when all its bytes have come, the 55
 * behind a checksum FF too, so that what is recorded is what was on the wire.
 */
export class WireListener {
  readonly #timers: KeyedTimers<"final 55">;
  readonly #splitter: FrameSplitter;

  constructor(clock: Clock, order: TellingOrder, events: WireListenerEvents) {
    this.#timers = new KeyedTimers(clock);
    let open: { readonly frame: Frame; readonly fill: (tell: () => void) => void } | undefined;
    this.#splitter = new FrameSplitter({
      frame: (frame, _offset, arrival) => {
        if (arrival.isOpen) {
          open = { frame, fill: order.keepPlace() };
          this.#timers.set("final 55", QUIET_MS, () =>
            this.#timers.set("final 55", QUIET_MS, () => this.#splitter.settle()),
          );
          return;
        }
        order.tell(events.frame(frame, arrival.form()));
      },
      settled: (arrival) => {
        this.#timers.clear();
        const settled = open;
        open = undefined;
        settled?.fill(events.frame(settled.frame, arrival.form()));
      },
      bad: (bad, offset) => order.tell(events.bad(bad, offset)),
      garbage: (bytes, offset) => order.tell(events.garbage(bytes, offset)),
    });
  }

  /** True while the rest of a frame may still come. */
  get isInsideFrame(): boolean {
    return this.#splitter.isInsideFrame;
  }

  push(bytes: Uint8Array): void {
    this.#splitter.push(bytes);
  }

  /** Tells of a whole frame that waits for its 55, which nobody will hear any more; half a frame stays. */
  settle(): void {
    this.#splitter.settle();
  }

  /** Forgets half a frame; a whole one that waits for its 55 is told. */
  clear(): void {
    this.#splitter.clear();
  }

  /** Nothing more will come: what is held back is told. */
  end(): void {
    this.#splitter.end();
  }
}
