import type { Client } from "aedes";
import type { Millis } from "../../core/duration.js";
import type { TraceId } from "../../core/trace.js";
import type { MessageHops } from "../cloud-trace.js";
import type { Device } from "../devices/registry.js";
import type { HeartbeatState } from "./heartbeat.js";

/** A device's connection. */
export interface DeviceSession {
  readonly kind: "device";
  readonly client: Client;
  readonly device: Device;
  /** Where its messages are traced. */
  readonly hops: MessageHops;
  readonly profileId: number;
  readonly ip: string;
  connectedAt: Millis;
  heartbeat: HeartbeatState;
  /** Seconds the device asked for; 0 for none. */
  readonly keepaliveS: number;
  /** True once `app2dev/<did>/…` is subscribed; until then firmware drops messages (cloud.md 3.1). */
  isReady: boolean;
  /** Messages held back until then. */
  readonly held: { topic: string; payload: Uint8Array; id: TraceId | undefined }[];
  /** Why the session is being ended by the cloud, when it is. */
  ending: OfflineReason | "taken-over" | undefined;
}

/** An app's connection (cloud.md 5). */
export interface AppSession {
  readonly kind: "app";
  readonly client: Client;
  readonly uid: string;
  readonly appId: string;
  /** The did behind each filter by which it hears of a device. */
  readonly watching: Map<string, string>;
}

/** A connection without rights or duties, on a broker started with `open`. */
export interface OpenSession {
  readonly kind: "open";
}

export type BrokerSession = DeviceSession | AppSession | OpenSession;

/** The reasons that the log gives (rest.md 2.2). */
export type OfflineReason = "mqtt_disconnect" | "no_heartbeat" | "tcp_closed" | "offline_force" | "offline_reset";
