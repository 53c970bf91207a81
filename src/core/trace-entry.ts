import type { Millis } from "./duration.js";

export type TraceDetail = Readonly<Record<string, unknown>>;

/** Says what bytes mean, when somebody looks: on the hot path only the bytes are kept. Made once for many hops. */
export interface Teller {
  /** @param note the number that was recorded with the bytes */
  describe(bytes: Uint8Array, note: number): TraceDetail;
}

/** A correlation id on its way; people see it as `t12`. */
export type TraceId = number;

/** One hop of a value on its road (architecture.md 1), as plain JSON. */
export interface TraceEntry {
  readonly at: Millis;
  /** The correlation id shared by all hops of one control or report. */
  readonly id: string;
  readonly hop: string;
  readonly did?: string | undefined;
  readonly mac?: string | undefined;
  readonly detail?: TraceDetail | undefined;
}

/** The device an entry is about; a module that has not registered yet has no did. */
export interface TraceSubject {
  readonly did?: string | undefined;
  readonly mac?: string | undefined;
}

/** An entry without empty fields. */
export function toPlain({ at, id, hop, did, mac, detail }: TraceEntry): TraceEntry {
  return {
    at,
    id,
    hop,
    ...(did === undefined ? {} : { did }),
    ...(mac === undefined ? {} : { mac }),
    ...(detail === undefined ? {} : { detail }),
  };
}
