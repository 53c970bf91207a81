import { encodeAppCount } from "../../codec/m2m.js";
import type { TraceId } from "../../core/trace.js";
import type { AppSessions } from "./app-sessions.js";
import type { Presence } from "./presence.js";
import type { DeviceSession } from "./session.js";
import { topics } from "./topics.js";

/** Messages held for a device that has not subscribed yet. */
const HELD_LIMIT = 32;

/** What the cloud itself sends to devices, at QoS 0 as firmware expects. */
export class Downlink {
  readonly #presence: Presence;
  readonly #apps: AppSessions;

  constructor(presence: Presence, apps: AppSessions) {
    this.#presence = presence;
    this.#apps = apps;
  }

  /** Sends a message, or holds it back until the device listens. False when it is offline. */
  send(did: string, topic: string, payload: Uint8Array, id?: TraceId): boolean {
    const session = this.#presence.find(did);
    if (session === undefined || session.client.closed) return false;
    if (session.isReady) {
      publish(session, topic, payload, id);
      return true;
    }
    if (session.held.length >= HELD_LIMIT) return false;
    session.held.push({ topic, payload, id });
    return true;
  }

  /** The device has subscribed to its controls: the app count comes first (cloud.md 3.1), then what was held back. */
  open(session: DeviceSession): void {
    session.isReady = true;
    this.sendAppCount(session.device.did);
    for (const { topic, payload, id } of session.held.splice(0)) publish(session, topic, payload, id);
  }

  /** 0x0210: how many apps watch the device, after login and at each change (cloud.md 3.3). */
  sendAppCount(did: string): void {
    const session = this.#presence.find(did);
    if (session?.isReady !== true) return;
    publish(session, topics.cloudToDevice(did), encodeAppCount(this.#apps.count(did)));
  }
}

function publish({ client, hops }: DeviceSession, topic: string, bytes: Uint8Array, id?: TraceId): void {
  hops.down(topic, bytes, id);
  const payload = Buffer.from(bytes);
  client.publish({ cmd: "publish", topic, payload, qos: 0, retain: false, dup: false }, () => {});
}
