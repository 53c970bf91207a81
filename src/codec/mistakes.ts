import { checksumOf, LEN_OVERHEAD, MAX_PAYLOAD } from "./frame.js";
import { explainPattern, isPattern, type Measured, type MistakeHistory, measureMistake } from "./mistake-pattern.js";
import type { BadFrame, FoundItem } from "./splitter.js";
import { UNSTUFFED } from "./tolerance.js";
import { isSummed, readLen, unstuff } from "./wire-body.js";

const HEADER_LENGTH = 2;
const LEN_FIELD = 2;
const SHORTEST_BODY = LEN_FIELD + LEN_OVERHEAD;
/** How many items behind a bad frame may be its rest; the splitter cuts garbage every 256 bytes. */
export const MAX_FOLLOWERS = 20;
/** How far around a bad frame of a capture others are looked for. */
const NEAR_ITEMS = 40;
const MISSING_BYTES = "bytes are missing: a dropped byte, a reset in the middle of a frame, or a buffer that overran";
const CHANGED_BYTE = "a byte was changed on the line: check baud rate, ground and level (3.3 V)";
const LINE_HINTS: readonly string[] = [MISSING_BYTES, CHANGED_BYTE];

/**
 * The likely coding mistake behind a bad frame, in words for the person who wrote the firmware.
 * `bytes` run from the header up to the next header or the end of the capture.
 */
export function explainMistake(bytes: Uint8Array, reason: BadFrame["reason"]): string {
  return explainStuffing(bytes) ?? explainLength(bytes) ?? explainChecksum(bytes) ?? describeReason(bytes, reason);
}

/**
 * The hint for item `index` of a capture. What follows a bad frame up to the next good one may be its
 * rest, so that too is tried. The surest sign comes first: a length and a checksum that both hold on raw bytes.
 */
export function explainItem(items: readonly FoundItem[], index: number): string | undefined {
  const item = items[index];
  if (item?.kind !== "bad") return undefined;
  const regions = [...growRegion(items, index)];
  const oneHeader = regions.filter(({ headers }) => headers === 1);
  return (
    firstHint(regions, explainStuffing) ??
    firstHint(oneHeader, explainLength) ??
    explainPattern(measureNear(items, index)) ??
    explainChecksum(item.bad.bytes) ??
    describeReason(item.bad.bytes, item.bad.reason)
  );
}

/** The hint for a bad frame by itself, and by what it has in common with those before it in `history`. */
export function judgeMistake(history: MistakeHistory, bad: BadFrame, region: Uint8Array, hint: string): string {
  const own = LINE_HINTS.includes(hint) || isPattern(hint) ? explainChecksum(bad.bytes) : hint;
  return history.judge(bad, region, own) ?? hint;
}

/** Bad frames around one of a capture, for what they have in common. */
function measureNear(items: readonly FoundItem[], index: number): Measured[] {
  const from = Math.max(0, index - NEAR_ITEMS);
  return items.slice(from, index + NEAR_ITEMS).flatMap((item, at) => {
    if (item.kind !== "bad") return [];
    return [measureMistake(item.bad, regionOf(items, from + at), explainChecksum(item.bad.bytes))];
  });
}

/** A bad frame with what follows it up to the next header, which may be its rest. */
export function regionOf(items: readonly FoundItem[], index: number): Uint8Array {
  let region: Uint8Array = new Uint8Array(0);
  for (const grown of growRegion(items, index)) if (grown.headers === 1) region = grown.bytes;
  return region;
}

interface Region {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** How many of its items begin with a header. */
  readonly headers: number;
}

function firstHint(regions: readonly Region[], explain: (bytes: Uint8Array) => string | undefined): string | undefined {
  for (const { bytes } of regions) {
    const hint = explain(bytes);
    if (hint !== undefined) return hint;
  }
  return undefined;
}

/** A bad frame's bytes, then with each follower added that is no good frame. */
function* growRegion(items: readonly FoundItem[], start: number): Generator<Region> {
  let bytes = new Uint8Array(0);
  let headers = 0;
  for (const item of items.slice(start, start + 1 + MAX_FOLLOWERS)) {
    if (item.kind === "frame") return;
    if (item.kind === "bad") headers += 1;
    bytes = Buffer.concat([bytes, item.kind === "bad" ? item.bad.bytes : item.bytes]);
    yield { bytes, headers };
  }
}

function describeReason(bytes: Uint8Array, reason: BadFrame["reason"]): string {
  switch (reason) {
    case "truncated":
      return MISSING_BYTES;
    case "length":
      return describeLen(unstuff(bytes.subarray(HEADER_LENGTH)));
    case "checksum":
      return CHANGED_BYTE;
  }
}

/** A low byte that may begin the next header is not among the bytes of the frame. */
function describeLen([high = 0, low = 0xff]: Uint8Array): string {
  const len = high * 256 + low;
  const most = MAX_PAYLOAD + LEN_OVERHEAD;
  return len > most
    ? `len is ${len}, larger than any frame (${most} at most): is the high byte first, or did FF FF of something else come before it? (uart.md 1)`
    : `len is ${len}, smaller than any frame (${LEN_OVERHEAD} at least): len counts cmd through checksum, so it is at least ${LEN_OVERHEAD} (uart.md 1)`;
}

function hasUnstuffed(wire: Uint8Array): boolean {
  return wire.some((byte, at) => byte === 0xff && wire[at + 1] !== 0x55);
}

/** A wrong `len` with a checksum that holds; without one, only swapped bytes are sure enough a sign. */
function explainLength(bytes: Uint8Array): string | undefined {
  const wire = bytes.subarray(HEADER_LENGTH);
  const body = unstuff(wire);
  const len = readLen(body);
  const real = body.length - LEN_FIELD;
  if (body.length < SHORTEST_BODY || len === real) return undefined;
  if ((body[1] ?? 0) * 256 + (body[0] ?? 0) === real) {
    return "little-endian length: the high byte comes first (uart.md 1)";
  }
  if (!isSummed(body)) return undefined;
  if (len === wire.length - LEN_FIELD) {
    return "length counts the stuffing: the 55 after an FF is not counted (uart.md 1)";
  }
  switch (len - real) {
    case LEN_FIELD:
      return "length counts itself: len counts cmd through checksum only, 5 + payload (uart.md 1)";
    case LEN_FIELD + HEADER_LENGTH:
      return "length counts itself and the header: len counts cmd through checksum only (uart.md 1)";
    case -1:
      return "length leaves out the checksum: len counts cmd through checksum, 5 + payload (uart.md 1)";
    case -LEN_OVERHEAD:
      return "length counts the payload only: len is 5 + payload (uart.md 1)";
    default:
      return undefined;
  }
}

/** Bytes that make a whole frame as they stand, every FF and 55 taken for data. */
function explainStuffing(bytes: Uint8Array): string | undefined {
  const raw = bytes.subarray(HEADER_LENGTH);
  const isWhole = raw.length >= SHORTEST_BODY && readLen(raw) === raw.length - LEN_FIELD;
  if (!isWhole || !raw.includes(0xff) || !isSummed(raw)) return undefined;
  if (hasUnstuffed(raw)) return UNSTUFFED;
  return "length and checksum count the stuffing, or FF 55 in the data is not stuffed: stuff last of all (uart.md 1)";
}

function explainChecksum(bytes: Uint8Array): string | undefined {
  const wire = bytes.subarray(HEADER_LENGTH);
  const body = unstuff(wire);
  if (body.length < SHORTEST_BODY || readLen(body) !== body.length - LEN_FIELD) return undefined;
  const found = body[body.length - 1];
  const covered = body.subarray(0, -1);
  const sum = checksumOf(covered);
  const isStuffed = wire.length > 1 && wire[wire.length - 2] === 0xff && found === 0xff;
  const summed = wire.subarray(0, isStuffed ? -2 : -1);
  const candidates: readonly [number, string][] = [
    [(sum + 0xff + 0xff) & 0xff, "checksum counts the header: the sum begins at len (uart.md 1)"],
    [checksumOf(covered.subarray(LEN_FIELD)), "checksum leaves out the length: the sum begins at len (uart.md 1)"],
    [checksumOf(covered.subarray(1)), "checksum leaves out the first length byte: the sum begins at len (uart.md 1)"],
    [checksumOf(summed), "checksum counts the stuffing: sum the un-stuffed bytes (uart.md 1)"],
    [covered.reduce((xor, byte) => xor ^ byte, 0), "checksum is an exclusive or: it is a sum, mod 256 (uart.md 1)"],
    [~sum & 0xff, "checksum is inverted: it is the plain sum, mod 256 (uart.md 1)"],
    [-sum & 0xff, "checksum is negated: it is the plain sum, mod 256 (uart.md 1)"],
    [checksumOf(covered.subarray(0, -1)), "checksum leaves out the last payload byte (uart.md 1)"],
  ];
  return candidates.find(([value]) => value === found)?.[1];
}
