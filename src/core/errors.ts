/** Where in a file, frame or request an error was found. */
export interface ErrorPlace {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  /** Byte offset in a frame or payload. */
  readonly offset?: number;
  /** Path inside a document, such as `entities[0].attrs[3].name`. */
  readonly path?: string;
}

export interface ErrorDetail {
  readonly expected?: string;
  readonly found?: string;
  /** The likely mistake, or what to type next. */
  readonly hint?: string;
  readonly at?: ErrorPlace;
  readonly cause?: unknown;
}

/**
 * The one base of everything gizlab throws on purpose. `code` is stable and listed in the README;
 * the message is written for the person with the board.
 */
export class GizlabError extends Error {
  readonly code: string;
  readonly expected: string | undefined;
  readonly found: string | undefined;
  readonly hint: string | undefined;
  readonly at: ErrorPlace | undefined;

  constructor(code: string, message: string, detail: ErrorDetail = {}) {
    super(message, detail.cause === undefined ? undefined : { cause: detail.cause });
    this.name = "GizlabError";
    this.code = code;
    this.expected = detail.expected;
    this.found = detail.found;
    this.hint = detail.hint;
    this.at = detail.at;
  }
}

/** One or two lines for a terminal: message, place, expected and found, hint. */
export function describeError(error: unknown): string {
  if (!(error instanceof GizlabError)) return error instanceof Error ? error.message : String(error);
  const place = describePlace(error.at ?? {}, error.message);
  const compared =
    error.expected !== undefined && error.found !== undefined
      ? ` (expected ${error.expected}, found ${error.found})`
      : "";
  const hint = error.hint === undefined ? "" : `\n  ${error.hint}`;
  return `${place}${error.message}${compared} [${error.code}]${hint}`;
}

/** Where it is, with a colon behind; a path outside of a file that the message names itself is not said twice. */
function describePlace({ file, line, column, path, offset }: ErrorPlace, message: string): string {
  const inFile = file === undefined ? describeLine(line, column) : [file, line, column].filter(isGiven).join(":");
  const isSaid = inFile === "" && path !== undefined && namesPath(message, path);
  const place = [inFile, isSaid ? "" : path, offset === undefined ? "" : `offset ${offset}`];
  const said = place.filter((part) => part !== undefined && part !== "").join(" ");
  return said === "" ? "" : `${said}: `;
}

/** Whether a text names a path as a whole, not as a part of a longer word. */
function namesPath(text: string, path: string): boolean {
  const isInside = (char: string | undefined): boolean => char !== undefined && /[\w[\]-]/.test(char);
  for (let at = text.indexOf(path); at >= 0 && path !== ""; at = text.indexOf(path, at + 1)) {
    if (!isInside(text[at - 1]) && !isInside(text[at + path.length])) return true;
  }
  return false;
}

function isGiven<T>(part: T | undefined): part is T {
  return part !== undefined;
}

/** A place in a text that is no file: `line 3, column 5`. */
function describeLine(line: number | undefined, column: number | undefined): string {
  const parts = [
    line === undefined ? undefined : `line ${line}`,
    column === undefined ? undefined : `column ${column}`,
  ];
  return parts.filter(isGiven).join(", ");
}
