import { splitFrames } from "../../codec/splitter.js";
import { explainTolerated, type Tolerated } from "../../codec/tolerance.js";
import { GizlabError } from "../../core/errors.js";
import { parseHex } from "../../core/hex.js";
import type { TraceEntry } from "../../core/trace.js";

/** A kind of mistake in recorded frames that gizlab accepts. */
export interface ToleratedKind {
  readonly mistake: string;
  readonly clause: string;
  readonly hint: string;
  readonly way: "up" | "down";
  /** How many recorded frames have it. */
  readonly count: number;
  /** The first of them. */
  readonly first: TraceEntry;
}

/**
 * The mistakes in a recording that a replay would pass over in silence, each kind once for each direction: those that
 * its frames show, and those that were seen when it was recorded, as of a frame that a fault has changed.
 */
export function collectTolerated(entries: readonly TraceEntry[]): ToleratedKind[] {
  const shown = countKinds(entries.flatMap(lookAtFrame));
  const seen = countKinds(entries.flatMap(readTolerated));
  return [...new Map([...seen, ...shown]).values()];
}

function countKinds(found: readonly Omit<ToleratedKind, "count">[]): Map<string, ToleratedKind> {
  const kinds = new Map<string, ToleratedKind>();
  for (const each of found) {
    // A hint may name an sn or a length, and its kind is the same with another.
    const key = `${each.way} ${each.mistake} ${each.hint.replaceAll(/\d+/g, "")}`;
    const known = kinds.get(key);
    kinds.set(key, { ...(known ?? each), count: (known?.count ?? 0) + 1 });
  }
  return kinds;
}

function lookAtFrame(entry: TraceEntry): Omit<ToleratedKind, "count">[] {
  const way = entry.hop === "uart.up" ? "up" : entry.hop === "uart.down" ? "down" : undefined;
  if (way === undefined || typeof entry.detail?.hex !== "string") return [];
  return explainHex(entry.detail.hex, way).map(({ kind, clause, hint }) => ({
    ...{ mistake: kind, clause, hint, way },
    first: entry,
  }));
}

function readTolerated(entry: TraceEntry): Omit<ToleratedKind, "count">[] {
  if (entry.hop !== "uart.tolerated") return [];
  const { way, mistake, clause, hint } = entry.detail ?? {};
  if ((way !== "up" && way !== "down") || typeof hint !== "string") return [];
  return [{ mistake: String(mistake ?? "unstuffed"), clause: String(clause), hint, way, first: entry }];
}

function explainHex(hex: string, way: "up" | "down"): Tolerated[] {
  try {
    return splitFrames(parseHex(hex)).flatMap((item) =>
      item.kind === "frame" ? explainTolerated(item.frame, item.form, way) : [],
    );
  } catch (error) {
    // A frame that is hidden has no bytes to look at.
    if (error instanceof GizlabError) return [];
    throw error;
  }
}
