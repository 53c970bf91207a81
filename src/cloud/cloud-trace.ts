import { decodeM2m } from "../codec/m2m.js";
import type { Millis } from "../core/duration.js";
import { GizlabError } from "../core/errors.js";
import { formatHex } from "../core/hex.js";
import type { LazyDetail, Trace, TraceDetail, TraceId } from "../core/trace.js";
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
  control(device: Device, p0: Uint8Array, origin: Readonly<Record<string, unknown>>): TraceId {
    const id = this.#trace.nextId();
    this.#trace.record(id, "cloud.control", device, {
      ...origin,
      p0: formatHex(p0),
      ...describeP0(p0, profileOf(this.#registry, device)),
    });
    return id;
  }

  /** A message leaves for a device. */
  down(device: Device, topic: string, payload: Uint8Array, id: TraceId = this.#trace.nextId()): void {
    this.#trace.onTheRoad(device.did, "down").handOver(payload, id);
    this.#trace.record(id, "mqtt.down", device, new MessageDetail(this.#registry, device, topic, payload));
  }

  /** A message of a device has come; returns its id. */
  up(device: Device, topic: string, payload: Uint8Array): TraceId {
    const id = this.#trace.onTheRoad(device.did, "up").meet(payload) ?? this.#trace.nextId();
    this.#trace.record(id, "mqtt.up", device, new MessageDetail(this.#registry, device, topic, payload));
    return id;
  }

  /** A report would now survive a crash. */
  stored(id: TraceId, device: Device, reportedAt: Millis, p0: Uint8Array): void {
    this.#trace.record(id, "cloud.stored", device, new ReportDetail(this.#registry, device, reportedAt, p0));
  }

  /** Something of a device or for it was not taken. */
  refused(device: Device, error: GizlabError): void {
    const { code, message } = error;
    this.#trace.record(this.#trace.nextId(), "cloud.refused", device, { code, message });
  }

  presence(did: string, isOnline: boolean, reason: string | undefined): void {
    this.#trace.leaveRoad(did);
    const hop = isOnline ? "device.online" : "device.offline";
    const subject = this.#registry.find(did) ?? { did };
    this.#trace.record(this.#trace.nextId(), hop, subject, reason === undefined ? {} : { reason });
  }
}

/** Made for every message; see `KeptEntry` on its fields. */
class MessageDetail implements LazyDetail {
  private readonly registry: Registry;
  private readonly device: Device;
  private readonly topic: string;
  private readonly payload: Uint8Array;

  constructor(registry: Registry, device: Device, topic: string, payload: Uint8Array) {
    this.registry = registry;
    this.device = device;
    this.topic = topic;
    this.payload = payload;
  }

  describe(): TraceDetail {
    return {
      topic: this.topic,
      hex: formatHex(this.payload),
      ...describePayload(this.payload, profileOf(this.registry, this.device)),
    };
  }
}

class ReportDetail implements LazyDetail {
  private readonly registry: Registry;
  private readonly device: Device;
  private readonly reportedAt: Millis;
  private readonly p0: Uint8Array;

  constructor(registry: Registry, device: Device, reportedAt: Millis, p0: Uint8Array) {
    this.registry = registry;
    this.device = device;
    this.reportedAt = reportedAt;
    this.p0 = p0;
  }

  describe(): TraceDetail {
    return { reported_at: this.reportedAt, ...describeP0(this.p0, profileOf(this.registry, this.device)) };
  }
}

function profileOf(registry: Registry, device: Device): Profile | undefined {
  return registry.productOf(device)?.profile;
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
