import { CMD, findCommandByName, suggestCommand } from "../../codec/commands.js";
import { encodeFrame } from "../../codec/frame.js";
import { encodeBusinessFrame, M2M } from "../../codec/m2m.js";
import { type P0, packP0 } from "../../codec/p0.js";
import { formatHex, parseHex } from "../../core/hex.js";
import { parseExactJson } from "../../core/numbers/exact-json.js";
import { loadProfile } from "../../lab/profiles.js";
import { findDatapoint, type Profile } from "../../profile/profile.js";
import { wireValues } from "../../profile/scale.js";
import { readInteger } from "../number-option.js";
import { createOutput, UsageError } from "../output.js";
import { P0_KINDS, type P0Kind } from "./p0-kinds.js";

export interface EncodeArguments {
  readonly profile?: string;
  readonly cmd: string;
  readonly sn?: string;
  readonly attrs?: string;
  readonly payload?: string;
  readonly m2m: boolean;
  readonly did?: string;
  readonly "firmware-rounding": boolean;
  readonly json: boolean;
}

/** The frame that carries each P0, in the serial protocol and between cloud and device. */
const CARRIERS: Readonly<Record<P0Kind, { readonly uart: number; readonly m2m: number }>> = {
  report: { uart: CMD.p0Up, m2m: M2M.report },
  control: { uart: CMD.p0Down, m2m: M2M.send },
  read: { uart: CMD.p0Down, m2m: M2M.send },
  "read-reply": { uart: CMD.p0DownAck, m2m: M2M.report },
  "passthrough-up": { uart: CMD.p0Up, m2m: M2M.report },
  "passthrough-down": { uart: CMD.p0Down, m2m: M2M.send },
};

/** `gizlab encode`: prints one frame. */
export function runEncode(args: EncodeArguments): void {
  const output = createOutput(args.json);
  const hex = formatHex(encode(args)).toUpperCase();
  output.line(hex);
  output.json({ hex });
}

function encode(args: EncodeArguments): Uint8Array {
  const sn = readInteger("sn", args.sn, 0, 0, args.m2m ? 0xffff_ffff : 0xff);
  const given = args.payload === undefined ? undefined : parseHex(args.payload);
  if (given !== undefined && args.attrs !== undefined) throw new UsageError("--payload and --attrs exclude each other");
  const kind = P0_KINDS.find((name) => name === args.cmd);
  if (kind === undefined) return encodeCommandFrame(args, sn, given);
  const payload = given ?? packP0Of(kind, args);
  if (!args.m2m) {
    if (args.did !== undefined) throw new UsageError("--did stands in M2M frames only", "add --m2m");
    return encodeFrame({ cmd: CARRIERS[kind].uart, sn, flags: 0, payload });
  }
  const { m2m } = CARRIERS[kind];
  const did = args.did === undefined ? {} : { did: args.did };
  if (args.sn === undefined) return encodeBusinessFrame({ cmd: m2m, ...did, p0: payload });
  // With an sn the sender wants an acknowledgement; a read reply is one (cloud.md 3.3).
  return encodeBusinessFrame({ cmd: kind === "read-reply" ? M2M.ack : M2M.sendWithAck, sn, ...did, p0: payload });
}

function encodeCommandFrame(args: EncodeArguments, sn: number, given: Uint8Array | undefined): Uint8Array {
  const command = findCommandByName(args.cmd);
  if (command === undefined) {
    const nearest = suggestCommand(args.cmd);
    throw new UsageError(
      `there is no command "${args.cmd}"`,
      nearest === undefined ? "uart.md 2.1 lists them" : `did you mean ${nearest}?`,
    );
  }
  if (args.m2m) throw new UsageError(`${command.name} stays between MCU and module; --m2m goes with P0 only`);
  if (args.attrs !== undefined) throw new UsageError(`${command.name} carries no datapoints; give --payload`);
  return encodeFrame({ cmd: command.code, sn, flags: 0, payload: given ?? new Uint8Array(0) });
}

function packP0Of(kind: P0Kind, args: EncodeArguments): Uint8Array {
  if (args.profile === undefined) throw new UsageError(`--cmd ${kind} needs --profile, or --payload`);
  const { profile } = loadProfile(args.profile);
  return packP0(profile.layout, describeP0(kind, profile, args));
}

function describeP0(kind: P0Kind, profile: Profile, args: EncodeArguments): P0 {
  if (kind === "passthrough-up" || kind === "passthrough-down")
    throw new UsageError(`--cmd ${kind} needs --payload, action byte first`);
  const attrs = readAttrs(args.attrs);
  if (kind === "read") {
    const names = Array.isArray(attrs) ? attrs.map(String) : Object.keys(attrs);
    if (names.length === 0) return { kind };
    return {
      kind,
      wanted: names.map((name) => {
        const point = findDatapoint(profile, name);
        if (point === undefined) throw new UsageError(`${profile.name} has no datapoint ${name}`);
        return point;
      }),
    };
  }
  if (Array.isArray(attrs)) throw new UsageError(`--attrs of a ${kind} is a JSON object`, `write it as '{"LED_R":56}'`);
  const values = wireValues(profile, attrs, {
    writableOnly: kind === "control",
    rounding: args["firmware-rounding"] ? "firmware" : "nearest",
  });
  // A variable-length report without attrs names every datapoint.
  if (profile.layout.protocol === "var_len" && Object.keys(attrs).length === 0 && kind !== "control") {
    profile.datapoints.forEach(({ index, dataType, width }) => {
      values[index] = dataType === "binary" ? new Uint8Array(width) : 0;
    });
  }
  return { kind, values };
}

function readAttrs(text: string | undefined): Record<string, unknown> | unknown[] {
  if (text === undefined) return {};
  try {
    const value = parseExactJson(text);
    if (typeof value === "object" && value !== null) return value as Record<string, unknown>;
  } catch {
    // Said below, as for any other text that is no object.
  }
  throw new UsageError(`--attrs is no JSON object: ${text}`, `write it as '{"LED_R":56}'`);
}
