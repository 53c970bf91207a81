import type { TraceEntry } from "../../core/trace.js";
import { compareFields } from "../expectation.js";
import { formatHop } from "../trace-text.js";

/** One place where a replay went another way than the recording. */
export interface Difference {
  readonly kind: "missing" | "extra" | "changed";
  readonly recorded?: TraceEntry;
  readonly replayed?: TraceEntry;
}

export interface ReplayResult {
  /** Hops of the recording that were compared. */
  readonly compared: number;
  readonly differences: readonly Difference[];
}

/** How far to look for the place where both go on alike. */
const LOOK_AHEAD = 16;

/**
 * Compares two sequences hop by hop. `say` gives what has to be equal of a hop; after a difference both are brought
 * together again where they next agree.
 */
export function compareHops(
  recorded: readonly TraceEntry[],
  replayed: readonly TraceEntry[],
  say: (entry: TraceEntry) => string,
): ReplayResult {
  const [wanted, got] = [recorded.map(say), replayed.map(say)];
  const differences: Difference[] = [];
  let i = 0;
  let j = 0;
  while (i < wanted.length || j < got.length) {
    if (i < wanted.length && wanted[i] === got[j]) {
      i += 1;
      j += 1;
      continue;
    }
    const { missing, extra } = meetAgain(wanted, got, i, j);
    const pairs = Math.min(missing, extra);
    for (let n = 0; n < pairs; n += 1) {
      differences.push({
        kind: "changed",
        recorded: recorded[i + n] as TraceEntry,
        replayed: replayed[j + n] as TraceEntry,
      });
    }
    for (let n = pairs; n < missing; n += 1)
      differences.push({ kind: "missing", recorded: recorded[i + n] as TraceEntry });
    for (let n = pairs; n < extra; n += 1) differences.push({ kind: "extra", replayed: replayed[j + n] as TraceEntry });
    i += missing;
    j += extra;
  }
  return { compared: recorded.length, differences };
}

/** The shortest way to go on alike: how many to pass over on either side. */
function meetAgain(
  wanted: readonly string[],
  got: readonly string[],
  i: number,
  j: number,
): { readonly missing: number; readonly extra: number } {
  for (let distance = 1; distance <= LOOK_AHEAD * 2; distance += 1) {
    for (let missing = 0; missing <= distance; missing += 1) {
      const extra = distance - missing;
      const there = wanted[i + missing];
      if (there !== undefined && there === got[j + extra]) return { missing, extra };
    }
  }
  const [restWanted, restGot] = [wanted.length - i, got.length - j];
  // Neither agrees any more: one step on both sides, or what is left on one.
  if (restWanted > 0 && restGot > 0) return { missing: 1, extra: 1 };
  return { missing: restWanted, extra: restGot };
}

/** A difference in lines: what was recorded, what came instead, and which fields it is about. */
export function formatDifference({ kind, recorded, replayed }: Difference): string[] {
  const lines = [
    ...(recorded === undefined ? [] : [`- ${formatHop(recorded)}`]),
    ...(replayed === undefined ? [] : [`+ ${formatHop(replayed)}`]),
  ];
  if (kind !== "changed" || recorded === undefined || replayed === undefined) return lines;
  const wanted = flatten(recorded.detail);
  return [
    ...lines,
    ...compareFields(wanted, flatten(replayed.detail)).differences.map((difference) => `    ${difference}`),
  ];
}

/** Datapoints beside the other fields of a hop. */
function flatten(detail: TraceEntry["detail"] = {}): Record<string, unknown> {
  const { attrs, fields, ...rest } = detail;
  const flat: Record<string, unknown> = {};
  for (const part of [rest, attrs, fields]) {
    for (const [name, value] of Object.entries((part ?? {}) as object)) {
      if (typeof value !== "object") flat[name] = value;
    }
  }
  return flat;
}
