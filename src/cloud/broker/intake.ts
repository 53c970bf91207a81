import type { PublishPacket } from "aedes";
import {
  type BusinessFrame,
  decodeBusinessFrames,
  decodeControlFrame,
  encodeBusinessFrame,
  M2M,
  M2M_CONTROL,
} from "../../codec/m2m.js";
import { GizlabError } from "../../core/errors.js";
import type { Device } from "../devices/registry.js";
import { LOG_KIND } from "../telemetry/log-kind.js";
import type { BrokerParts } from "./broker-parts.js";
import type { RefusalNotes } from "./refusal-notes.js";
import { describeRefusedMessage, explainP0, explainUnreadable } from "./refused-message.js";
import type { AppSession, DeviceSession } from "./session.js";
import { judgeDevicePublish, topics } from "./topics.js";

type Done = (error?: Error | null) => void;

/** Takes in what devices and apps publish: into the log first, then on to whoever listens. */
export class Intake {
  readonly #parts: BrokerParts;
  readonly #notes: RefusalNotes;
  readonly #sendAppCount: (did: string) => void;

  constructor(parts: BrokerParts, notes: RefusalNotes, sendAppCount: (did: string) => void) {
    this.#parts = parts;
    this.#notes = notes;
    this.#sendAppCount = sendAppCount;
  }

  /** Takes what a device publishes, if the topic is its own (cloud.md 3.2). */
  takeDeviceMessage(session: DeviceSession, packet: PublishPacket, done: Done): void {
    switch (judgeDevicePublish(session.device.did, packet.topic).kind) {
      case "report":
        return this.#takeBusiness(session, packet, done);
      case "control-frame":
        this.#takeControl(session, packet);
        return done(null);
      case "ignored":
        return done(null);
      case "denied":
        this.#notes.topic(session, "publish", packet.topic);
        return done(deniedTopic("the topic is not the device's own"));
    }
  }

  /**
   * Logs the business frames of a device's message. At QoS 1 `done`, and with it the PUBACK, comes after the
   * commit (architecture.md 4). A payload that is no frame is acknowledged and dropped: firmware would only resend it.
   */
  #takeBusiness(session: DeviceSession, packet: PublishPacket, done: Done): void {
    const payload = packet.payload as Uint8Array;
    const id = session.hops.up(packet.topic, payload);
    const frames = this.#decode(session.device, packet);
    if (frames.length === 0) {
      packet.topic = topics.dropped;
      return done(null);
    }
    this.#checkP0s(session.device, packet, frames);
    const at = this.#parts.clock.now();
    const last = frames.length - 1;
    for (let index = 0; index <= last; index += 1) {
      const frame = frames[index] as BusinessFrame;
      this.#parts.telemetry.append(
        {
          deviceId: session.device.id,
          at,
          kind: LOG_KIND.dev2app,
          profileId: session.profileId,
          payload: last === 0 ? payload : encodeBusinessFrame(frame),
          p0: frame.p0,
          ip: session.ip,
        },
        (failure) => {
          if (failure === null) session.hops.stored(id, at, frame.p0);
          if (packet.qos > 0 && index === last) done(failure);
        },
      );
    }
    if (packet.qos === 0) done(null);
  }

  /** Answers a device's control frame (cloud.md 3.3 B); unknown ones are let pass. */
  #takeControl(session: DeviceSession, packet: PublishPacket): void {
    session.hops.up(packet.topic, packet.payload as Uint8Array);
    try {
      const frame = decodeControlFrame(packet.payload as Uint8Array);
      if (frame.cmd === M2M_CONTROL.askAppCount) this.#sendAppCount(session.device.did);
      if (frame.cmd === M2M_CONTROL.deviceReset) this.#parts.bindings.unbindAll(session.device.id);
    } catch (error) {
      this.#note(session.device, packet, error);
    }
  }

  /** Logs what an app sends to a device it has bound. */
  takeAppMessage(session: AppSession, device: Device, packet: PublishPacket, done: Done): void {
    const frames = this.#decode(device, packet);
    const product = this.#parts.registry.productOf(device);
    if (product === undefined) return done(null);
    const [first] = frames;
    if (first !== undefined) {
      const id = this.#parts.trace.control(device, first.p0, { source: "client", uid: session.uid });
      this.#parts.trace.of(device).down(packet.topic, packet.payload as Uint8Array, id);
    }
    for (const frame of frames) {
      this.#parts.telemetry.append({
        deviceId: device.id,
        at: this.#parts.clock.now(),
        kind: LOG_KIND.app2dev,
        profileId: product.profileId,
        payload: encodeBusinessFrame(frame),
        detail: JSON.stringify({ source: "client", uid: session.uid, appid: session.appId }),
      });
    }
    done(null);
  }

  /** Says of what is stored and not counted why. */
  #checkP0s(device: Device, packet: PublishPacket, frames: readonly BusinessFrame[]): void {
    const product = this.#parts.registry.productOf(device);
    if (product === undefined) return;
    for (const { cmd, p0 } of frames) {
      // An acknowledgement may be without a P0 (cloud.md 3.3).
      const flaw = cmd === M2M.ack && p0.length === 0 ? undefined : explainP0(product.profile, p0);
      if (flaw === undefined) continue;
      this.#parts.refusals.note(describeRefusedMessage(device, packet.topic, packet.payload as Uint8Array, flaw));
    }
  }

  #decode(device: Device, packet: PublishPacket): readonly BusinessFrame[] {
    try {
      return decodeBusinessFrames(packet.payload as Uint8Array);
    } catch (error) {
      this.#note(device, packet, error);
      return [];
    }
  }

  #note(device: Device, { topic, payload }: PublishPacket, error: unknown): void {
    if (!(error instanceof GizlabError)) throw error;
    const flaw = explainUnreadable(error);
    this.#parts.refusals.note(describeRefusedMessage(device, topic, payload as Uint8Array, flaw));
  }
}

/** Ends the connection of a client that publishes where it may not; the reason is in the trace. */
export function deniedTopic(message: string): Error {
  return Object.assign(new Error(message), { code: "topic-denied" });
}
