/** The most unread texts that are kept one by one. */
const UNREAD_LIMIT = 20;

/** Bytes of a pasted text, with where they stood. */
export interface PastePart {
  readonly bytes: Uint8Array;
  /** The line where they begin, from 1 on. */
  readonly line: number;
  /** Parts of one stream are put together whatever stands between them; sent and received bytes of a log are two. */
  readonly stream: string;
  /** Which way they went, where the text says so. */
  readonly way?: "up" | "down";
  /** As the text has it. */
  readonly time?: string;
}

/** Text that holds no bytes although bytes were expected there. */
export interface UnreadText {
  readonly line: number;
  readonly column: number;
  readonly text: string;
  readonly expected: string;
}

/** The bytes that a pasted text holds. */
export interface Paste {
  /** The name of the form, as it is shown: `hexdump -C`. */
  readonly form: string;
  /** The same text could be read in another way, so the person has to know the form. */
  readonly isGuess: boolean;
  readonly parts: readonly PastePart[];
  /** The first unread texts; `unreadCount` counts all. */
  readonly unread: readonly UnreadText[];
  readonly unreadCount: number;
  /** Lines without bytes, as logs have them between the others: how many, and the first. */
  readonly skipped: { readonly count: number; readonly first: UnreadText } | undefined;
  /** What else the person has to know, in words. */
  readonly notes: readonly string[];
}

/** A text, or bytes from a pipe, and what it is called in messages. */
export interface PasteInput {
  /** Undefined for bytes that are not text. */
  readonly text: string | undefined;
  readonly bytes: Uint8Array;
}

/** One way of writing bytes down. `read` returns undefined for an input that is not of this form. */
export interface PasteForm {
  readonly name: string;
  read(input: PasteInput): Paste | undefined;
}

/** Collects what a form reads. */
export class PasteBuilder {
  readonly #parts: PastePart[] = [];
  readonly #unread: UnreadText[] = [];
  readonly #notes: string[] = [];
  #unreadCount = 0;
  #skippedCount = 0;
  #firstSkipped: UnreadText | undefined;
  /** Parts of one stream that follow each other, not put together yet. */
  #run: { part: Omit<PastePart, "bytes">; chunks: Uint8Array[] } | undefined;

  get unreadCount(): number {
    return this.#unreadCount;
  }

  get isEmpty(): boolean {
    return this.#run === undefined && this.#parts.length === 0;
  }

  add(bytes: Uint8Array, line: number, place: Partial<Pick<PastePart, "stream" | "way" | "time">> = {}): void {
    if (bytes.length === 0) return;
    const { stream = "" } = place;
    if (this.#run?.part.stream === stream && place.time === undefined) {
      this.#run.chunks.push(bytes);
      return;
    }
    this.#closeRun();
    this.#run = { part: { ...place, stream, line }, chunks: [bytes] };
  }

  unread(text: UnreadText): void {
    this.#unreadCount += 1;
    if (this.#unread.length < UNREAD_LIMIT) this.#unread.push(text);
  }

  /** A line that holds no bytes. */
  skip(text: UnreadText): void {
    this.#skippedCount += 1;
    this.#firstSkipped ??= text;
  }

  note(text: string): void {
    if (!this.#notes.includes(text)) this.#notes.push(text);
  }

  finish(form: string, isGuess: boolean): Paste {
    this.#closeRun();
    return {
      form,
      isGuess,
      parts: this.#parts,
      unread: this.#unread,
      unreadCount: this.#unreadCount,
      skipped: this.#firstSkipped && { count: this.#skippedCount, first: this.#firstSkipped },
      notes: this.#notes,
    };
  }

  #closeRun(): void {
    if (this.#run === undefined) return;
    const { part, chunks } = this.#run;
    const [only] = chunks;
    this.#parts.push({ ...part, bytes: chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks) });
    this.#run = undefined;
  }
}

/** A line of a text without its end, and its number from 1 on. */
export interface TextLine {
  readonly number: number;
  readonly text: string;
  /** Where it begins in the text. */
  readonly start: number;
}

export function* eachLine(text: string): Generator<TextLine> {
  for (let start = 0, number = 1; start <= text.length; number += 1) {
    const found = text.indexOf("\n", start);
    const end = found < 0 ? text.length : found;
    yield { number, start, text: text.slice(start, text[end - 1] === "\r" && end > start ? end - 1 : end) };
    start = end + 1;
  }
}

/** Line and column, from 1 on, of a place in a text. */
export function placeOf(text: string, index: number): { line: number; column: number } {
  let line = 1;
  let lineStart = 0;
  for (let at = text.indexOf("\n"); at >= 0 && at < index; at = text.indexOf("\n", at + 1)) {
    line += 1;
    lineStart = at + 1;
  }
  return { line, column: index - lineStart + 1 };
}
