import { suggestNearest } from "../core/suggestion.js";
import { CMD, COMMANDS, findCommandByName, nameFrame } from "./commands.js";
import type { Frame } from "./frame.js";

/** Which frames somebody means: all of a command, or of the P0 carriers 03, 04 and 05 only those with a certain action. */
export interface FrameName {
  readonly cmd: number;
  /** As `nameFrame` says it; undefined for every frame of the command. */
  readonly name: string | undefined;
}

const P0_NAMES: Readonly<Record<string, number>> = {
  control: CMD.p0Down,
  read: CMD.p0Down,
  "passthrough-down": CMD.p0Down,
  "control-ack": CMD.p0DownAck,
  "read-reply": CMD.p0DownAck,
  report: CMD.p0Up,
  "passthrough-up": CMD.p0Up,
};

/** Frames by what people call them: a name of uart.md 2.1, a code (`0x05`), or what a P0 does (`report`, `control`, `read-reply`). */
export function findFrameName(text: string): FrameName | undefined {
  const name = text.toLowerCase();
  const carrier = P0_NAMES[name];
  if (carrier !== undefined) return { cmd: carrier, name };
  const command = findCommandByName(text);
  return command === undefined ? undefined : { cmd: command.code, name: undefined };
}

/** The known name nearest to a mistyped one. */
export function suggestFrameName(text: string): string | undefined {
  return suggestNearest(text, [...Object.keys(P0_NAMES), ...COMMANDS.map(({ name }) => name)]);
}

export function isNamed({ cmd, name }: FrameName, frame: Frame): boolean {
  return frame.cmd === cmd && (name === undefined || nameFrame(frame.cmd, frame.payload) === name);
}
