import type { Clock } from "../../core/clock.js";
import type { Millis } from "../../core/duration.js";
import { LOG_KIND, type LogKind } from "../telemetry/log-kind.js";
import type { Telemetry } from "../telemetry/telemetry.js";
import { addHeartbeat, type HeartbeatState, summarizeHeartbeat } from "./heartbeat.js";
import type { DeviceSession, OfflineReason } from "./session.js";

/** The sessions of the devices that are online, by did, as plain JSON. */
export type PresenceState = Readonly<
  Record<string, { readonly connectedAt: Millis; readonly heartbeat: HeartbeatState }>
>;

/** Told of every coming and going of a device. */
export type PresenceListener = (change: {
  readonly did: string;
  readonly isOnline: boolean;
  readonly reason?: OfflineReason;
}) => void;

/** Which devices are online, and the log of their comings and goings (cloud.md 8.3). */
export class Presence {
  readonly #clock: Clock;
  readonly #telemetry: Telemetry;
  readonly #sessions = new Map<string, DeviceSession>();
  readonly #listeners = new Set<PresenceListener>();

  constructor(clock: Clock, telemetry: Telemetry) {
    this.#clock = clock;
    this.#telemetry = telemetry;
  }

  get onlineCount(): number {
    return this.#sessions.size;
  }

  /** The devices that are online, in the order of their logins. */
  get dids(): readonly string[] {
    return [...this.#sessions.keys()];
  }

  find(did: string): DeviceSession | undefined {
    return this.#sessions.get(did);
  }

  /** What is known of the session of each device that is online. */
  save(): PresenceState {
    return Object.fromEntries(
      [...this.#sessions].map(([did, { connectedAt, heartbeat }]) => [did, { connectedAt, heartbeat }]),
    );
  }

  /** Takes earlier sessions over, for devices that are online again. */
  load(state: PresenceState): void {
    for (const [did, { connectedAt, heartbeat }] of Object.entries(state)) {
      const session = this.#sessions.get(did);
      if (session === undefined) continue;
      session.connectedAt = connectedAt;
      session.heartbeat = heartbeat;
    }
  }

  /** A device has sent a PINGREQ. */
  beat(session: DeviceSession): void {
    session.heartbeat = addHeartbeat(session.heartbeat, this.#clock.now());
  }

  isOnline(did: string): boolean {
    return this.#sessions.has(did);
  }

  /** Calls `listener` at every change until the returned function is called. */
  listen(listener: PresenceListener): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** A device has logged in; over an older session of its own it is a re-login. */
  begin(session: DeviceSession): void {
    const isAgain = this.#sessions.has(session.device.did);
    this.#sessions.set(session.device.did, session);
    this.#log(session, isAgain ? LOG_KIND.devReOnline : LOG_KIND.devOnline, { keep_alive: session.keepaliveS });
    this.#tell(session.device.did, true);
  }

  /** A session has ended; nothing happens for one that another has taken over. */
  end(session: DeviceSession, reason: OfflineReason): void {
    if (this.#sessions.get(session.device.did) !== session) return;
    this.#sessions.delete(session.device.did);
    const now = this.#clock.now();
    const duration = Math.round((now - session.connectedAt) / 1000);
    const heartbeat = summarizeHeartbeat(session.heartbeat, now);
    this.#log(session, LOG_KIND.devOffline, { duration, heartbeat, reason });
    this.#tell(session.device.did, false, reason);
  }

  #log(session: DeviceSession, kind: LogKind, detail: Record<string, unknown>): void {
    this.#telemetry.append({
      deviceId: session.device.id,
      at: this.#clock.now(),
      kind,
      profileId: session.profileId,
      ip: session.ip,
      detail: JSON.stringify(detail),
    });
  }

  #tell(did: string, isOnline: boolean, reason?: OfflineReason): void {
    for (const listener of this.#listeners) listener({ did, isOnline, ...(reason === undefined ? {} : { reason }) });
  }
}
