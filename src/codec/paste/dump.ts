import { GizlabError } from "../../core/errors.js";
import { hasAnchor, isAnchor } from "./anchor.js";
import { chooseEnd, type DumpRow, isAsciiColumn, parseDumpRow } from "./dump-row.js";
import { eachLine, PasteBuilder, type PasteForm, type TextLine } from "./paste.js";

/** One program's dump. */
interface DumpVariant {
  readonly name: string;
  /** The base of its offsets. */
  readonly radix: 8 | 16;
  /** How a group's digits stand for bytes. */
  readonly order: "as-written" | "low-byte-first" | "bits";
  /** Rows of it look so. */
  fits(row: DumpRow): boolean;
}

const digitsOf = ({ offset }: DumpRow): number => offset.length;
const isPlain = (row: DumpRow): boolean => !row.hasColon && !row.isPrefixed && !row.hasBars;
const isOctal = (row: DumpRow): boolean => digitsOf(row) === 7 && /^[0-7]+$/.test(row.offset);
/** Characters of the ASCII column may look like a last, shorter group. */
const bitGroups = ({ groups }: DumpRow): readonly string[] => groups.filter(({ length }) => length === 8);
const isBits = (row: DumpRow): boolean =>
  row.groupDigits === 8 && bitGroups(row).every((group) => /^[01]{8}$/.test(group));

/** Adding a program is adding an entry. A row belongs to the first that it fits. */
const VARIANTS: readonly DumpVariant[] = [
  { name: "hexdump -C", radix: 16, order: "as-written", fits: (row) => row.hasBars },
  { name: "xxd -b", radix: 16, order: "bits", fits: (row) => row.hasColon && isBits(row) && hasBitColumn(row) },
  { name: "tcpdump -x", radix: 16, order: "as-written", fits: (row) => row.hasColon && row.isPrefixed },
  { name: "xxd", radix: 16, order: "as-written", fits: (row) => row.hasColon },
  {
    name: "od -A x -t x1",
    radix: 16,
    order: "as-written",
    fits: (row) => isPlain(row) && digitsOf(row) === 6 && row.groupDigits === 2,
  },
  { name: "od -t x1", radix: 8, order: "as-written", fits: (row) => isOctal(row) && row.groupDigits === 2 },
  {
    name: "hexdump, 16-bit words with the low byte first",
    radix: 16,
    order: "low-byte-first",
    fits: (row) => isPlain(row) && digitsOf(row) === 7 && row.groupDigits === 4,
  },
  {
    name: "od -x, 16-bit words with the low byte first",
    radix: 8,
    order: "low-byte-first",
    fits: (row) => isOctal(row) && row.groupDigits === 4,
  },
  {
    name: "tshark -x",
    radix: 16,
    order: "as-written",
    fits: (row) => isPlain(row) && digitsOf(row) === 4 && row.groupDigits === 2,
  },
  {
    name: "hex dump with offsets",
    radix: 16,
    order: "as-written",
    fits: (row) => row.groupDigits === 2 && (row.isPrefixed || digitsOf(row) >= 6),
  },
];

/** Dumps that cannot be read back, told by their rows. */
const REFUSED: readonly { readonly name: string; readonly row: RegExp }[] = [
  { name: "od without options (octal words)", row: /^0{6,7}(?:[ \t]+[0-7]{6})+[ \t]*$/ },
  { name: "hexdump -b or od -b (octal bytes)", row: /^0{7}(?:[ \t]+[0-3][0-7]{2}){2,}[ \t]*$/ },
  { name: "hexdump -d (decimal words)", row: /^0{7}(?:[ \t]+\d{5}){2,}[ \t]*$/ },
  { name: "od -c or hexdump -c (characters)", row: /^0{7}(?:[ \t]+(?:[0-7]{3}|\\[0abfnrtv]|\S)){4,}[ \t]*$/ },
];

/** `*` repeats a row; so many bytes at most. */
const REPEAT_LIMIT = 1 << 28;
/** So many lines are looked at to recognise a dump. */
const SAMPLE_LINES = 60;

export const DUMP: PasteForm = {
  name: "hexdump -C, xxd, od, tshark -x",
  read({ text }) {
    if (text === undefined) return undefined;
    refuse(text);
    const variant = recognise(text);
    if (variant === undefined) return undefined;
    const reader = new DumpReader(variant);
    for (const line of eachLine(text)) reader.take(line);
    const builder = reader.end();
    return builder.isEmpty ? undefined : builder.finish(variant.name, true);
  },
};

function refuse(text: string): void {
  for (const { number, text: line } of eachLine(text)) {
    if (line.trim() === "") continue;
    const refused = REFUSED.find(({ row }) => row.test(line));
    if (refused === undefined || number > SAMPLE_LINES) return;
    throw new GizlabError("hex-invalid", `this is the output of ${refused.name}`, {
      hint: "dump the bytes with hexdump -C, xxd, or od -A x -t x1",
      at: { line: number },
    });
  }
}

/** The variant of the first rows, if they are sure to be a dump. */
function recognise(text: string): DumpVariant | undefined {
  const rows: DumpRow[] = [];
  let lines = 0;
  for (const { text: line } of eachLine(text)) {
    if (line.trim() === "" || line.trim() === "*") continue;
    lines += 1;
    const row = parseDumpRow(line);
    if (row !== undefined) rows.push(row);
    if (lines >= SAMPLE_LINES) break;
  }
  const full = rows.filter(({ groups }) => groups.length > 0);
  if (full.length === 0 || rows.length * 4 < lines) return undefined;
  const fitting = VARIANTS.filter((variant) => full.every((row) => variant.fits(row)) && isSure(variant, rows));
  // `hexdump` and `od -x` differ in the base of their offsets only.
  const best = Math.max(0, ...fitting.map((variant) => countRows(variant, rows)));
  return fitting.find((variant) => countRows(variant, rows) === best);
}

/** Bars or a colon, offsets that count the bytes, or a lone row that begins at 0 and in which a frame begins. */
function isSure(variant: DumpVariant, rows: readonly DumpRow[]): boolean {
  const [first] = rows as [DumpRow];
  const counted = countRows(variant, rows);
  if (rows.length > 1) return counted > 0 || rows.every((row) => row.groups.length === 0 || isMarked(variant, row));
  if (first.hasBars || first.hasColon) return true;
  if (Number.parseInt(first.offset, variant.radix) !== 0) return false;
  const bytes = readGroups(variant, first.groups.slice(0, chooseEnd(first, undefined, digitsPerByte(variant))?.groups));
  const whole = Buffer.from(first.offset.length % 2 === 0 ? first.offset + first.groups.join("") : "", "hex");
  return hasAnchor(bytes) && !isAnchor(whole, 0);
}

/** A colon, bars or an ASCII column of the right length. */
function isMarked(variant: DumpVariant, row: DumpRow): boolean {
  const unit = digitsPerByte(variant);
  return (
    row.hasColon ||
    row.hasBars ||
    row.ends.some((end) => end.rest > 0 && end.gap > 2 && isAsciiColumn(end, end.digits / unit))
  );
}

/** How many rows are as long as the next offset says. */
function countRows(variant: DumpVariant, rows: readonly DumpRow[]): number {
  let counted = 0;
  for (const [at, row] of rows.entries()) {
    const next = rows[at + 1];
    if (next === undefined || row.groups.length === 0) continue;
    const span = Number.parseInt(next.offset, variant.radix) - Number.parseInt(row.offset, variant.radix);
    if (countsBytes(variant, row, span)) counted += 1;
  }
  return counted;
}

function digitsPerByte({ order }: DumpVariant): number {
  return order === "bits" ? 8 : 2;
}

function countsBytes(variant: DumpVariant, row: DumpRow, span: number): boolean {
  const unit = digitsPerByte(variant);
  return row.ends.some(({ digits }) => {
    const bytes = digits / unit;
    // A lone last byte is printed as a word.
    return bytes === span || (variant.order === "low-byte-first" && bytes - 1 === span);
  });
}

/** In `xxd -b` the ASCII column has a character a group. */
function hasBitColumn(row: DumpRow): boolean {
  const count = bitGroups(row).length;
  return row.ends.some((end) => end.groups === count && isAsciiColumn(end, count));
}

function readGroups({ order }: DumpVariant, groups: readonly string[]): Uint8Array {
  if (order === "bits") return Uint8Array.from(groups.map((group) => Number.parseInt(group, 2)));
  const bytes = Buffer.from(groups.join(""), "hex");
  return order === "low-byte-first" ? bytes.subarray(0, bytes.length & ~1).swap16() : bytes;
}

/** Puts the rows of one dump after the other together. */
class DumpReader {
  readonly #variant: DumpVariant;
  readonly #builder = new PasteBuilder();
  /** The row whose length the next offset tells. */
  #pending: { readonly row: DumpRow; readonly line: TextLine } | undefined;
  /** The bytes of the last row, which `*` repeats, and where they ended. */
  #last = new Uint8Array(0);
  #end = 0;
  #repeatsAt: number | undefined;

  constructor(variant: DumpVariant) {
    this.#variant = variant;
  }

  take(line: TextLine): void {
    const text = line.text.trim();
    if (text === "") return;
    if (text === "*" && (this.#pending !== undefined || this.#last.length > 0)) {
      this.#close(undefined);
      this.#repeatsAt = line.number;
      return;
    }
    const row = parseDumpRow(line.text);
    if (row === undefined || (row.groups.length > 0 && !this.#variant.fits(row))) {
      this.#builder.skip({ line: line.number, column: 1, text, expected: "a row of the dump" });
      return;
    }
    const offset = Number.parseInt(row.offset, this.#variant.radix);
    this.#close(offset);
    if (this.#repeatsAt !== undefined) this.#repeat(offset, line.number);
    else if (offset > this.#end && this.#last.length > 0)
      this.#builder.note(`line ${line.number}: ${offset - this.#end} bytes of the dump are missing before this line`);
    if (row.groups.length > 0) this.#pending = { row, line };
    else this.#last = new Uint8Array(0);
  }

  end(): PasteBuilder {
    this.#close(undefined);
    if (this.#repeatsAt !== undefined)
      this.#builder.note(`line ${this.#repeatsAt}: the dump ends in *, and no offset says how often it repeats`);
    return this.#builder;
  }

  /** Reads the pending row, whose bytes end at `next` if that is known. */
  #close(next: number | undefined): void {
    if (this.#pending === undefined) return;
    const { row, line } = this.#pending;
    this.#pending = undefined;
    const start = Number.parseInt(row.offset, this.#variant.radix);
    const span = next === undefined || next <= start ? undefined : next - start;
    const end = chooseEnd(row, span, digitsPerByte(this.#variant));
    let bytes = readGroups(this.#variant, row.groups.slice(0, end?.groups));
    if (this.#variant.order === "low-byte-first" && span === bytes.length - 1) bytes = bytes.subarray(0, span);
    this.#builder.add(bytes, line.number);
    this.#last = Uint8Array.from(bytes);
    this.#end = start + bytes.length;
  }

  #repeat(offset: number, line: number): void {
    this.#repeatsAt = undefined;
    const missing = offset - this.#end;
    if (missing <= 0 || missing > REPEAT_LIMIT || this.#last.length === 0) {
      if (missing > 0) this.#builder.note(`line ${line}: * stands for ${missing} bytes, more than gizlab fills in`);
      return;
    }
    this.#builder.add(new Uint8Array(Buffer.alloc(missing, this.#last)), line);
    this.#end = offset;
  }
}
