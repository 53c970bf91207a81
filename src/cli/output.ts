import { describeError, GizlabError } from "../core/errors.js";

/** Exit codes of every command (interfaces.md). */
export const EXIT = { ok: 0, failed: 1, usage: 2 } as const;

/** Where a command writes: results on stdout, remarks on stderr. */
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
      if (!isJson) process.stdout.write(`${text}\n`);
    },
    json: (value) => {
      if (isJson) process.stdout.write(`${JSON.stringify(value)}\n`);
    },
    note: (text) => process.stderr.write(`${text}\n`),
  };
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
    process.stdout.write(`${JSON.stringify({ event: "error", code, message, expected, found, hint, at })}\n`);
  }
  if (known === undefined) process.stderr.write(`gizlab: unforeseen error: ${(error as Error)?.message ?? error}\n`);
  else process.stderr.write(`gizlab: ${explainInLine(known)}\n`);
  return known !== undefined && USAGE_CODES.has(known.code) ? EXIT.usage : EXIT.failed;
}
