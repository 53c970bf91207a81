/** A row of a hex dump: where it stands in the dumped bytes, and its groups of digits. */
export interface DumpRow {
  /** The digits of the offset. */
  readonly offset: string;
  /** `0x` stands before the offset. */
  readonly isPrefixed: boolean;
  /** A colon stands behind the offset. */
  readonly hasColon: boolean;
  /** The ASCII column stands between bars. */
  readonly hasBars: boolean;
  /** How many digits each group has; the last one may be shorter. 0 for an offset alone. */
  readonly groupDigits: number;
  /** The groups that may be bytes, and possible ends of them: the characters of the ASCII column look like groups too. */
  readonly groups: readonly string[];
  readonly ends: readonly GroupEnd[];
}

/** A place where the bytes of a row may end. */
export interface GroupEnd {
  readonly groups: number;
  /** Digits so far. */
  readonly digits: number;
  /** How many characters the ASCII column would have. */
  readonly rest: number;
  /** Spaces before that column; 0 at the end of the line. */
  readonly gap: number;
}

const ROW = /^[ \t]*(0x)?([0-9a-f]{4,16})(:?)(?:[ \t]+(.*))?$/i;
const GROUP = /([0-9a-f]+)([ \t]*)/iy;
const MID_GAP_AT = 8;

/** Reads a line as a row of a hex dump; undefined for any other line. */
export function parseDumpRow(line: string): DumpRow | undefined {
  const match = ROW.exec(line);
  if (match === null) return undefined;
  const [, prefix, offset = "", colon, body = ""] = match;
  const bar = body.indexOf("|");
  const groups: string[] = [];
  const ends: GroupEnd[] = [];
  let digits = 0;
  let groupDigits = 0;
  GROUP.lastIndex = 0;
  while (GROUP.lastIndex < body.length) {
    const found = GROUP.exec(body);
    if (found === null) break;
    const [whole, group = "", space = ""] = found;
    const next = found.index + whole.length;
    if (space === "" && next < body.length) break;
    if (groupDigits === 0) groupDigits = group.length;
    const isLast = group.length < groupDigits;
    if (group.length > groupDigits || group.length % 2 === 1) break;
    groups.push(group);
    digits += group.length;
    if (next === body.length || next === bar || space.length > 1 || isLast || space === "\t")
      ends.push({ groups: groups.length, digits, rest: body.length - next, gap: space.length });
    if (isLast || next === bar) break;
  }
  if (body !== "" && ends.length === 0) return undefined;
  const hasBars = bar >= 0 && isBarred(body, bar, digits / 2);
  const head = { offset, isPrefixed: prefix !== undefined, hasColon: colon === ":", hasBars };
  return { ...head, groupDigits, groups, ends };
}

/** The bars hold a character a byte; a lone bar is a character of the column. */
function isBarred(body: string, bar: number, bytes: number): boolean {
  const column = body.slice(bar).trimEnd();
  return column.length > 1 && column.endsWith("|") && column.length - 2 === bytes;
}

/**
 * Where the bytes of a row end: where the next row's offset says, else where an ASCII column of the right length begins,
 * else at the first wide gap that is not the one in the middle of sixteen.
 */
export function chooseEnd(
  { ends, hasBars, groupDigits }: DumpRow,
  wanted: number | undefined,
  digitsPerByte: number,
): GroupEnd | undefined {
  const bytes = (end: GroupEnd): number => end.digits / digitsPerByte;
  const fits = ends.find((end) => bytes(end) === wanted);
  if (fits !== undefined) return fits;
  if (hasBars) return ends.at(-1);
  const isColumn = (end: GroupEnd): boolean => isAsciiColumn(end, bytes(end));
  const isMiddle = (end: GroupEnd): boolean => groupDigits === 2 && end.groups === MID_GAP_AT && end.gap === 2;
  return (
    ends.find(isColumn) ??
    ends.find((end) => end.rest === 0 && ends.length === 1) ??
    ends.find((end) => !isMiddle(end)) ??
    ends.at(-1)
  );
}

/** The column has a character a count, perhaps a space in its middle; its first characters may be spaces. */
export function isAsciiColumn({ rest, gap }: GroupEnd, count: number): boolean {
  return rest <= count + 1 && rest + gap >= count && gap > 1;
}
