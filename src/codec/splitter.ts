import { type Frame, LEN_OVERHEAD, MAX_PAYLOAD } from "./frame.js";

export type BadReason = "checksum" | "length" | "truncated";

/** Bytes that began like a frame and were none. */
export interface BadFrame {
  readonly reason: BadReason;
  /** What the frame's own fields promise: its checksum, or its length. */
  readonly expected: number;
  /** What came; for a length that no frame has, the least or the most that one has. */
  readonly found: number;
  /** As they came over the wire, stuffing included. */
  readonly bytes: Uint8Array;
}

/** How a frame stood on the wire, with what of it no rule allows but the splitter accepts. */
export interface WireForm {
  /** Header and stuffing included, as they came. */
  readonly bytes: Uint8Array;
  /** An FF behind the header has no 55 behind it (uart.md 1). */
  readonly isUnstuffed: boolean;
  /** The first FF of its header is the checksum of the frame before it: one of the two is missing. */
  readonly sharesHeader: boolean;
}

/** The wire side of a frame that a sink is given; good until the callback returns. */
export interface FrameArrival {
  /** The checksum is FF and no byte has come behind it yet: `settled` follows. */
  readonly isOpen: boolean;
  /** Copies the bytes; a frame that is open still has no last 55. */
  form(): WireForm;
}

/** Takes what the splitter finds. Offsets count from the first byte ever pushed. */
export interface SplitterSink {
  /** A sound frame, as early as it is known to be one. */
  frame(frame: Frame, offset: number, arrival: FrameArrival): void;
  /** The last frame was open, and now it is known whether the 55 behind its last FF came. */
  settled?(arrival: FrameArrival): void;
  bad?(bad: BadFrame, offset: number): void;
  garbage?(bytes: Uint8Array, offset: number): void;
}

const HEADER = 0xff;
const STUFFING = 0x55;
const BODY_LIMIT = MAX_PAYLOAD + LEN_OVERHEAD + 2;
/** Stuffing doubles a body at most. */
const WIRE_LIMIT = BODY_LIMIT * 2 + 4;
const GARBAGE_LIMIT = 256;
const LEN_FIELD = 2;
/** The shortest body: len and what it counts at least. */
const SHORTEST_BODY = LEN_FIELD + LEN_OVERHEAD;

type Phase = "hunting" | "half-header" | "body" | "final-ff" | "open-ff" | "late-55" | "doubtful-ff";

/**
 * Finds frames in a byte stream cut anywhere (uart.md 1.2).
 *
 *   hunting --FF--> half-header --FF--> body --last byte--> hunting
 *                                        | FF as last byte, the checksum holds: final-ff --chunk ends--> open-ff
 *                                        | FF as last byte, it does not: doubtful-ff
 *                                        v
 *                     55 belongs to the frame, FF makes a header of both, else hunting
 *
 * In final-ff the frame is not given to the sink yet, so that it has its last 55; at the end of the chunk it is, since
 * whoever acts on it must not wait.
 * A correctly stuffed body never holds `FF FF`, so that pair always begins a new frame: whatever was
 * broken before it, the next good frame is found. In doubtful-ff the frame was a byte short and took
 * the FF of the next header for its checksum, or its checksum is wrong: the next byte tells. A single
 * unstuffed FF is kept as data. More than two leading FFs shift the header and are garbage.
 */
export class FrameSplitter {
  readonly #sink: SplitterSink;
  readonly #body = new Uint8Array(BODY_LIMIT);
  readonly #wire = new Uint8Array(WIRE_LIMIT);
  readonly #garbage = new Uint8Array(GARBAGE_LIMIT);
  #phase: Phase = "hunting";
  #pendingFf = false;
  #count = 0;
  #need = 0;
  #sum = 0;
  #wireCount = 0;
  #frameOffset = 0;
  #garbageCount = 0;
  #garbageOffset = 0;
  /** Stream offset of the byte being looked at. */
  #offset = 0;
  /** Stream offset behind the last sound frame; an FF before it was part of that frame. */
  #soundEnd = 0;
  #isUnstuffed = false;
  #sharesHeader = false;
  /** One for all frames: the hot path allocates nothing. */
  readonly #arrival: FrameArrival;

  constructor(sink: SplitterSink) {
    this.#sink = sink;
    const isOpen = (): boolean => this.#phase === "open-ff";
    this.#arrival = {
      get isOpen() {
        return isOpen();
      },
      form: () => ({
        bytes: this.#wire.slice(0, this.#wireCount),
        isUnstuffed: this.#isUnstuffed,
        sharesHeader: this.#sharesHeader,
      }),
    };
  }

  /** True while the rest of a frame may still come. */
  get isInsideFrame(): boolean {
    return this.#phase !== "hunting" && this.#phase !== "late-55";
  }

  push(chunk: Uint8Array): void {
    for (let i = 0; i < chunk.length; ) {
      const plain = this.#takePlain(chunk, i);
      i += plain;
      if (plain > 0) continue;
      this.#accept(chunk[i] as number);
      this.#offset += 1;
      i += 1;
    }
    if (this.#phase === "final-ff") {
      this.#phase = "open-ff";
      this.#emit();
    }
    this.#flushGarbage();
  }

  /** Takes the bytes of a body from `start` on that need no second look: no FF, and not the last. Returns how many. */
  #takePlain(chunk: Uint8Array, start: number): number {
    if (this.#phase !== "body" || this.#pendingFf || this.#count < LEN_FIELD) return 0;
    const body = this.#body;
    const wire = this.#wire;
    const end = Math.min(chunk.length, start + this.#need - 1 - this.#count);
    let count = this.#count;
    let wireCount = this.#wireCount;
    let sum = this.#sum;
    let at = start;
    for (; at < end; at += 1) {
      const byte = chunk[at] as number;
      if (byte === HEADER) break;
      body[count++] = byte;
      wire[wireCount++] = byte;
      sum += byte;
    }
    this.#count = count;
    this.#wireCount = wireCount;
    this.#sum = sum;
    this.#offset += at - start;
    return at - start;
  }

  /** Says that the line is quiet: the 55 of a frame that is open does not come any more. One that does is dropped. */
  settle(): void {
    if (this.#phase !== "open-ff") return;
    this.#settle(false);
    this.#phase = "late-55";
  }

  /** Forgets the start of a frame that was held back, as a receiver without power does. */
  clear(): void {
    this.settle();
    this.#phase = "hunting";
    this.#garbageCount = 0;
  }

  /** Says that nothing more will come: what is held back is reported as truncated. */
  end(): void {
    this.settle();
    if (this.#phase === "half-header") this.#collectGarbage(HEADER, this.#offset - 1);
    this.#flushGarbage();
    if (this.#phase === "body") this.#reportTruncated();
    if (this.#phase === "doubtful-ff") this.#reportChecksum(HEADER);
    this.#phase = "hunting";
  }

  #accept(byte: number): void {
    switch (this.#phase) {
      case "body":
        this.#acceptBody(byte);
        return;
      case "hunting":
        if (byte === HEADER) this.#phase = "half-header";
        else this.#collectGarbage(byte, this.#offset);
        return;
      case "half-header":
        if (byte === HEADER) {
          this.#begin(this.#offset - 1);
        } else {
          this.#collectGarbage(HEADER, this.#offset - 1);
          this.#collectGarbage(byte, this.#offset);
          this.#phase = "hunting";
        }
        return;
      case "final-ff":
        this.#phase = "hunting";
        this.#takeStuffing(byte);
        this.#emit();
        this.#beginBehindFinalFf(byte);
        return;
      case "open-ff":
        this.#settle(byte === STUFFING);
        this.#beginBehindFinalFf(byte);
        return;
      case "late-55":
        this.#beginBehindFinalFf(byte);
        return;
      case "doubtful-ff":
        if (byte === HEADER) {
          this.#restart();
          return;
        }
        this.#phase = "hunting";
        if (byte === STUFFING) this.#wire[this.#wireCount++] = byte;
        this.#reportChecksum(HEADER);
        if (byte !== STUFFING) this.#collectGarbage(byte, this.#offset);
        return;
    }
  }

  #beginBehindFinalFf(byte: number): void {
    this.#phase = "hunting";
    if (byte === HEADER) this.#begin(this.#offset - 1);
    else if (byte !== STUFFING) this.#collectGarbage(byte, this.#offset);
  }

  #settle(has55: boolean): void {
    this.#phase = "hunting";
    this.#takeStuffing(has55 ? STUFFING : 0);
    this.#sink.settled?.(this.#arrival);
  }

  /** The byte behind an FF that ends a frame. */
  #takeStuffing(byte: number): void {
    if (byte === STUFFING) this.#wire[this.#wireCount++] = byte;
    else this.#isUnstuffed = true;
  }

  /** The FF taken last was no data: with the one at hand it begins a header. */
  #restart(): void {
    this.#wireCount -= 1;
    this.#count -= 1;
    this.#reportTruncated();
    this.#begin(this.#offset - 1);
  }

  #begin(offset: number): void {
    this.#phase = "body";
    this.#pendingFf = false;
    this.#count = 0;
    this.#need = 0;
    this.#sum = 0;
    this.#frameOffset = offset;
    this.#isUnstuffed = false;
    this.#wire[0] = HEADER;
    this.#wire[1] = HEADER;
    this.#wireCount = 2;
  }

  #acceptBody(byte: number): void {
    if (this.#pendingFf) {
      this.#pendingFf = false;
      if (byte === STUFFING) {
        this.#wire[this.#wireCount++] = byte;
        return;
      }
      if (byte === HEADER) {
        this.#restart();
        return;
      }
      this.#isUnstuffed = true;
    } else if (this.#count === 0) {
      if (byte === HEADER) {
        this.#shiftHeader();
        return;
      }
      this.#flushGarbage();
    }
    this.#wire[this.#wireCount++] = byte;
    this.#body[this.#count++] = byte;
    this.#sum += byte;
    if (this.#count === 2 && !this.#acceptLength(byte)) return;
    if (this.#count === this.#need) this.#complete(byte);
    else this.#pendingFf = byte === HEADER;
  }

  #shiftHeader(): void {
    if (this.#frameOffset >= this.#soundEnd) this.#collectGarbage(HEADER, this.#frameOffset);
    this.#frameOffset += 1;
  }

  #acceptLength(lastByte: number): boolean {
    const len = (this.#body[0] as number) * 256 + (this.#body[1] as number);
    this.#need = len + LEN_FIELD;
    if (len >= LEN_OVERHEAD && len <= MAX_PAYLOAD + LEN_OVERHEAD) return true;
    const mayBeginHeader = lastByte === HEADER;
    if (mayBeginHeader) this.#wireCount -= 1;
    this.#report("length", len, len < LEN_OVERHEAD ? LEN_OVERHEAD : MAX_PAYLOAD + LEN_OVERHEAD);
    this.#phase = mayBeginHeader ? "half-header" : "hunting";
    return false;
  }

  #complete(checksum: number): void {
    const isSound = ((this.#sum - checksum) & 0xff) === checksum;
    const endsInFf = checksum === HEADER;
    if (!isSound) {
      this.#phase = endsInFf ? "doubtful-ff" : "hunting";
      if (!endsInFf) this.#reportChecksum(checksum);
      return;
    }
    this.#sharesHeader = this.#frameOffset < this.#soundEnd;
    this.#soundEnd = this.#offset + 1;
    this.#phase = endsInFf ? "final-ff" : "hunting";
    if (!endsInFf) this.#emit();
  }

  #emit(): void {
    const body = this.#body;
    this.#sink.frame(
      {
        cmd: body[2] as number,
        sn: body[3] as number,
        flags: (body[4] as number) * 256 + (body[5] as number),
        payload: body.slice(6, this.#count - 1),
      },
      this.#frameOffset,
      this.#arrival,
    );
  }

  #reportTruncated(): void {
    this.#report("truncated", this.#count < LEN_FIELD ? SHORTEST_BODY : this.#need, this.#count);
  }

  #reportChecksum(found: number): void {
    this.#report("checksum", (this.#sum - found) & 0xff, found);
  }

  #report(reason: BadReason, expected: number, found: number): void {
    this.#sink.bad?.({ reason, expected, found, bytes: this.#wire.slice(0, this.#wireCount) }, this.#frameOffset);
  }

  #collectGarbage(byte: number, offset: number): void {
    if (this.#garbageCount === 0) this.#garbageOffset = offset;
    this.#garbage[this.#garbageCount++] = byte;
    if (this.#garbageCount === GARBAGE_LIMIT) this.#flushGarbage();
  }

  #flushGarbage(): void {
    if (this.#garbageCount === 0) return;
    this.#sink.garbage?.(this.#garbage.slice(0, this.#garbageCount), this.#garbageOffset);
    this.#garbageCount = 0;
  }
}

export type FoundItem =
  | { readonly kind: "frame"; readonly offset: number; readonly frame: Frame; readonly form: WireForm }
  | { readonly kind: "bad"; readonly offset: number; readonly bad: BadFrame }
  | { readonly kind: "garbage"; readonly offset: number; readonly bytes: Uint8Array };

/** A splitter that appends all that it finds to `items`. */
export function collectFrames(items: FoundItem[]): FrameSplitter {
  return new FrameSplitter({
    frame: (frame, offset, arrival) => items.push({ kind: "frame", offset, frame, form: arrival.form() }),
    settled: (arrival) => {
      const last = items.at(-1);
      if (last?.kind === "frame") items[items.length - 1] = { ...last, form: arrival.form() };
    },
    bad: (bad, offset) => items.push({ kind: "bad", offset, bad }),
    garbage: (garbage, offset) => items.push({ kind: "garbage", offset, bytes: garbage }),
  });
}

/** Everything in a complete capture, in order; a frame cut off at the end is reported as truncated. */
export function splitFrames(bytes: Uint8Array): FoundItem[] {
  const items: FoundItem[] = [];
  const splitter = collectFrames(items);
  splitter.push(bytes);
  splitter.end();
  return items;
}
