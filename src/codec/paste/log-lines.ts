import { hasAnchor, isAnchor } from "./anchor.js";
import { findCommentEnd } from "./bare-hex.js";
import { dropTicks, findRuns, type HexRun } from "./hex-run.js";
import { eachLine, PasteBuilder, type PasteForm } from "./paste.js";
import { wayOf } from "./raw-bytes.js";

/** A frame's beginning may stand over two lines: so many bytes of a shape are looked at again with the next ones. */
const TAIL = 8;
/** The text in front is looked at this far, or a line with many numbers would take its length squared. */
const SHAPE_LIMIT = 240;
/** The shortest UART frame: as many bytes in a line are no mere numbers. */
const LEAST_FRAME = 9;
const TOPIC = /(?:^|[\s"'=])((?:dev2app|app2dev|ser2cli_res|ser2cli_noti|cli2ser_req|app2module)(?:\/[^\s"':,]*)?)/;
const RECEIVED = /(?:^|[^a-z])(?:rx|recv|received?|read|in)(?:[^a-z]|$)|<<|<-/i;
const SENT = /(?:^|[^a-z])(?:tx|send|sent|write|out)(?:[^a-z]|$)|>>|->/i;
const ODD_WORD = /(?<![0-9a-z/])[0-9a-f]{9,}(?![0-9a-z/])/i;
/** Words that can be hex digits but hold no digit are words. */
const WORDS_ONLY = /^[\sa-e]*$/i;

/**
 * Lines with text in front of the bytes: time stamps, directions, topics. The text in front, with its numbers taken
 * out, is the line's shape. Lines whose shape has frames hold bytes; numbers in lines of other shapes are numbers.
 */
export const LOG_LINES: PasteForm = {
  name: "log lines with text in front of the bytes",
  read({ text }) {
    if (text === undefined) return undefined;
    const shapes = learnShapes(text);
    if (shapes.size === 0) return undefined;
    const builder = new PasteBuilder();
    let stream: ReturnType<typeof streamOf> = { stream: "" };
    for (const { number, text: line } of eachLine(text)) {
      if (line.trim() === "" || isCommentLine(line)) continue;
      const run = chooseRun(line, shapes);
      if (run === undefined) {
        const text = { line: number, column: 1, text: line.trim(), expected: "bytes as hex behind the text" };
        if (holdsMuch(line)) builder.unread(text);
        else builder.skip(text);
        continue;
      }
      const front = line.slice(0, run.start);
      // A line of bytes alone goes on with the line before it.
      if (front.trim() !== "") stream = streamOf(front);
      builder.add(run.bytes, number, stream);
      const rest = findUnread(line, run);
      if (rest !== undefined) builder.unread({ line: number, ...rest, expected: "bytes as two hex digits each" });
    }
    // Without any text in front it is no log, but hex with a slip in it.
    if (builder.unreadCount > 0 && shapes.size === 1 && shapes.has("")) return undefined;
    return builder.finish(this.name, true);
  },
};

/** More bytes than a number has, or a long word with an odd number of digits. */
function holdsMuch(line: string): boolean {
  return findRuns(line).some(({ bytes }) => bytes.length >= LEAST_FRAME) || ODD_WORD.test(line);
}

/** The shapes under which frames begin. */
function learnShapes(text: string): ReadonlySet<string> {
  const shapes = new Set<string>();
  const tails = new Map<string, Uint8Array>();
  for (const { text: line } of eachLine(text)) {
    if (isCommentLine(line)) continue;
    for (const found of findRuns(line)) {
      for (const run of found.ticks.length > 0 ? [dropTicks(found), found] : [found]) {
        const shape = shapeOf(line, run);
        if (shapes.has(shape)) break;
        const bytes = Buffer.concat([tails.get(shape) ?? new Uint8Array(0), run.bytes]);
        if (found.ticks.length > 0 && run !== found ? isAnchor(run.bytes, 0) : hasAnchor(bytes)) {
          shapes.add(shape);
          break;
        }
        tails.set(shape, bytes.subarray(-TAIL));
      }
    }
  }
  return shapes;
}

function shapeOf(line: string, run: HexRun): string {
  return line
    .slice(Math.max(0, run.start - SHAPE_LIMIT), run.start)
    .replace(/(?:0x)?[0-9a-f]*\d[0-9a-f]*/gi, "0")
    .replace(/(dev2app|app2dev|ser2cli_res|ser2cli_noti|app2module)\/[^\s"':,]*/g, "$1/")
    .replace(/\s+/g, " ")
    .trim();
}

function chooseRun(line: string, shapes: ReadonlySet<string>): HexRun | undefined {
  let best: HexRun | undefined;
  for (const found of findRuns(line)) {
    const run = [...(found.ticks.length > 0 ? [dropTicks(found)] : []), found].find((candidate) =>
      shapes.has(shapeOf(line, candidate)),
    );
    const isAlone = run === undefined && line.slice(0, found.start).trim() === "" && isContinuation(line, found);
    const candidate = run ?? (isAlone ? found : undefined);
    if (candidate !== undefined && (best === undefined || rank(candidate) > rank(best))) best = candidate;
  }
  return best;
}

/** Nothing but bytes, and no word of prose. */
function isContinuation(line: string, run: HexRun): boolean {
  const rest = line.slice(run.end).trim();
  return (rest === "" || findCommentEnd(rest, 0) === rest.length) && !WORDS_ONLY.test(line.slice(run.start, run.end));
}

function rank({ bytes }: HexRun): number {
  return (hasAnchor(bytes) ? 1e9 : 0) + bytes.length;
}

function streamOf(front: string): { readonly stream: string; readonly way?: "up" | "down" } {
  const topic = TOPIC.exec(front)?.[1];
  const { way } = topic === undefined ? {} : wayOf(topic);
  if (way !== undefined) return { stream: way, way };
  if (RECEIVED.test(front)) return { stream: "received" };
  return SENT.test(front) ? { stream: "sent" } : { stream: "" };
}

/** Text behind the bytes in which more bytes may stand, or which breaks the bytes off. */
function findUnread(line: string, run: HexRun): { column: number; text: string } | undefined {
  const behind = line.slice(run.end);
  const rest = behind.trimStart();
  const column = run.end + behind.length - rest.length + 1;
  if (rest === "" || findCommentEnd(rest, 0) !== undefined) return undefined;
  const [word = ""] = rest.split(/\s/);
  const isBroken = word.length <= 2 && /^[0-9a-z?]+$/i.test(word);
  const hasMore = findRuns(rest).some(({ bytes }) => bytes.length > 1);
  return isBroken || hasMore || /^(?:\.{3}(?!\.)|…)/.test(rest) ? { column, text: rest } : undefined;
}

/** The whole line is a comment; `#3` is a number. */
function isCommentLine(line: string): boolean {
  const text = line.trimStart();
  return findCommentEnd(text, 0) === text.length && !/^#\d/.test(text);
}
