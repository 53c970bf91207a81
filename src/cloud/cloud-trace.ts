import { decodeM2m } from "../codec/m2m.js";
import type { Millis } from "../core/duration.js";
import { GizlabError } from "../core/errors.js";
import { formatHex } from "../core/hex.js";
import type { Teller, Trace, TraceDetail, TraceId } from "../core/trace.js";
import { describeM2mFrame } from "../profile/describe-m2m.js";
import { describeP0 } from "../profile/describe-p0.js";
import type { Profile } from "../profile/profile.js";
import type { Device, Registry } from "./devices/registry.js";

/** An app may publish to any transaction of a device; so many topics are remembered for one. */
const TOPIC_LIMIT = 16;

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

  /** The hops of one device's messages. */
  of(device: Device): MessageHops {
    return new MessageHops(this.#trace, this.#registry, device);
  }

  /** A step of an upgrade as the cloud sees it: `ota.offered`, `ota.download`, `ota.done`. */
  upgrade(hop: `ota.${string}`, device: Device, detail: TraceDetail): void {
    this.#trace.record(this.#trace.nextId(), hop, device, detail);
  }

  presence(did: string, isOnline: boolean, reason: string | undefined): void {
    this.#trace.leaveRoad(did);
    const hop = isOnline ? "device.online" : "device.offline";
    const subject = this.#registry.find(did) ?? { did };
    this.#trace.record(this.#trace.nextId(), hop, subject, reason === undefined ? {} : { reason });
  }
}

/** The hops of one device's messages, to be kept for a session: they are many. */
export class MessageHops {
  readonly #trace: Trace;
  readonly #device: Device;
  readonly #describe: (payload: Uint8Array) => TraceDetail;
  readonly #stored: Teller;
  /** What tells of a topic's messages; a device uses few. */
  readonly #tellers = new Map<string, Teller>();
  /** The one of the last message, which mostly is the next one's. */
  #last: { readonly topic: string; readonly teller: Teller } | undefined;

  constructor(trace: Trace, registry: Registry, device: Device) {
    this.#trace = trace;
    this.#device = device;
    const profile = (): Profile | undefined => profileOf(registry, device);
    this.#describe = (payload) => describePayload(payload, profile());
    this.#stored = { describe: (p0, reportedAt) => ({ reported_at: reportedAt, ...describeP0(p0, profile()) }) };
  }

  /** A message leaves for the device. */
  down(topic: string, payload: Uint8Array, id: TraceId = this.#trace.nextId()): void {
    this.#trace.onTheRoad(this.#device.did, "down").handOver(payload, id);
    this.#trace.recordBytes(id, "mqtt.down", this.#device, payload, this.#tellerOf(topic));
  }

  /** A message of the device has come; returns its id. */
  up(topic: string, payload: Uint8Array): TraceId {
    const id = this.#trace.onTheRoad(this.#device.did, "up").meet(payload) ?? this.#trace.nextId();
    this.#trace.recordBytes(id, "mqtt.up", this.#device, payload, this.#tellerOf(topic));
    return id;
  }

  /** A report would now survive a crash. */
  stored(id: TraceId, reportedAt: Millis, p0: Uint8Array): void {
    this.#trace.recordBytes(id, "cloud.stored", this.#device, p0, this.#stored, reportedAt);
  }

  #tellerOf(topic: string): Teller {
    if (this.#last?.topic === topic) return this.#last.teller;
    const teller = this.#tellers.get(topic) ?? this.#makeTeller(topic);
    this.#last = { topic, teller };
    return teller;
  }

  #makeTeller(topic: string): Teller {
    const teller: Teller = {
      describe: (payload) => ({ topic, hex: formatHex(payload), ...this.#describe(payload) }),
    };
    if (this.#tellers.size < TOPIC_LIMIT) this.#tellers.set(topic, teller);
    return teller;
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
