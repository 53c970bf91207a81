import { decodeM2m } from "../codec/m2m.js";
import type { Millis } from "../core/duration.js";
import { GizlabError } from "../core/errors.js";
import { formatHex } from "../core/hex.js";
import type { Trace } from "../core/trace.js";
import { describeM2mFrame, describeP0 } from "../profile/describe.js";
import type { Profile } from "../profile/profile.js";
import type { Device, Registry } from "./devices/registry.js";

/** The cloud's hops in the trace: MQTT messages as the broker sees them, controls, storage, presence. */
export class CloudTrace {
  readonly #trace: Trace;
  readonly #registry: Registry;

  constructor(trace: Trace, registry: Registry) {
    this.#trace = trace;
    this.#registry = registry;
  }

  /** A command begins its way down; returns the id that all its hops will have. */
  control(device: Device, p0: Uint8Array, origin: Readonly<Record<string, unknown>>): string {
    const id = this.#trace.nextId();
    this.#trace.record(id, "cloud.control", device, () => ({
      ...origin,
      p0: formatHex(p0),
      ...describeP0(p0, this.#profileOf(device)),
    }));
    return id;
  }

  /** A message leaves for a device. */
  down(device: Device, topic: string, payload: Uint8Array, id: string = this.#trace.nextId()): void {
    this.#trace.onTheRoad(device.did, "down").handOver(payload, id);
    this.#record(id, "mqtt.down", device, topic, payload);
  }

  /** A message of a device has come; returns its id. */
  up(device: Device, topic: string, payload: Uint8Array): string {
    const id = this.#trace.onTheRoad(device.did, "up").meet(payload) ?? this.#trace.nextId();
    this.#record(id, "mqtt.up", device, topic, payload);
    return id;
  }

  /** A report would now survive a crash. */
  stored(id: string, device: Device, reportedAt: Millis, p0: Uint8Array): void {
    this.#trace.record(id, "cloud.stored", device, () => ({
      reported_at: reportedAt,
      ...describeP0(p0, this.#profileOf(device)),
    }));
  }

  /** Something of a device or for it was not taken. */
  refused(device: Device, error: GizlabError): void {
    const { code, message } = error;
    this.#trace.record(this.#trace.nextId(), "cloud.refused", device, { code, message });
  }

  presence(did: string, isOnline: boolean, reason: string | undefined): void {
    const hop = isOnline ? "device.online" : "device.offline";
    const subject = this.#registry.find(did) ?? { did };
    this.#trace.record(this.#trace.nextId(), hop, subject, reason === undefined ? {} : { reason });
  }

  #record(id: string, hop: string, device: Device, topic: string, payload: Uint8Array): void {
    this.#trace.record(id, hop, device, () => ({
      topic,
      hex: formatHex(payload),
      ...describePayload(payload, this.#profileOf(device)),
    }));
  }

  #profileOf(device: Device): Profile | undefined {
    return this.#registry.productOf(device)?.profile;
  }
}

function describePayload(payload: Uint8Array, profile: Profile | undefined): Record<string, unknown> {
  try {
    const frames = decodeM2m(payload).map((frame) => {
      const { offset: _, kind: __, ...rest } = describeM2mFrame(frame, profile);
      return rest;
    });
    return frames.length === 1 ? (frames[0] ?? {}) : { frames };
  } catch (error) {
    if (error instanceof GizlabError) return { problem: error.message };
    throw error;
  }
}
