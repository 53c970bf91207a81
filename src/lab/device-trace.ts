import { CMD, findCommand } from "../codec/commands.js";
import { decodeFrame, type Frame } from "../codec/frame.js";
import { decodeBusinessFrames } from "../codec/m2m.js";
import { ACTION } from "../codec/p0.js";
import type { Clock } from "../core/clock.js";
import { Correlation } from "../core/correlation.js";
import type { Millis } from "../core/duration.js";
import { GizlabError } from "../core/errors.js";
import { formatHex } from "../core/hex.js";
import type { Trace, TraceDetail, TraceSubject } from "../core/trace.js";
import { describeFrame } from "../profile/describe.js";
import type { Profile } from "../profile/profile.js";
import type { DisplayValues } from "../profile/scale.js";

/** Which way a frame goes: up from the MCU, down from the module. */
export type FrameWay = "up" | "down";

export interface DeviceTraceParts {
  readonly trace: Trace;
  readonly clock: Clock;
  readonly profile: Profile;
  /** Who the device is at the moment. */
  readonly subject: () => TraceSubject;
}

interface SeenRequest {
  readonly sn: number;
  readonly at: Millis;
  readonly id: string;
  readonly isControl: boolean;
}

/** A report that comes this soon after the answer to a control counts as caused by it (uart.md 3.1: at once). */
const CAUSED_WITHIN_MS = 1000;
/** The same sn within this time is the same message sent again; later the counter has come round. */
const RESENT_WITHIN_MS = 2000;

/** A device's hops in the trace: its UART frames, and how they belong to each other and to its MQTT messages. */
export class DeviceTrace {
  readonly #parts: DeviceTraceParts;
  /** The latest request of each kind in each direction. */
  readonly #requests: Record<FrameWay, Map<number, SeenRequest>> = { up: new Map(), down: new Map() };
  /** P0s between UART and MQTT. */
  readonly #p0s: Record<FrameWay, Correlation> = { up: new Correlation(), down: new Correlation() };
  #answeredControl: { readonly id: string; readonly at: Millis } | undefined;

  constructor(parts: DeviceTraceParts) {
    this.#parts = parts;
  }

  /** A frame leaves one end of the UART; returns its correlation id. */
  frame(way: FrameWay, wire: Uint8Array): string {
    const { trace, profile, subject } = this.#parts;
    const frame = decodeFrame(wire);
    const id = frame === undefined ? trace.nextId() : this.#identify(way, frame);
    trace.record(id, `uart.${way}`, subject(), () => describeWire(wire, frame, profile));
    return id;
  }

  /** The module hands a message to the broker. */
  published(payload: Uint8Array): void {
    const { did } = this.#parts.subject();
    const [first] = readBusiness(payload);
    const id = first === undefined ? undefined : this.#p0s.up.meet(first);
    if (did !== undefined && id !== undefined) this.#parts.trace.onTheRoad(did, "up").handOver(payload, id);
  }

  /** The module has a message from the broker. */
  received(payload: Uint8Array): void {
    const { did } = this.#parts.subject();
    const id = did === undefined ? undefined : this.#parts.trace.onTheRoad(did, "down").meet(payload);
    if (id === undefined) return;
    for (const p0 of readBusiness(payload)) this.#p0s.down.handOver(p0, id);
  }

  /** The MCU has carried a control out. */
  control(attrs: DisplayValues): void {
    this.note("mcu.control", { attrs }, this.#requests.down.get(CMD.p0Down)?.id);
  }

  note(hop: string, detail: TraceDetail, id: string = this.#parts.trace.nextId()): void {
    this.#parts.trace.record(id, hop, this.#parts.subject(), detail);
  }

  #identify(way: FrameWay, frame: Frame): string {
    const { cmd, sn, payload } = frame;
    const isAnswer = findCommand(cmd)?.ack === undefined;
    const id = isAnswer ? this.#answered(way, cmd, sn) : this.#asked(way, frame);
    if (way === "up" && payload.length > 0 && (cmd === CMD.p0Up || cmd === CMD.p0DownAck)) {
      this.#p0s.up.handOver(payload, id);
    }
    return id;
  }

  #answered(way: FrameWay, cmd: number, sn: number): string {
    const request = this.#requests[way === "up" ? "down" : "up"].get(cmd - 1);
    if (request?.sn !== sn) return this.#parts.trace.nextId();
    if (request.isControl) this.#answeredControl = { id: request.id, at: this.#parts.clock.now() };
    return request.id;
  }

  #asked(way: FrameWay, { cmd, sn, payload }: Frame): string {
    const last = this.#requests[way].get(cmd);
    const at = this.#parts.clock.now();
    if (last?.sn === sn && at - last.at < RESENT_WITHIN_MS) return last.id;
    const isDown = way === "down" && cmd === CMD.p0Down;
    const id =
      (isDown ? this.#p0s.down.meet(payload) : cmd === CMD.p0Up ? this.#takeCause() : undefined) ??
      this.#parts.trace.nextId();
    this.#requests[way].set(cmd, { sn, at, id, isControl: isDown && isControlAction(payload[0]) });
    return id;
  }

  #takeCause(): string | undefined {
    const cause = this.#answeredControl;
    this.#answeredControl = undefined;
    if (cause === undefined || this.#parts.clock.now() - cause.at > CAUSED_WITHIN_MS) return undefined;
    return cause.id;
  }
}

function isControlAction(action: number | undefined): boolean {
  return action === ACTION.control || action === ACTION.variableControl;
}

function readBusiness(payload: Uint8Array): readonly Uint8Array[] {
  try {
    return decodeBusinessFrames(payload).map(({ p0 }) => p0);
  } catch (error) {
    if (error instanceof GizlabError) return [];
    throw error;
  }
}

function describeWire(wire: Uint8Array, frame: Frame | undefined, profile: Profile): TraceDetail {
  if (frame === undefined) return { hex: formatHex(wire) };
  const { offset: _, kind: __, checksum: ___, ...said } = describeFrame(0, frame, profile);
  return { hex: formatHex(wire), ...said };
}
