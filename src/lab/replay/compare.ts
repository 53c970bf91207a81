import type { TraceEntry } from "../../core/trace.js";
import { compareFields } from "../expectation.js";
import { formatHop } from "../trace-text.js";

/** One place where a replay went another way than the recording. */
export interface Difference<T = TraceEntry> {
  readonly kind: "missing" | "extra" | "changed";
  readonly recorded?: T;
  readonly replayed?: T;
}

export interface Comparison<T> {
  /** Hops of the recording that were compared. */
  readonly compared: number;
  readonly differences: readonly Difference<T>[];
}

export interface ReplayResult extends Comparison<TraceEntry> {
  /** How the replay was made, for the person who compares. */
  readonly notes?: readonly string[];
}

/** How far to look for the place where both go on alike. */
const LOOK_AHEAD = 16;

/** Compares two sequences hop by hop; `say` gives what has to be equal of a hop. */
export function compareHops(
  recorded: readonly TraceEntry[],
  replayed: readonly TraceEntry[],
  say: (entry: TraceEntry) => string,
): ReplayResult {
  const [wanted, got] = [recorded, replayed].map((entries) => entries.map((entry) => ({ entry, said: say(entry) })));
  const { compared, differences } = compareWith(wanted ?? [], got ?? [], (a, b) => a.said === b.said);
  return {
    compared,
    differences: differences.map(({ kind, recorded: before, replayed: now }) => ({
      kind,
      ...(before === undefined ? {} : { recorded: before.entry }),
      ...(now === undefined ? {} : { replayed: now.entry }),
    })),
  };
}

/** Compares two sequences; after a difference both are brought together again where they next agree. */
export function compareWith<T>(
  wanted: readonly T[],
  got: readonly T[],
  isSame: (wanted: T, got: T) => boolean,
): Comparison<T> {
  const differences: Difference<T>[] = [];
  let i = 0;
  let j = 0;
  while (i < wanted.length || j < got.length) {
    if (i < wanted.length && j < got.length && isSame(wanted[i] as T, got[j] as T)) {
      i += 1;
      j += 1;
      continue;
    }
    const { missing, extra } = meetAgain(wanted, got, isSame, i, j);
    const pairs = Math.min(missing, extra);
    for (let n = 0; n < pairs; n += 1) {
      differences.push({ kind: "changed", recorded: wanted[i + n] as T, replayed: got[j + n] as T });
    }
    for (let n = pairs; n < missing; n += 1) differences.push({ kind: "missing", recorded: wanted[i + n] as T });
    for (let n = pairs; n < extra; n += 1) differences.push({ kind: "extra", replayed: got[j + n] as T });
    i += missing;
    j += extra;
  }
  return { compared: wanted.length, differences };
}

/** The shortest way to go on alike: how many to pass over on either side. */
function meetAgain<T>(
  wanted: readonly T[],
  got: readonly T[],
  isSame: (wanted: T, got: T) => boolean,
  i: number,
  j: number,
): { readonly missing: number; readonly extra: number } {
  for (let distance = 1; distance <= LOOK_AHEAD * 2; distance += 1) {
    for (let missing = 0; missing <= distance; missing += 1) {
      const extra = distance - missing;
      const isThere = i + missing < wanted.length && j + extra < got.length;
      if (isThere && isSame(wanted[i + missing] as T, got[j + extra] as T)) return { missing, extra };
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
