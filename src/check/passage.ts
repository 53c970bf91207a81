import { CMD, nameFrame } from "../codec/commands.js";
import type { Frame } from "../codec/frame.js";
import type { WireForm } from "../codec/splitter.js";
import type { Millis } from "../core/duration.js";
import { describeFrame } from "../profile/describe.js";
import { formatOutOfRange } from "../profile/out-of-range.js";
import type { Profile } from "../profile/profile.js";

/** The bytes to and from the MCU: a serial port, a socket, a wire in memory. */
export interface CheckWire {
  write(bytes: Uint8Array): void;
  onData(receiver: (bytes: Uint8Array) => void): void;
  /** Calls `listener` once when nothing can come any more. */
  onClose?(listener: () => void): void;
}

/** Something that went over the wire. Directions are seen from the device. */
export interface Passage {
  readonly at: Millis;
  readonly way: "up" | "down";
  readonly words: string;
  /** Absent for noise and broken frames. */
  readonly frame?: Frame;
  /** As it stood on the wire, stuffing included. */
  wire(): Uint8Array;
}

/** A frame from the MCU. */
export interface Arrival extends Passage {
  readonly frame: Frame;
  /** How it stood on the wire; the 55 behind a last FF may come a moment later. */
  form(): WireForm;
}

/** True for a frame from the MCU. */
export function isArrival(passage: Passage): passage is Arrival {
  return passage.way === "up" && passage.frame !== undefined;
}

/** True for a report of datapoints. */
export function isReport({ frame }: Arrival): boolean {
  return frame.cmd === CMD.p0Up && nameFrame(frame.cmd, frame.payload) === "report";
}

/** True for the answer to a read. */
export function isReadReply({ frame }: Arrival): boolean {
  return nameFrame(frame.cmd, frame.payload) === "read-reply";
}

/** A frame in the words of a passage. */
export function describePassage(frame: Frame, profile: Profile): string {
  const { name, sn, attrs, fields, out_of_range: outOfRange } = describeFrame(0, frame, profile);
  const content = attrs ?? fields;
  const marks = formatOutOfRange(outOfRange).map((mark) => ` ! ${mark}`);
  return `${name} sn ${sn}${content === undefined ? "" : ` ${JSON.stringify(content)}`}${marks.join("")}`;
}
