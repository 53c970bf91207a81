import type { FastifyRequest } from "fastify";
import type { Credentials } from "../cloud/accounts/credentials.js";
import type { Cloud } from "../cloud/cloud.js";
import type { WeekRule } from "../cloud/telemetry/calendar.js";
import type { Zone } from "../cloud/telemetry/zone.js";
import type { Millis } from "../core/duration.js";
import type { Trace } from "../core/trace.js";

/** Says which requests are answered with an error, and which later. */
export interface HttpFaults {
  judgeRequest(method: string, path: string): { readonly status: number } | { readonly delayMs: Millis } | undefined;
  /** Calls `listener` whenever all faults are replaced at once, as by a restore: whoever waits for time waits in vain. */
  onReplaced(listener: () => void): void;
}

/** What every face works with. */
export interface ApiContext {
  readonly cloud: Cloud;
  /** What clients of each face log in with. */
  readonly credentials: Credentials;
  readonly version: string;
  /** The data folder as an absolute path; undefined for a lab in memory. */
  readonly folder?: string;
  /** The zone in which days, weeks and months are cut where the face does not name one. */
  readonly zone: Zone;
  readonly weekRule: WeekRule;
  /** The port of the MQTT listener; 1883 while there is none. */
  readonly mqttPort: () => number;
  readonly httpPort: () => number;
  /** Where refused requests are noted. */
  readonly trace?: Trace;
  /** What a test does to requests; nothing without. */
  readonly faults?: HttpFaults;
  /** Lets other machines use the control routes that say this token. */
  readonly labToken?: string;
}

/** The address at which a request arrived, not what its Host header claims. */
export function reachedHost(request: FastifyRequest): string {
  return (request.raw.socket.localAddress ?? "127.0.0.1").replace(/^::ffff:/, "");
}

/** True when a request comes from this machine. */
export function isFromLoopback(request: FastifyRequest): boolean {
  // A peer that has gone already has no address: whoever it was, it is not let in.
  const address = (request.raw.socket.remoteAddress ?? "").replace(/^::ffff:/, "");
  return address === "::1" || address.startsWith("127.");
}
