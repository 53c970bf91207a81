import { describeError, GizlabError } from "../core/errors.js";
import { formatJsonLine, makeSafe } from "./terminal/safe-text.js";

/** Exit codes of every command (interfaces.md). */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/**
 * Where a command writes: results on stdout, remarks on stderr. Control characters from outside are spelt out on the
 * way, in every text; escapes that `keepEscapes` has marked are gizlab's own.
 */
export interface Output {
  /** One JSON object a line instead of text. */
  readonly isJson: boolean;
  /** Results. */
  line(text: string): void;
  /** A machine-readable result; nothing in text mode. */
  json(value: unknown): void;
  /** Remarks and progress. */
  note(text: string): void;
}

export function createOutput(isJson: boolean): Output {
  return {
    isJson,
    line: (text) => {
      if (!isJson) process.stdout.write(`${makeSafe(text)}\n`);
    },
    json: (value) => {
      if (isJson) process.stdout.write(`${formatJsonLine(value)}\n`);
    },
    note: complain,
  };
}

/** Writes a remark to stderr, with control characters spelt out. */
export function complain(text: string): void {
  process.stderr.write(`${makeSafe(text)}\n`);
}

/** Advice in the middle of work: what is wrong, and what to do. */
export function hint(output: Output, kind: string, message: string): void {
  output.json({ event: "hint", kind, message });
  output.note(`gizlab: ${message}`);
}

/** A mistake in how a command was called; the exit code is 2. */
export class UsageError extends GizlabError {
  constructor(message: string, hint?: string) {
    super("usage", message, hint === undefined ? {} : { hint });
  }
}

const USAGE_CODES = new Set([
  "usage",
  "hex-invalid",
  "secret-invalid",
  "cipher-length",
  "duration-invalid",
  "profile-missing",
  "zone-unknown",
  "cloud-url",
  "scenario-invalid",
  "script-invalid",
  "attributes-invalid",
  "file-unreadable",
  "file-unwritable",
  "text-encoding",
  "port-spec",
  "baud-fixed",
  "fault-invalid",
  "lab-several",
]);

/** An error in one line, its hint included. */
export function explainInLine(error: GizlabError): string {
  return describeError(error).replaceAll("\n  ", "; ");
}

/** Writes an error in one line, its hint included, and gives the exit code for it. */
export function reportFailure(error: unknown, isJson: boolean): number {
  const known = error instanceof GizlabError ? error : undefined;
  if (isJson && known !== undefined) {
    const { code, message, expected, found, hint, at } = known;
    process.stdout.write(`${formatJsonLine({ event: "error", code, message, expected, found, hint, at })}\n`);
  }
  if (known === undefined) complain(`gizlab: unforeseen error: ${(error as Error)?.message ?? error}`);
  else complain(`gizlab: ${explainInLine(known)}`);
  return known !== undefined && USAGE_CODES.has(known.code) ? EXIT.usage : EXIT.failed;
}
