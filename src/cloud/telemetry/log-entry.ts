import type { Millis } from "../../core/duration.js";
import type { LogKind } from "./log-kind.js";

/** One message or event of a device, on its way into the log and in it. */
export interface LogEntry {
  readonly deviceId: number;
  readonly at: Millis;
  readonly kind: LogKind;
  /** The profile version by which the payload is read. */
  readonly profileId: number;
  /** A whole business frame (cloud.md 3.3 A), the bare P0 of an imported report, or a measurement. */
  readonly payload?: Uint8Array;
  /** The payload's P0 where it was already cut out; folding need not look for it again. Not stored. */
  readonly p0?: Uint8Array;
  readonly ip?: string;
  /** JSON: source, uid and appid of a control; keepalive or reason of a presence event; what came along with an upload. */
  readonly detail?: string;
}
