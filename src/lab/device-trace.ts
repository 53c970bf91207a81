import { CMD, findCommand, nameFrame } from "../codec/commands.js";
import { decodeFrame, type Frame } from "../codec/frame.js";
import { decodeBusinessFrames } from "../codec/m2m.js";
import { ACTION } from "../codec/p0.js";
import { splitFrames, type WireForm } from "../codec/splitter.js";
import { explainTolerated } from "../codec/tolerance.js";
import { Correlation } from "../core/correlation.js";
import type { Millis } from "../core/duration.js";
import { GizlabError } from "../core/errors.js";
import { formatHex, formatHexNumber } from "../core/hex.js";
import { Refusals } from "../core/refusals.js";
import type { Teller, Trace, TraceDetail, TraceId, TraceSubject } from "../core/trace.js";
import type { DroppedFrame } from "../gagent/dropped-frame.js";
import type { UpgradeNews } from "../gagent/upgrade.js";
import type { McuUpgradeNews } from "../mcu/mcu-upgrade.js";
import { describeFrame } from "../profile/describe.js";
import type { Profile } from "../profile/profile.js";
import type { DisplayValues } from "../profile/scale.js";
import type { ExplainedBad } from "./bad-frame.js";
import { ConstantSn } from "./constant-sn.js";

/** Which way a frame goes: up from the MCU, down from the module. */
export type FrameWay = "up" | "down";

export interface DeviceTraceParts {
  readonly trace: Trace;
  /** The product's, once it is known. */
  readonly profile: () => Profile | undefined;
  /** Who the device is at the moment. */
  readonly subject: () => TraceSubject;
}

interface SeenRequest {
  readonly at: Millis;
  readonly id: TraceId;
  readonly isControl: boolean;
}

/** Header, len, cmd, sn and flags stand before the payload. */
const PAYLOAD_AT = 8;
/** A report that comes this soon after the answer to a control counts as caused by it (uart.md 3.1: at once). */
const CAUSED_WITHIN_MS = 1000;
/** An answer that comes later is none of the request. */
const ANSWERED_WITHIN_MS = 5000;
/** The same sn within this time is the same message sent again; later the counter has come round. */
const RESENT_WITHIN_MS = 2000;

/** A device's hops in the trace: its UART frames, and how they belong to each other and to its MQTT messages. */
export class DeviceTrace {
  readonly #parts: DeviceTraceParts;
  /** The latest request of each command and sn in each direction. */
  readonly #requests: Record<FrameWay, Map<number, SeenRequest>> = { up: new Map(), down: new Map() };
  /** The latest request of each command of the MCU. */
  readonly #lastAsked = new Map<number, { readonly sn: number; readonly at: Millis }>();
  /** P0s between UART and MQTT. */
  readonly #p0s: Record<FrameWay, Correlation> = { up: new Correlation(), down: new Correlation() };
  readonly #wireTeller: Teller;
  readonly #sns: Record<FrameWay, ConstantSn> = { up: new ConstantSn(), down: new ConstantSn() };
  /** What was forgiven in big data, and named already. */
  readonly #forgiven = new Set<string>();
  readonly #refusals: Refusals;
  #answeredControl: { readonly id: TraceId; readonly at: Millis } | undefined;

  constructor(parts: DeviceTraceParts) {
    this.#parts = parts;
    this.#refusals = new Refusals(parts.trace);
    this.#wireTeller = { describe: (wire) => describeWire(wire, parts.profile()) };
  }

  /** A frame leaves one end of the UART; returns its correlation id. */
  frame(way: FrameWay, wire: Uint8Array): TraceId {
    const { trace, subject } = this.#parts;
    const id = this.#identify(way, wire);
    trace.recordBytes(id, way === "up" ? "uart.up" : "uart.down", subject(), wire, this.#wireTeller);
    return id;
  }

  /** Bytes came that began like a frame and were none: what is wrong with them, where, and the likely mistake. */
  bad(way: FrameWay, { bytes, reason, expected, found, ...said }: ExplainedBad): void {
    const show = (value: number): string => (reason === "checksum" ? formatHexNumber(value) : String(value));
    this.note("uart.bad", {
      way,
      ...said,
      reason,
      expected: show(expected),
      found: show(found),
      hex: formatHex(bytes),
    });
  }

  /** Bytes came that belong to no frame. */
  noise(way: FrameWay, bytes: Uint8Array): void {
    this.note("uart.noise", { way, hex: formatHex(bytes), clause: "uart.md 1.2" });
  }

  /** A frame was heard on the wire: as `frame`, and each mistake in it that gizlab accepts. */
  heard(way: FrameWay, frame: Frame, form: WireForm): TraceId {
    const askedSn = way === "down" ? this.#findOtherSn(frame) : undefined;
    const id = this.frame(way, form.bytes);
    this.tolerated(way, frame, form, id);
    if (askedSn !== undefined) this.#noteSn(frame, askedSn, form, id);
    this.#noteConstantSn(way, frame, form, id);
    return id;
  }

  /** What is accepted in a frame although a clause forbids it or a real receiver drops it: a hop for each mistake. */
  tolerated(way: FrameWay, frame: Frame, form: WireForm, id: TraceId): void {
    for (const { kind, clause, hint } of explainTolerated(frame, form, way)) {
      // A transfer has thousands of pieces, and a sender that leaves a tail out does so in each.
      if (kind === "big-data" && this.#forgiven.has(`${way} ${hint}`)) continue;
      if (kind === "big-data") this.#forgiven.add(`${way} ${hint}`);
      const name = nameFrame(frame.cmd, frame.payload);
      this.note(
        "uart.tolerated",
        { way, name, sn: frame.sn, mistake: kind, clause, hint, hex: formatHex(form.bytes) },
        id,
      );
    }
  }

  /** A fault has struck a frame: what arrives of it may have mistakes that gizlab accepts. */
  struck(way: FrameWay, pieces: readonly { readonly bytes: Uint8Array }[], id: TraceId): void {
    for (const item of splitFrames(Buffer.concat(pieces.map(({ bytes }) => bytes)))) {
      if (item.kind === "frame") this.tolerated(way, item.frame, item.form, id);
    }
  }

  /** The module does nothing with a frame of the MCU: why, and the cure. */
  dropped({ frame, code, reason, hint }: DroppedFrame): void {
    const { cmd, sn, payload } = frame;
    const detail = { cmd: formatHexNumber(cmd), name: nameFrame(cmd, payload), sn };
    const subject = this.#parts.subject();
    this.#refusals.note({ hop: "uart.refused", subject, code, reason, hint, detail, about: `${cmd}` });
  }

  /** The module hands a message to the broker. */
  published(payload: Uint8Array): void {
    const { did } = this.#parts.subject();
    // A business frame ends with its P0 (cloud.md 3.3). Frames get lost on a UART, and equal ones follow.
    const id = this.#p0s.up.meetNewest(payload);
    if (did !== undefined && id !== undefined) this.#parts.trace.onTheRoad(did, "up").handOver(payload, id);
  }

  /** The module has a message from the broker. */
  received(payload: Uint8Array): void {
    const { did } = this.#parts.subject();
    const id = did === undefined ? undefined : this.#parts.trace.onTheRoad(did, "down").meet(payload);
    if (id === undefined) return;
    for (const p0 of readBusiness(payload)) this.#p0s.down.handOver(p0, id);
  }

  /** The MCU has carried out the control that it has just answered. */
  control(attrs: DisplayValues): void {
    this.note("mcu.control", { attrs }, this.#answeredControl?.id);
  }

  /** Firmware for the MCU is on its way: `ota.sending`, `ota.sent`, `ota.failed`. */
  upgrade(news: UpgradeNews): void {
    if (news.kind === "failed") {
      const { code, message } = news.problem;
      return this.note("ota.failed", { code, message });
    }
    const { kind, softVersion, ...detail } = news;
    this.note(`ota.${kind}`, { soft_version: softVersion, ...detail });
  }

  /** What became of firmware at the MCU: `mcu.upgraded`, `mcu.upgrade-failed`. */
  mcuUpgrade(news: McuUpgradeNews): void {
    if (news.kind === "failed") {
      const { code, message, found, hint } = news.problem;
      return this.note("mcu.upgrade-failed", { code, message, found, hint });
    }
    const { softVersion, before, source, md5 } = news;
    this.note("mcu.upgraded", { soft_version: softVersion, before, version_from: source, md5 });
  }

  /** Nothing that was said before belongs to what comes. */
  forget(): void {
    for (const way of ["up", "down"] as const) {
      this.#requests[way].clear();
      this.#p0s[way].clear();
    }
    this.#lastAsked.clear();
    for (const way of ["up", "down"] as const) this.#sns[way].clear();
    this.#answeredControl = undefined;
    this.#refusals.clear();
  }

  note(hop: string, detail: TraceDetail, id: TraceId = this.#parts.trace.nextId()): void {
    this.#parts.trace.record(id, hop, this.#parts.subject(), detail);
  }

  /** The sn that a frame should have if it answers a request of the MCU that is not old, and has the sn of none. */
  #findOtherSn({ cmd, sn }: Frame): number | undefined {
    const last = isAnswer(cmd) ? this.#lastAsked.get(cmd - 1) : undefined;
    const since = this.#parts.trace.now - ANSWERED_WITHIN_MS;
    if (last === undefined || last.at < since) return undefined;
    const own = this.#requests.up.get(keyOf(cmd - 1, sn));
    return own === undefined || own.at < since ? last.sn : undefined;
  }

  #noteSn({ cmd, sn, payload }: Frame, askedSn: number, { bytes }: WireForm, id: TraceId): void {
    const hint = `the answer ${formatHexNumber(cmd)} came with sn ${sn}, the request has sn ${askedSn}: a module echoes the sn (uart.md 1). The vendor's MCU SDK does not look at it (uart.md 3), and neither does gizlab's MCU`;
    const said = { way: "down", name: nameFrame(cmd, payload), sn, mistake: "other-sn", clause: "uart.md 1", hint };
    this.note("uart.tolerated", { ...said, hex: formatHex(bytes) }, id);
  }

  #noteConstantSn(way: FrameWay, { cmd, sn, payload }: Frame, { bytes }: WireForm, id: TraceId): void {
    if (isAnswer(cmd)) return;
    // A module that asks for device info has started.
    if (cmd === CMD.getDeviceInfo) return this.#sns[way].clear();
    const messages = this.#sns[way].judge({ cmd, sn, bytes }, this.#parts.trace.now);
    if (messages === undefined) return;
    const name = nameFrame(cmd, payload);
    const hint = `sn does not count: ${messages} messages ${name} in a row have sn ${sn}; count it up by 1 for each new message, and leave it in one that is sent again, or the two cannot be told apart (uart.md 1). gizlab takes them`;
    const said = { way, name, sn, mistake: "constant-sn", clause: "uart.md 1", hint };
    this.note("uart.tolerated", { ...said, hex: formatHex(bytes) }, id);
  }

  #identify(way: FrameWay, wire: Uint8Array): TraceId {
    // Nearly every frame has no FF behind its header, and so nothing stuffed: it is looked at as it is.
    const isPlain = wire.indexOf(0xff, 2) < 0;
    const stuffed = isPlain ? undefined : decodeFrame(wire);
    if (!isPlain && stuffed === undefined) return this.#parts.trace.nextId();
    const body = stuffed?.payload ?? wire;
    const [from, to] = stuffed === undefined ? [PAYLOAD_AT, wire.length - 1] : [0, body.length];
    const [cmd, sn] = stuffed === undefined ? [wire[4] as number, wire[5] as number] : [stuffed.cmd, stuffed.sn];
    const id = isAnswer(cmd) ? this.#answered(way, cmd, sn) : this.#asked(way, cmd, sn, body.subarray(from, to));
    if (way === "up" && to > from && (cmd === CMD.p0Up || cmd === CMD.p0DownAck)) {
      this.#p0s.up.handOver(body, id, from, to);
    }
    return id;
  }

  #answered(way: FrameWay, cmd: number, sn: number): TraceId {
    const request = this.#requests[way === "up" ? "down" : "up"].get(keyOf(cmd - 1, sn));
    if (request === undefined) return this.#parts.trace.nextId();
    if (request.isControl) this.#answeredControl = { id: request.id, at: this.#parts.trace.now };
    return request.id;
  }

  #asked(way: FrameWay, cmd: number, sn: number, payload: Uint8Array): TraceId {
    const last = this.#requests[way].get(keyOf(cmd, sn));
    const at = this.#parts.trace.now;
    if (last !== undefined && at - last.at < RESENT_WITHIN_MS) return last.id;
    const isDown = way === "down" && cmd === CMD.p0Down;
    const known = isDown ? this.#p0s.down.meet(payload) : cmd === CMD.p0Up ? this.#takeCause() : undefined;
    const id = known ?? this.#parts.trace.nextId();
    if (way === "up") this.#lastAsked.set(cmd, { sn, at });
    this.#requests[way].set(keyOf(cmd, sn), { at, id, isControl: isDown && isControlAction(payload[0]) });
    return id;
  }

  #takeCause(): TraceId | undefined {
    const cause = this.#answeredControl;
    this.#answeredControl = undefined;
    if (cause === undefined || this.#parts.trace.now - cause.at > CAUSED_WITHIN_MS) return undefined;
    return cause.id;
  }
}

/** Commands come in pairs, an odd one and its answer; what stands alone is asked of nobody. */
function isAnswer(cmd: number): boolean {
  return cmd % 2 === 0 && findCommand(cmd)?.ack === undefined;
}

function keyOf(cmd: number, sn: number): number {
  return cmd * 256 + sn;
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

function describeWire(wire: Uint8Array, profile: Profile | undefined): TraceDetail {
  const hex = formatHex(wire);
  const frame = decodeFrame(wire);
  if (frame === undefined) return { hex };
  const { offset: _, kind: __, checksum: ___, ...said } = describeFrame(0, frame, profile);
  return { hex, ...said };
}
