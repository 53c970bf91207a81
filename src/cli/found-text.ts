import type { Found } from "../profile/found.js";
import { formatOutOfRange } from "../profile/out-of-range.js";
import type { Output } from "./output.js";

/** One thing found in bytes: as a JSON line, or in a line of words with its values below. */
export function printFound(output: Output, found: Found): void {
  output.json(found);
  if (output.isJson) return;
  for (const line of formatFound(found, String(found.offset))) output.line(line);
}

/** The same in words; `head` says where it was found. */
export function formatFound(found: Found, head: string): string[] {
  const {
    offset: _,
    kind,
    attrs,
    fields,
    hint,
    problem,
    out_of_range: outOfRange,
    ...rest
  } = found as Record<string, unknown>;
  const words = Object.entries(rest)
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  const indent = " ".repeat(16);
  return [
    `${head.padStart(5)}  ${String(kind).padEnd(7)}  ${words.join("  ")}`,
    ...Object.entries((attrs ?? fields ?? {}) as object).map(
      ([name, value]) => `${indent}${name} = ${JSON.stringify(value)}`,
    ),
    ...[...formatOutOfRange(outOfRange), problem, hint]
      .filter((text) => text !== undefined)
      .map((text) => `${indent}! ${text}`),
  ];
}
