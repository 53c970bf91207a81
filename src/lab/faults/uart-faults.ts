import { findCommand } from "../../codec/commands.js";
import { decodeFrame, encodeFrame, type Frame, spoilFrame } from "../../codec/frame.js";
import { isNamed } from "../../codec/frame-names.js";
import type { Millis } from "../../core/duration.js";
import type { Random } from "../../core/random.js";
import type { Piece } from "../../link/intercepted.js";
import type { FrameWay } from "../device-trace.js";
import type { FaultKind } from "./fault-kinds.js";
import type { FaultRule } from "./fault-spec.js";

/** A frame on its way over the wire of a device. */
export interface WireFrame {
  readonly did: string | undefined;
  readonly way: FrameWay;
  readonly wire: Uint8Array;
  readonly frame: Frame | undefined;
}

/** Draws a fault for the frame, if one strikes. */
export type StrikeFrame = (frame: WireFrame) => { readonly rule: FaultRule; readonly random: Random } | undefined;

const NOISE_LIMIT = 12;

/** True when a fault is meant for this frame. */
export function isAimedAt({ spec, cmd }: FaultRule, { did, way, wire, frame }: WireFrame): boolean {
  if (spec.did !== undefined && spec.did !== did) return false;
  if (spec.direction !== undefined && spec.direction !== way) return false;
  if (cmd !== undefined && (frame === undefined || !isNamed(cmd, frame))) return false;
  switch (spec.kind) {
    case "uart.late-ack":
    case "uart.no-ack":
      return isAnswer(frame);
    case "persona.slow-mcu":
      return way === "up" && isAnswer(frame);
    case "uart.unstuffed":
      return wire.indexOf(0xff, 2) > 0;
    default:
      return true;
  }
}

function isAnswer(frame: Frame | undefined): boolean {
  return frame !== undefined && findCommand(frame.cmd)?.ack === undefined && frame.cmd % 2 === 0;
}

/** One direction of a device's wire, with what a fault keeps back on it. */
export class FaultyWire {
  readonly #strike: StrikeFrame;
  #heldBack: Uint8Array | undefined;

  constructor(strike: StrikeFrame) {
    this.#strike = strike;
  }

  /** Loses what is held back, as when the sender has no power any more. */
  drop(): void {
    this.#heldBack = undefined;
  }

  /** True while a frame waits here for the next one. */
  get isHolding(): boolean {
    return this.#heldBack !== undefined;
  }

  /** What to write instead of a frame; undefined to leave it alone. */
  distort(did: string | undefined, way: FrameWay, wire: Uint8Array): readonly Piece[] | undefined {
    const held = this.#heldBack;
    this.#heldBack = undefined;
    const frame = decodeFrame(wire);
    const struck = this.#strike({ did, way, wire, frame });
    if (struck === undefined) return held === undefined ? undefined : [now(Buffer.concat([held, wire]))];
    const before = held === undefined ? [] : [now(held)];
    const { rule, random } = struck;
    if (rule.spec.kind === "uart.join") {
      this.#heldBack = wire;
      return before;
    }
    return [...before, ...distort(rule.spec.kind, wire, frame, rule, random)];
  }
}

function distort(
  kind: FaultKind,
  wire: Uint8Array,
  frame: Frame | undefined,
  rule: FaultRule,
  random: Random,
): readonly Piece[] {
  switch (kind) {
    case "uart.drop":
    case "uart.no-ack":
      return [];
    case "uart.flip-bit":
      return [now(change(wire, random.integer(2, wire.length - 1), (byte) => byte ^ (1 << random.integer(0, 7))))];
    case "uart.duplicate":
      return [now(wire), now(wire)];
    case "uart.split": {
      const at = random.integer(1, wire.length - 1);
      return [now(wire.subarray(0, at)), later(wire.subarray(at), rule.delayMs)];
    }
    case "uart.stall":
      return [later(wire, rule.forMs)];
    case "uart.late-ack":
      return [later(wire, rule.delayMs)];
    case "persona.slow-mcu":
      return [later(wire, rule.delayMs * (0.5 + random.next()))];
    case "uart.noise":
      return [now(Buffer.concat([random.bytes(random.integer(1, NOISE_LIMIT)), wire]))];
    case "uart.bad-checksum":
      return [now(spoilFrame(wire, addToChecksum))];
    case "uart.bad-sn":
      return [now(frame === undefined ? wire : encodeFrame({ ...frame, sn: (frame.sn + 1) & 0xff }))];
    case "uart.bad-length":
      return [now(spoilFrame(wire, addToLength))];
    case "uart.unstuffed":
      return [now(wire.filter((byte, at) => at < 3 || byte !== 0x55 || wire[at - 1] !== 0xff))];
    default:
      return [now(wire)];
  }
}

function change(wire: Uint8Array, at: number, by: (byte: number) => number): Uint8Array {
  const changed = Uint8Array.from(wire);
  changed[at] = by(wire[at] ?? 0);
  return changed;
}

function addToChecksum(body: Uint8Array): void {
  body[body.length - 1] = (body.at(-1) ?? 0) + 1;
}

function addToLength(body: Uint8Array): void {
  const len = (body[0] ?? 0) * 256 + (body[1] ?? 0) + 2;
  body[0] = len >> 8;
  body[1] = len;
}

function now(bytes: Uint8Array): Piece {
  return { bytes, delayMs: 0 };
}

function later(bytes: Uint8Array, delayMs: Millis): Piece {
  return { bytes, delayMs };
}
