import type { EvaluationContext } from "./evaluation-context.js";

/** Items that are sorted in one go. */
const RUN_LENGTH = 1024;
/** Effort of handling one item, in the units of EvaluationContext. */
const ITEM_EFFORT = 20;

/** A stable merge sort that lets the event loop go in between, as `Array.sort` cannot. */
export async function sortInSlices<T>(
  items: readonly T[],
  compare: (one: T, other: T) => number,
  context: EvaluationContext,
): Promise<T[]> {
  let runs: T[][] = [];
  for (let start = 0; start < items.length; start += RUN_LENGTH) {
    runs.push(items.slice(start, start + RUN_LENGTH).sort(compare));
    if (context.endRow(RUN_LENGTH * ITEM_EFFORT)) await context.pause();
  }
  while (runs.length > 1) {
    const merged: T[][] = [];
    for (let index = 0; index < runs.length; index += 2) {
      merged.push(await mergeRuns(runs[index] ?? [], runs[index + 1] ?? [], compare, context));
    }
    runs = merged;
  }
  return runs[0] ?? [];
}

async function mergeRuns<T>(
  left: readonly T[],
  right: readonly T[],
  compare: (one: T, other: T) => number,
  context: EvaluationContext,
): Promise<T[]> {
  const merged: T[] = [];
  let fromRight = 0;
  for (const item of left) {
    for (; fromRight < right.length && compare(right[fromRight] as T, item) < 0; fromRight += 1) {
      merged.push(right[fromRight] as T);
    }
    merged.push(item);
    if (context.endRow(ITEM_EFFORT)) await context.pause();
  }
  for (; fromRight < right.length; fromRight += 1) merged.push(right[fromRight] as T);
  return merged;
}
