import { formatCount } from "../../core/count-text.js";
import { GizlabError } from "../../core/errors.js";
import type { M2mFrame } from "../m2m.js";
import { collectFrames, type FoundItem } from "../splitter.js";
import { isFrameBoundary, isM2mPrefix, type M2mSighting, sightM2m } from "./m2m-extent.js";
import { findUartEnd, isUartStart } from "./uart-extent.js";

/** One thing in a capture. Offsets count from its first byte. */
export type CaptureItem =
  | FoundItem
  | { readonly kind: "m2m"; readonly offset: number; readonly frame: M2mFrame; readonly note?: string }
  | { readonly kind: "bad-m2m"; readonly offset: number; readonly bytes: Uint8Array; readonly error: GizlabError };

const PREFIX = Uint8Array.of(0, 0, 0, 3);
const HEADER = 0xff;
/** So many bytes go to the splitter at once; what it found is given on in between. */
const SLICE = 65_536;
/** More of a broken M2M frame is not shown in one piece. */
const LONGEST_BAD = 4096;

/**
 * Everything in a capture that holds UART and M2M frames one after the other, in order. The frame that begins first
 * keeps its bytes: `00 00 00 03` inside a sound UART frame is data, and so is `FF FF` inside an M2M frame. A UART frame
 * that breaks off before an M2M frame is reported as truncated there.
 */
export function* splitCapture(bytes: Uint8Array): Generator<CaptureItem> {
  const scan = new M2mScan(bytes);
  for (let at = 0; at < bytes.length; ) {
    const found = scan.next(at);
    yield* splitUart(bytes, at, found?.item.offset ?? bytes.length);
    if (found === undefined) return;
    yield found.item;
    at = found.end;
  }
}

function* splitUart(bytes: Uint8Array, start: number, end: number): Generator<CaptureItem> {
  const items: FoundItem[] = [];
  const splitter = collectFrames(items);
  for (let at = start; at < end; ) {
    let to = Math.min(end, at + SLICE);
    // Never behind an FF: the splitter wants to see the byte behind it.
    while (to < end && bytes[to - 1] === HEADER) to += 1;
    splitter.push(bytes.subarray(at, to));
    if (to === end) splitter.end();
    for (const item of items.splice(0)) yield { ...item, offset: item.offset + start };
    at = to;
  }
}

interface Found {
  readonly item: Extract<CaptureItem, { readonly kind: "m2m" | "bad-m2m" }>;
  readonly end: number;
}

/** Finds M2M frames that no sound UART frame holds. */
class M2mScan {
  readonly #bytes: Uint8Array;
  readonly #buffer: Buffer;
  /** Up to here sound UART frames have been looked for. */
  #uartAt = 0;
  /** Where the last sound UART frame ends. */
  #uartEnd = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
    this.#buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The first M2M frame from `start` on, which is where the last one ended. */
  next(start: number): Found | undefined {
    this.#uartAt = Math.max(this.#uartAt, start);
    for (let from = start; ; from += 1) {
      const at = this.#buffer.indexOf(PREFIX, from);
      if (at < 0) return undefined;
      const uartEnd = this.#passUart(at);
      if (uartEnd > at) from = uartEnd - 1;
      else {
        const found = this.#judge(at, at === start || at === this.#uartEnd);
        if (found !== undefined) return found;
        from = at;
      }
    }
  }

  /** Looks at every UART frame that begins before `at`; returns where the last sound one ends. */
  #passUart(at: number): number {
    while (this.#uartAt < at) {
      const header = this.#buffer.indexOf(HEADER, this.#uartAt);
      if (header < 0 || header >= at) {
        this.#uartAt = at;
        break;
      }
      const end = findUartEnd(this.#bytes, header);
      if (end !== undefined) this.#uartEnd = end;
      this.#uartAt = end ?? header + 1;
    }
    return this.#uartEnd;
  }

  #judge(at: number, followsFrame: boolean): Found | undefined {
    const sighting = sightM2m(this.#bytes, at);
    if (sighting.kind === "frame") {
      const { frame, end, note } = sighting;
      const isAligned = isFrameBoundary(this.#bytes, end);
      const isSure = sighting.isKnown || (followsFrame && (isAligned || frame.kind === "control"));
      const nextAt = isAligned ? undefined : this.#findOverlap(at, end);
      if (isSure && nextAt === undefined)
        return { item: { kind: "m2m", offset: at, frame, ...(note === undefined ? {} : { note }) }, end };
      if (isSure && nextAt !== undefined) return this.#makeBad(at, nextAt, cutOff(end - at, nextAt - at, at));
      return undefined;
    }
    // A frame that stands where one is due is broken; any other hit is chance.
    return sighting.kind === "broken" && followsFrame ? this.#breakOff(at, sighting) : undefined;
  }

  #breakOff(at: number, { error }: Extract<M2mSighting, { kind: "broken" }>): Found {
    const limit = Math.min(this.#bytes.length, at + LONGEST_BAD);
    let end = at + PREFIX.length;
    while (end < limit && !this.#isWholeFrame(end)) end += 1;
    return this.#makeBad(at, end, error);
  }

  #makeBad(offset: number, end: number, error: GizlabError): Found {
    return { item: { kind: "bad-m2m", offset, bytes: this.#bytes.slice(offset, end), error }, end };
  }

  /** The start of a whole frame inside the one from `at` to `end` that goes on behind it: then the outer one is cut off. */
  #findOverlap(at: number, end: number): number | undefined {
    for (let inner = at + PREFIX.length + 1; inner < end; inner += 1) {
      const innerEnd = this.#endOfWhole(inner);
      if (innerEnd !== undefined && innerEnd > end) return inner;
    }
    return undefined;
  }

  #isWholeFrame(at: number): boolean {
    return this.#endOfWhole(at) !== undefined;
  }

  #endOfWhole(at: number): number | undefined {
    if (isUartStart(this.#bytes, at)) return findUartEnd(this.#bytes, at);
    if (!isM2mPrefix(this.#bytes, at)) return undefined;
    const sighting = sightM2m(this.#bytes, at);
    return sighting.kind === "frame" && sighting.isKnown ? sighting.end : undefined;
  }
}

function cutOff(expected: number, found: number, offset: number): GizlabError {
  return new GizlabError("m2m-truncated", "the frame is shorter than it says", {
    expected: formatCount(expected, "byte"),
    found: String(found),
    hint: "the next frame begins before this one is complete",
    at: { offset },
  });
}
