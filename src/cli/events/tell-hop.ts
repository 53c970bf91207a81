import type { TraceEntry } from "../../core/trace.js";
import { redact } from "../../record/redact.js";
import type { Output } from "../output.js";

/** Tells a hop of a wire as a JSON event of its name, and gives what may be shown of it: secrets are left out. */
export function tellHop(entry: TraceEntry, output: Output): TraceEntry {
  const shown = redact(entry);
  output.json({ event: shown.hop, ...shown });
  return shown;
}
