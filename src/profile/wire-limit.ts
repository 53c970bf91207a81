import { MAX_UINT64, toWhole } from "../core/numbers/whole.js";
import type { DocumentPath, LocatedDocument } from "./problem.js";

/**
 * The `min` or `max` of a datapoint's `uint_spec`, as it is written: of 8 bytes with every digit. Without one a `min` is
 * 0, and a `max` of 8 bytes all that they hold.
 */
export function readWireLimit(
  document: LocatedDocument,
  path: DocumentPath,
  attr: Readonly<Record<string, unknown>>,
  end: "min" | "max",
): unknown {
  const value = (attr.uint_spec as Readonly<Record<string, unknown>> | undefined)?.[end];
  if (attr.data_type !== "uint64") return end === "min" ? (value ?? 0) : value;
  if (value === undefined) return end === "min" ? 0 : MAX_UINT64;
  const written = typeof value === "string" ? value : document.textAt([...path, "uint_spec", end]);
  if (!/^\d{1,20}$/.test(written)) return Number.isInteger(value) ? toWhole(BigInt(value as number)) : value;
  const whole = BigInt(written);
  // A program that writes JSON with numbers of 53 bits has rounded 2^64-1.
  const isRounded = whole > MAX_UINT64 && Number(whole) === Number(MAX_UINT64);
  return toWhole(isRounded ? MAX_UINT64 : whole);
}
