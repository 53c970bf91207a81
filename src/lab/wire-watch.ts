import type { Frame } from "../codec/frame.js";
import { MistakeHistory } from "../codec/mistake-pattern.js";
import { explainItem, judgeMistake } from "../codec/mistakes.js";
import type { FoundItem, WireForm } from "../codec/splitter.js";
import type { Clock } from "../core/clock.js";
import type { Millis } from "../core/duration.js";
import { KeyedTimers } from "../core/keyed-timers.js";
import { type ExplainedBad, explainBadFrame } from "./bad-frame.js";
import type { TellingOrder } from "./wire/telling-order.js";
import { WireListener } from "./wire/wire-listener.js";

/** Bytes that belong to no frame, all those of a span. */
export interface Noise {
  readonly count: number;
  readonly overMs: Millis;
  /** The first of them. */
  readonly sample: Uint8Array;
  /** Bad frames among them that were not told one by one. */
  readonly badFrames: number;
}

/** What has come since the last `clear`. */
export interface WireTally {
  readonly bytes: number;
  /** Frames that began, sound or not. */
  readonly begun: number;
  readonly sound: number;
  /** The first bytes. */
  readonly head: Uint8Array;
}

export interface WireWatchEvents {
  frame(frame: Frame, form: WireForm): void;
  bad(bad: ExplainedBad): void;
  noise(noise: Noise): void;
}

/** A line that is quiet for so long in the middle of a frame will not bring its rest. */
const QUIET_MS = 500;
/** Noise is told once in this time, and bad frames so many times. */
const NOISE_SPAN_MS = 1000;
const BAD_PER_SPAN = 5;
/** Behind a bad frame, so many things found may be its rest. */
const FOLLOWERS = 20;
const SAMPLE_LIMIT = 32;
const BYTES_LIMIT = 128;
const HEAD_LIMIT = 64;

/** Looks at what a board says, beside whoever acts on it: sound frames, bad ones with the likely mistake, noise. */
export class WireWatch {
  readonly #events: WireWatchEvents;
  readonly #timers: KeyedTimers<"quiet" | "noise">;
  readonly #listener: WireListener;
  /** A bad frame and what came behind it, which may be its rest. */
  #doubtful: FoundItem[] = [];
  #noise = { count: 0, sample: new Uint8Array(0), badFrames: 0 };
  readonly #history = new MistakeHistory();
  #badInSpan = 0;
  #tally = { bytes: 0, begun: 0, sound: 0, head: new Uint8Array(0) };

  constructor(clock: Clock, order: TellingOrder, events: WireWatchEvents) {
    this.#events = events;
    this.#timers = new KeyedTimers(clock);
    this.#listener = new WireListener(clock, order, {
      frame: (frame, form) => () => {
        this.#tally.begun += 1;
        this.#tally.sound += 1;
        this.#explainDoubtful();
        events.frame(frame, form);
      },
      bad: (bad, offset) => () => {
        this.#tally.begun += 1;
        this.#doubt({ kind: "bad", bad, offset });
      },
      garbage: (bytes, offset) => () => {
        if (this.#doubtful.length > 0) this.#doubt({ kind: "garbage", bytes, offset });
        else this.#hearNoise(bytes);
      },
    });
  }

  get tally(): WireTally {
    return this.#tally;
  }

  push(bytes: Uint8Array): void {
    const tally = this.#tally;
    tally.bytes += bytes.length;
    if (tally.head.length < HEAD_LIMIT) tally.head = join(tally.head, bytes, HEAD_LIMIT);
    this.#listener.push(bytes);
    if (this.#doubtful.length === 0 && !this.#listener.isInsideFrame) return this.#timers.cancel("quiet");
    this.#timers.set("quiet", QUIET_MS, () => {
      this.#listener.end();
      this.#explainDoubtful();
    });
  }

  /** Tells what is held back and whole: a frame that waits for its 55, a bad frame that waits for its rest, noise. */
  settle(): void {
    this.#listener.settle();
    this.#explainDoubtful();
    this.#tellNoise();
  }

  /** Forgets half a frame, and what was counted. */
  clear(): void {
    this.#listener.clear();
    this.#timers.clear();
    this.#doubtful = [];
    this.#history.clear();
    this.#badInSpan = 0;
    this.#noise = { count: 0, sample: new Uint8Array(0), badFrames: 0 };
    this.#tally = { bytes: 0, begun: 0, sound: 0, head: new Uint8Array(0) };
  }

  #doubt(item: FoundItem): void {
    this.#doubtful.push(item);
    if (this.#doubtful.length > FOLLOWERS) this.#explainDoubtful();
  }

  #explainDoubtful(): void {
    const items = this.#doubtful;
    this.#doubtful = [];
    for (const [index, item] of items.entries()) {
      if (item.kind !== "bad") continue;
      const bytes = collectBytes(items, index);
      const own = explainItem(items, index);
      const hint = own === undefined ? own : judgeMistake(this.#history, item.bad, bytes, own);
      this.#armSpan();
      this.#badInSpan += 1;
      if (this.#badInSpan > BAD_PER_SPAN) {
        this.#noise.badFrames += 1;
        this.#hearNoise(bytes);
        continue;
      }
      this.#events.bad(explainBadFrame(item.bad, item.offset, { bytes, ...(hint === undefined ? {} : { hint }) }));
    }
  }

  #hearNoise(bytes: Uint8Array): void {
    const noise = this.#noise;
    noise.count += bytes.length;
    if (noise.sample.length < SAMPLE_LIMIT) noise.sample = join(noise.sample, bytes, SAMPLE_LIMIT);
    this.#armSpan();
  }

  #armSpan(): void {
    if (this.#timers.dueAt("noise") !== undefined) return;
    this.#timers.set("noise", NOISE_SPAN_MS, () => this.#tellNoise());
  }

  #tellNoise(): void {
    const noise = this.#noise;
    this.#noise = { count: 0, sample: new Uint8Array(0), badFrames: 0 };
    this.#badInSpan = 0;
    if (noise.count > 0) this.#events.noise({ ...noise, overMs: NOISE_SPAN_MS });
  }
}

/** A bad frame's own bytes, and those behind it up to the next thing that began with a header. */
function collectBytes(items: readonly FoundItem[], start: number): Uint8Array {
  let bytes = new Uint8Array(0);
  for (const [index, item] of items.slice(start).entries()) {
    if (item.kind === "frame" || (item.kind === "bad" && index > 0)) break;
    bytes = join(bytes, item.kind === "bad" ? item.bad.bytes : item.bytes, BYTES_LIMIT);
  }
  return bytes;
}

function join(first: Uint8Array, second: Uint8Array, limit: number): Uint8Array<ArrayBuffer> {
  return Uint8Array.from([...first, ...second.subarray(0, Math.max(0, limit - first.length))]);
}
