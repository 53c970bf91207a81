import type { Paste, PastePart } from "../codec/paste/paste.js";
import { describeCapture } from "./describe.js";
import type { Found } from "./found.js";
import type { Profile } from "./profile.js";

/**
 * Everything found in a pasted text, in its order. Bytes of one stream are one capture, whatever lines stand between
 * them. Offsets count all bytes of the text; `way` is there where the text tells it.
 */
export function* describePaste(paste: Paste, profile?: Profile): Generator<Found> {
  const streams = [...groupStreams(paste.parts).values()].map((stream) => new StreamDescriber(stream, profile));
  for (;;) {
    let next: StreamDescriber | undefined;
    for (const stream of streams)
      if (stream.offset !== undefined && (next?.offset === undefined || stream.offset < next.offset)) next = stream;
    const found = next?.take();
    if (found === undefined) return;
    yield found;
  }
}

/** A part, and where it begins in all bytes of the text. */
interface PlacedPart {
  readonly part: PastePart;
  readonly start: number;
}

function groupStreams(parts: readonly PastePart[]): Map<string, PlacedPart[]> {
  const streams = new Map<string, PlacedPart[]>();
  let start = 0;
  for (const part of parts) {
    const stream = streams.get(part.stream) ?? [];
    stream.push({ part, start });
    streams.set(part.stream, stream);
    start += part.bytes.length;
  }
  return streams;
}

/** One stream; things are found one after the other. */
class StreamDescriber {
  readonly #parts: readonly PlacedPart[];
  readonly #source: Generator<Found>;
  /** The part of the next thing, and where that part begins in the stream. */
  #at = 0;
  #partStart = 0;
  #next: Found | undefined;

  constructor(parts: readonly PlacedPart[], profile: Profile | undefined) {
    this.#parts = parts;
    const [first] = parts;
    const bytes =
      parts.length === 1 && first !== undefined ? first.part.bytes : Buffer.concat(parts.map(({ part }) => part.bytes));
    const way = parts.every(({ part }) => part.way === first?.part.way) ? first?.part.way : undefined;
    this.#source = describeCapture(bytes, profile, way);
    this.#advance();
  }

  /** Of the next thing; undefined at the end. */
  get offset(): number | undefined {
    return this.#next?.offset;
  }

  take(): Found | undefined {
    const found = this.#next;
    this.#advance();
    return found;
  }

  #advance(): void {
    const { value } = this.#source.next() as IteratorResult<Found, undefined>;
    this.#next = value === undefined ? undefined : this.#place(value);
  }

  #place(found: Found): Found {
    let part = this.#parts[this.#at] as PlacedPart;
    while (found.offset >= this.#partStart + part.part.bytes.length && this.#at + 1 < this.#parts.length) {
      this.#partStart += part.part.bytes.length;
      this.#at += 1;
      part = this.#parts[this.#at] as PlacedPart;
    }
    const offset = found.offset - this.#partStart + part.start;
    const { way } = part.part;
    return { ...found, offset, ...(way === undefined ? {} : { way }) };
  }
}
