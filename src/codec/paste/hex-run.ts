/** Words of hex digits that follow each other in a line of text. */
export interface HexRun {
  /** Where it begins and ends in the line, from 0 on. */
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array;
  /** How many of its first words are decimal numbers of three digits and more, such as a tick or a length. */
  readonly ticks: readonly HexWord[];
}

export interface HexWord {
  readonly start: number;
  readonly digits: string;
  /** `0x`, the separator inside, or nothing: words of one run are written alike. */
  readonly style: string;
}

/** Dates, times and colours are covered with a character that is no digit before words are looked for. */
const COVERED = [
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the escape character of terminals
  /\x1b\[[0-9;]*[A-Za-z]/g,
  /(?<![0-9A-Fa-f:])(?:19|20)\d\d([-/.])\d\d?\1\d\d?(?:[T_ ]+\d\d?:\d\d(?::\d\d)?(?:[.,:]\d{1,9})?(?:Z|[+-]\d\d:?\d\d)?)?(?![0-9A-Fa-f])/g,
  /(?<![0-9A-Fa-f:-])\d\d?([-/.])\d\d\1(?:\d\d){1,2}[T ]+\d\d?:\d\d(?::\d\d)?(?:[.,:]\d{1,9})?(?![0-9A-Fa-f:])/g,
  /(?<![0-9A-Fa-f:])[0-2]?\d:[0-5]\d:[0-5]\d(?:[.,]\d{1,9}|:\d{3}(?!\d))?(?![0-9A-Fa-f]|:[0-9A-Fa-f])/g,
];
const COVER = "~";
/** Arrows and letters of other scripts end a word, as brackets do. */
const WORD = /[^\s=[\](){}<>"'`|\u0080-\uffff]+/g;
const HEX_WORD = /^(?:0x)?[0-9a-f]+(?:[,:;-](?:0x)?[0-9a-f]+)*[,;]?$/i;
const PAIR = /^[0-9a-f]{2}$/i;
const LABEL_END = /[:,;]/g;
const NOT_HEX = /[^0-9a-f-]/i;

/** The runs of a line, from left to right. */
export function findRuns(line: string): HexRun[] {
  const covered = cover(line);
  const runs: HexRun[] = [];
  let words: HexWord[] = [];
  let end = 0;
  const close = (): void => {
    const [first] = words;
    if (first !== undefined) runs.push(makeRun(words, first.start, end));
    words = [];
  };
  for (const match of covered.matchAll(WORD)) {
    const word = readWord(match[0], match.index);
    const isApart = /\S/.test(covered.slice(end, match.index));
    if (word === undefined || word.isLabelled || isApart || (words[0] !== undefined && words[0].style !== word.style))
      close();
    if (word !== undefined) words.push(word);
    end = match.index + match[0].length;
  }
  close();
  return runs;
}

function cover(line: string): string {
  let text = line;
  for (const form of COVERED) text = text.replace(form, (found) => COVER.repeat(found.length));
  // The column of characters that dumps have.
  const bar = text.indexOf("|");
  const hasBars = bar >= 0 && bar < text.lastIndexOf("|") && text.trimEnd().endsWith("|");
  return hasBars ? text.slice(0, bar) + " ".repeat(text.length - bar) : text;
}

/** How long `RX:` or `10:00:00,RX,` in front of the digits is; 0 without one. In time that grows with the length only. */
function findLabel(text: string): number {
  let length = 0;
  let from = 0;
  for (const { index } of text.matchAll(LABEL_END)) {
    if (index + 1 < text.length && NOT_HEX.test(text.slice(from, index))) length = index + 1;
    from = index + 1;
  }
  return length;
}

function readWord(text: string, start: number): (HexWord & { isLabelled: boolean }) | undefined {
  if (PAIR.test(text)) return { start, digits: text, style: "", isLabelled: false };
  const label = HEX_WORD.test(text) ? 0 : findLabel(text);
  const word = text.slice(label);
  if (!HEX_WORD.test(word)) return undefined;
  const pieces = word.split(/[,:;-]/).filter((piece) => piece !== "");
  const isPrefixed = /^0x/i.test(word);
  const digits = pieces.map((piece) => piece.replace(/^0x/i, ""));
  if (digits.some((piece) => piece.length % 2 === 1)) return undefined;
  const separator = /[:-]/.exec(word)?.[0] ?? "";
  return {
    start: start + label,
    digits: digits.join(""),
    style: `${isPrefixed ? "0x" : ""}${separator}`,
    isLabelled: label > 0,
  };
}

function makeRun(words: readonly HexWord[], start: number, end: number): HexRun {
  const bytes = Uint8Array.from(Buffer.from(words.map(({ digits }) => digits).join(""), "hex"));
  const firstOther = words.findIndex(({ digits }) => !/^\d{3,}$/.test(digits));
  return { start, end, bytes, ticks: words.slice(0, Math.max(0, firstOther)) };
}

/** The run without its first ticks. */
export function dropTicks(run: HexRun): HexRun {
  const dropped = run.ticks.reduce((sum, { digits }) => sum + digits.length / 2, 0);
  const last = run.ticks.at(-1);
  return last === undefined
    ? run
    : { ...run, start: last.start + last.digits.length, bytes: run.bytes.subarray(dropped), ticks: [] };
}
