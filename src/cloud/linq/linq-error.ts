import { GizlabError } from "../../core/errors.js";

/** What may be wrong with a LINQ text, its names and types, or its evaluation. */
export type LinqErrorCode =
  | "linq-syntax"
  | "linq-too-long"
  | "linq-too-deep"
  | "linq-unsupported"
  | "linq-table"
  | "linq-forbidden"
  | "linq-column"
  | "linq-function"
  | "linq-arguments"
  | "linq-type"
  | "linq-aggregate"
  | "linq-alias"
  | "linq-period"
  | "linq-time-zone"
  | "linq-limit"
  | "linq-state";

/** A place in a LINQ text: `offset` in UTF-16 units from 0, line and column from 1. */
export interface LinqPosition {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

export interface LinqErrorDetail {
  /** The tokens that could stand here, `<EOF>` for the end of the text. */
  readonly tokens?: readonly string[];
  readonly found?: string;
  readonly hint?: string;
  /** The name that was probably meant. */
  readonly suggestion?: string | undefined;
}

/** Every refusal of the LINQ library: a stable code, the place in the text, and what could stand there. */
export class LinqError extends GizlabError {
  declare readonly code: LinqErrorCode;
  /** Absent where the text is not what is refused. */
  readonly position: LinqPosition | undefined;
  /** The tokens that could stand here; empty when the text is well formed and its meaning is refused. */
  readonly expectedTokens: readonly string[];
  readonly suggestion: string | undefined;

  constructor(code: LinqErrorCode, message: string, position: LinqPosition | undefined, detail: LinqErrorDetail = {}) {
    const { tokens = [], found, suggestion } = detail;
    const hint = detail.hint ?? (suggestion === undefined ? undefined : `did you mean ${suggestion}?`);
    super(code, message, {
      ...(position !== undefined && { at: { ...position } }),
      ...(tokens.length > 0 && { expected: tokens.join(" ") }),
      ...(found !== undefined && { found }),
      ...(hint !== undefined && { hint }),
    });
    this.name = "LinqError";
    this.position = position;
    this.expectedTokens = tokens;
    this.suggestion = suggestion;
  }
}

/** The start of a text, for refusals of all of it. */
export const LINQ_START: LinqPosition = { offset: 0, line: 1, column: 1 };

/** The place of `offset` in `text`. */
export function locateOffset(text: string, offset: number): LinqPosition {
  let line = 1;
  let lineStart = 0;
  for (let end = text.indexOf("\n"); end >= 0 && end < offset; end = text.indexOf("\n", end + 1)) {
    line += 1;
    lineStart = end + 1;
  }
  return { offset, line, column: offset - lineStart + 1 };
}
