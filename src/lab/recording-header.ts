import type { Millis } from "../core/duration.js";
import type { RecordingHeader } from "../record/recording.js";
import type { Lab } from "./lab.js";
import type { NamedProfile } from "./profiles.js";
import { VERSION } from "./version.js";

/** The first line of a recording of this lab. */
export function createRecordingHeader(lab: Lab, withSecrets = false): RecordingHeader {
  return {
    kind: "recording",
    format: 1,
    gizlab: VERSION,
    seed: lab.seed ?? null,
    clock: lab.clock.mode,
    started_at: lab.clock.now(),
    from_start: lab.trace.position === 0,
    redacted: !withSecrets,
    profiles: lab.products.map(({ name, profile }) => ({ name, document: profile.document })),
  };
}

/** The first line of a recording of a real wire, which nobody can make again from a seed. */
export function createWireHeader(startedAt: Millis, products: readonly NamedProfile[]): RecordingHeader {
  return {
    kind: "recording",
    format: 1,
    gizlab: VERSION,
    seed: null,
    clock: "wall",
    started_at: startedAt,
    from_start: false,
    redacted: true,
    profiles: products.map(({ name, profile }) => ({ name, document: profile.document })),
  };
}
