/** One cell of a line of CSV, and where it begins, counted from 1. */
export interface CsvCell {
  readonly text: string;
  readonly column: number;
}

/** The separator that a header line is written with: comma, semicolon or tab, whichever comes most often. */
export function findSeparator(header: string): string {
  const count = (separator: string): number => header.split(separator).length;
  return [",", ";", "\t"].reduce((best, separator) => (count(separator) > count(best) ? separator : best));
}

/**
 * The cells of one line of CSV (RFC 4180): a cell in double quotes may hold the separator, and quotes written twice.
 * Undefined when a quote is not closed, or when something follows a closed one.
 */
export function splitCsv(line: string, separator: string): CsvCell[] | undefined {
  const cells: CsvCell[] = [];
  let at = 0;
  do {
    const column = at + 1;
    const cell = line[at] === '"' ? readQuoted(line, at) : readPlain(line, at, separator);
    if (cell === undefined || (cell.end < line.length && line[cell.end] !== separator)) return undefined;
    cells.push({ text: cell.text, column });
    at = cell.end + 1;
  } while (at <= line.length);
  return cells;
}

interface Read {
  readonly text: string;
  /** Where the separator stands, or the end of the line. */
  readonly end: number;
}

function readPlain(line: string, from: number, separator: string): Read {
  const found = line.indexOf(separator, from);
  const end = found < 0 ? line.length : found;
  return { text: line.slice(from, end).trim(), end };
}

function readQuoted(line: string, from: number): Read | undefined {
  let text = "";
  for (let at = from + 1; at < line.length; at += 1) {
    if (line[at] !== '"') text += line[at];
    else if (line[at + 1] !== '"') return { text, end: at + 1 };
    else {
      text += '"';
      at += 1;
    }
  }
  return undefined;
}
