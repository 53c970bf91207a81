import type { Frame } from "../codec/frame.js";
import { MistakeHistory } from "../codec/mistake-pattern.js";
import { explainMistake, judgeMistake } from "../codec/mistakes.js";
import type { BadFrame, WireForm } from "../codec/splitter.js";
import type { Clock } from "../core/clock.js";
import type { Trace, TraceId, TraceSubject } from "../core/trace.js";
import { interceptLink } from "../link/intercepted.js";
import type { Link, SlowLink } from "../link/link.js";
import { explainBadFrame } from "./bad-frame.js";
import { DeviceTrace, type FrameWay } from "./device-trace.js";
import type { Faults } from "./faults/faults.js";
import { FaultyWire } from "./faults/uart-faults.js";
import type { NamedProfile } from "./profiles.js";
import { SeenProduct } from "./seen-product.js";
import { TellingOrder } from "./wire/telling-order.js";
import { WireListener } from "./wire/wire-listener.js";

export interface TapOptions {
  /** The wire to the MCU. */
  readonly mcu: Link;
  /** The wire to the Wi-Fi module. */
  readonly module: Link;
  readonly clock: Clock;
  readonly trace: Trace;
  /** The products whose datapoints can be named. */
  readonly products: readonly NamedProfile[];
  readonly subject?: TraceSubject;
  /** Those of a UART strike what passes. */
  readonly faults?: Faults;
  /** Names values until the MCU has said which product it is. */
  readonly assumed?: NamedProfile;
  /** The MCU is of another product than the one before. */
  readonly onProduct?: (product: NamedProfile, before: NamedProfile | undefined) => void;
  /** The MCU says a product_key that no known profile has. */
  readonly onUnknownProduct?: (productKey: string) => void;
}

/** What has passed in one direction. */
export interface TapCount {
  readonly bytes: number;
  readonly frames: number;
  /** Bytes that began like a frame and were none. */
  readonly bad: number;
}

/**
 * Between a real MCU and a real Wi-Fi module: every byte is handed on as it comes, before anybody looks at it, and both
 * directions are decoded into the trace (uart.md 1). While a fault may strike a direction, its frames are handed on whole
 * instead, since half of one that is already gone cannot be dropped.
 */
export class Tap {
  readonly #options: TapOptions;
  readonly #seen: SeenProduct;
  readonly #trace: DeviceTrace;
  readonly #order: TellingOrder;
  readonly #ways: Readonly<Record<FrameWay, TapWay>>;

  constructor(options: TapOptions) {
    const { mcu, module, trace, clock, subject = {}, products, assumed, onProduct, onUnknownProduct } = options;
    this.#options = options;
    this.#seen = new SeenProduct(products, { assumed, onProduct, onUnknown: onUnknownProduct });
    this.#order = new TellingOrder(trace);
    this.#trace = new DeviceTrace({
      trace,
      profile: () => this.#seen.product?.profile,
      subject: () => subject,
    });
    const parts = { clock, faults: options.faults, trace: this.#trace, order: this.#order };
    this.#ways = {
      up: new TapWay("up", mcu, module, { ...parts, see: (frame) => this.#seen.see(frame) }),
      down: new TapWay("down", module, mcu, { ...parts, see: () => {} }),
    };
  }

  /** The product, once the MCU has said which it is; until then the assumed one. */
  get product(): NamedProfile | undefined {
    return this.#seen.product;
  }

  /** What has passed so far. */
  count(way: FrameWay): TapCount {
    return this.#ways[way].count;
  }

  /** The port that speaks `way` has gone: half a frame of it is forgotten, and what is still on the way to the other. */
  forget(way: FrameWay): void {
    this.#ways[way].forget();
    this.#order.tell(() => this.#trace.forget());
  }

  /** Nobody will listen any more: a frame that waits for its 55 is told. */
  settle(): void {
    for (const way of ["up", "down"] as const) this.#ways[way].settle();
  }

  close(): void {
    for (const way of ["up", "down"] as const) this.#ways[way].forget();
    this.#options.mcu.close();
    this.#options.module.close();
  }
}

interface TapWayParts {
  readonly clock: Clock;
  readonly faults: Faults | undefined;
  readonly trace: DeviceTrace;
  readonly order: TellingOrder;
  readonly see: (frame: Frame) => void;
}

/** One direction. */
class TapWay {
  readonly #way: FrameWay;
  readonly #parts: TapWayParts;
  readonly #listener: WireListener;
  readonly #line: SlowLink;
  readonly #faulty: FaultyWire;
  /** The frame that is being written may be struck. */
  #strikeable: { readonly id: TraceId; readonly isFlawed: boolean } | undefined;
  /** True while bytes are handed on frame by frame. */
  #isHolding = false;
  readonly #history = new MistakeHistory();
  readonly #count = { bytes: 0, frames: 0, bad: 0 };

  constructor(way: FrameWay, from: Link, to: Link, parts: TapWayParts) {
    const { faults, trace } = parts;
    this.#way = way;
    this.#parts = parts;
    this.#faulty = new FaultyWire((frame) =>
      this.#strikeable === undefined ? undefined : faults?.strikeFrame(this.#strikeable.id, frame),
    );
    this.#line = interceptLink(to, parts.clock, (bytes) => {
      if (this.#strikeable === undefined) return undefined;
      const pieces = this.#faulty.distort(undefined, way, bytes);
      // A mistake of the sender is told already.
      if (pieces !== undefined && !this.#strikeable.isFlawed) trace.struck(way, pieces, this.#strikeable.id);
      return pieces;
    });
    this.#listener = new WireListener(parts.clock, parts.order, {
      frame: (frame, form) => {
        const isHeld = this.#isHolding;
        return () => this.#take(frame, form, isHeld);
      },
      bad: (bad, offset) => {
        const isHeld = this.#isHolding;
        return () => {
          this.#count.bad += 1;
          if (isHeld) this.#line.write(bad.bytes);
          trace.bad(way, explainBadFrame(bad, offset, { hint: this.#explain(bad) }));
        };
      },
      garbage: (bytes) => {
        const isHeld = this.#isHolding;
        return () => {
          if (isHeld) this.#line.write(bytes);
          trace.noise(way, bytes);
        };
      },
    });
    from.onData((bytes) => this.#pass(bytes));
  }

  get count(): TapCount {
    return this.#count;
  }

  settle(): void {
    this.#listener.settle();
  }

  forget(): void {
    this.#history.clear();
    this.#listener.clear();
    this.#faulty.drop();
    this.#line.drop();
  }

  /** What is wrong with a frame, judged by those before it where the line may have done it. */
  #explain(bad: BadFrame): string {
    return judgeMistake(this.#history, bad, bad.bytes, explainMistake(bad.bytes, bad.reason));
  }

  #pass(bytes: Uint8Array): void {
    // In the middle of a frame it stays as it was when the frame began.
    if (!this.#listener.isInsideFrame) this.#isHolding = this.#isAimedAt || this.#faulty.isHolding;
    if (!this.#isHolding) this.#line.write(bytes);
    this.#count.bytes += bytes.length;
    this.#listener.push(bytes);
  }

  get #isAimedAt(): boolean {
    const { faults } = this.#parts;
    if (faults?.isFrameActive !== true) return false;
    return faults.list().some(({ spec }) => (spec.direction ?? this.#way) === this.#way);
  }

  #take(frame: Frame, form: WireForm, isHeld: boolean): void {
    const { trace, see } = this.#parts;
    this.#count.frames += 1;
    see(frame);
    const id = trace.heard(this.#way, frame, form);
    if (!isHeld) return;
    this.#strikeable = { id, isFlawed: form.isUnstuffed };
    this.#line.write(form.bytes);
    this.#strikeable = undefined;
  }
}
