import type { Frame } from "../codec/frame.js";
import { explainTolerated } from "../codec/mistakes.js";
import { FrameSplitter } from "../codec/splitter.js";
import { WireTape } from "../codec/wire-tape.js";
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
  readonly #ways: Readonly<Record<FrameWay, TapWay>>;

  constructor(options: TapOptions) {
    const { mcu, module, trace, clock, subject = {}, products, onUnknownProduct } = options;
    this.#options = options;
    this.#seen = new SeenProduct(products, onUnknownProduct);
    this.#trace = new DeviceTrace({
      trace,
      clock,
      profile: () => this.#seen.product?.profile,
      subject: () => subject,
    });
    const parts = { clock, faults: options.faults, trace: this.#trace };
    this.#ways = {
      up: new TapWay("up", mcu, module, { ...parts, see: (frame) => this.#seen.see(frame) }),
      down: new TapWay("down", module, mcu, { ...parts, see: () => {} }),
    };
  }

  /** The product, once the MCU has said which it is. */
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
    this.#trace.forget();
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
  readonly see: (frame: Frame) => void;
}

/** One direction. */
class TapWay {
  readonly #way: FrameWay;
  readonly #parts: TapWayParts;
  readonly #splitter: FrameSplitter;
  readonly #tape = new WireTape();
  readonly #line: SlowLink;
  readonly #faulty: FaultyWire;
  /** The frame that is being written may be struck; its correlation id. */
  #strikeable: TraceId | undefined;
  /** True while bytes are handed on frame by frame. */
  #isHolding = false;
  readonly #count = { bytes: 0, frames: 0, bad: 0 };

  constructor(way: FrameWay, from: Link, to: Link, parts: TapWayParts) {
    const { faults, trace } = parts;
    this.#way = way;
    this.#parts = parts;
    this.#faulty = new FaultyWire((frame) =>
      this.#strikeable === undefined ? undefined : faults?.strikeFrame(this.#strikeable, frame),
    );
    this.#line = interceptLink(to, parts.clock, (bytes) =>
      this.#strikeable === undefined ? undefined : this.#faulty.distort(undefined, way, bytes),
    );
    this.#splitter = new FrameSplitter({
      frame: (frame, offset) => this.#take(frame, this.#tape.cut(offset, frame.payload.length)),
      bad: (bad, offset) => {
        this.#count.bad += 1;
        if (this.#isHolding) this.#line.write(bad.bytes);
        trace.bad(way, explainBadFrame(bad, offset));
      },
      garbage: (bytes) => {
        if (this.#isHolding) this.#line.write(bytes);
        trace.noise(way, bytes);
      },
    });
    from.onData((bytes) => this.#pass(bytes));
  }

  get count(): TapCount {
    return this.#count;
  }

  forget(): void {
    this.#splitter.clear();
    this.#faulty.drop();
    this.#line.drop();
  }

  #pass(bytes: Uint8Array): void {
    // In the middle of a frame it stays as it was when the frame began.
    if (!this.#splitter.isInsideFrame) this.#isHolding = this.#isAimedAt || this.#faulty.isHolding;
    if (!this.#isHolding) this.#line.write(bytes);
    this.#count.bytes += bytes.length;
    this.#tape.push(bytes);
    this.#splitter.push(bytes);
  }

  get #isAimedAt(): boolean {
    const { faults } = this.#parts;
    if (faults?.isFrameActive !== true) return false;
    return faults.list().some(({ spec }) => (spec.direction ?? this.#way) === this.#way);
  }

  #take(frame: Frame, wire: Uint8Array): void {
    const { trace, see } = this.#parts;
    this.#count.frames += 1;
    see(frame);
    const id = trace.frame(this.#way, wire);
    const hint = explainTolerated(wire);
    if (hint !== undefined) trace.tolerated(this.#way, wire, hint, id);
    if (!this.#isHolding) return;
    this.#strikeable = id;
    this.#line.write(wire);
    this.#strikeable = undefined;
  }
}
