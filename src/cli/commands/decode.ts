import type { Argv, CommandModule } from "yargs";
import { CMD, findCommand, nameFrame } from "../../codec/commands.js";
import type { Frame } from "../../codec/frame.js";
import { decodeM2m, type M2mFrame, startsLikeM2m } from "../../codec/m2m.js";
import { explainItem } from "../../codec/mistakes.js";
import { unpackP0 } from "../../codec/p0.js";
import { unpackFields } from "../../codec/payload.js";
import { type FoundItem, splitFrames } from "../../codec/splitter.js";
import { GizlabError } from "../../core/errors.js";
import { formatHex, formatHexNumber, parseHex } from "../../core/hex.js";
import { loadProfile } from "../../lab/profiles.js";
import type { Profile } from "../../profile/profile.js";
import { displayValues } from "../../profile/scale.js";
import { createOutput, type Output, UsageError } from "../output.js";
import { readStdin } from "../stdin.js";

interface DecodeArguments {
  readonly hex?: string[];
  readonly profile?: string;
  readonly json: boolean;
}

export const decodeCommand: CommandModule<object, DecodeArguments> = {
  command: "decode [hex..]",
  describe: "UART and M2M frames to words",
  builder: (command) =>
    command
      .positional("hex", { type: "string", array: true, describe: "bytes as hex; read from stdin without them" })
      .option("profile", { type: "string", requiresArg: true, describe: "shipped profile or file, to name datapoints" })
      .example("$0 decode FFFF0005071000001C", "a heartbeat")
      .example("$0 decode --profile pet-house FF FF 00 10 05 3D 00 00 04 01 00 00 00 05 01 17 00 00 00 74", "a report")
      .example("cat capture.txt | $0 decode --json", "a capture, one line per thing found") as Argv<DecodeArguments>,
  handler: async ({ hex, profile: profileName, json }) => {
    const output = createOutput(json);
    const profile = profileName === undefined ? undefined : loadProfile(profileName).profile;
    const text = hex === undefined || hex.length === 0 ? await readStdin() : hex.join(" ");
    const captures = readCaptures(text);
    if (captures.length === 0) throw new UsageError("there is nothing to decode", "give hex bytes, or pipe them in");
    for (const capture of captures) {
      for (const found of startsLikeM2m(capture) ? describeM2m(capture, profile) : describeUart(capture, profile)) {
        print(output, found);
      }
    }
  },
};

/** Lines that begin like M2M frames stand alone; all others are one UART capture, in order. */
function readCaptures(text: string): Uint8Array[] {
  const captures: Uint8Array[] = [];
  let uart: number[] = [];
  const flush = (): void => {
    if (uart.length > 0) captures.push(Uint8Array.from(uart));
    uart = [];
  };
  for (const line of text.split(/\r?\n/)) {
    const bytes = parseHex(line.trim());
    if (startsLikeM2m(bytes)) {
      flush();
      captures.push(bytes);
    } else uart.push(...bytes);
  }
  flush();
  return captures;
}

type Found = Readonly<Record<string, unknown>> & { readonly kind: string; readonly offset: number };

function describeUart(bytes: Uint8Array, profile: Profile | undefined): Found[] {
  const items = splitFrames(bytes);
  return items.map((item, index) => {
    if (item.kind === "frame") return describeFrame(item.offset, item.frame, profile);
    if (item.kind === "garbage") return { offset: item.offset, kind: "garbage", bytes: formatHex(item.bytes) };
    return describeBad(item, explainItem(items, index));
  });
}

function describeFrame(offset: number, { cmd, sn, flags, payload }: Frame, profile: Profile | undefined): Found {
  const carriesP0 = cmd === CMD.p0Down || cmd === CMD.p0DownAck || cmd === CMD.p0Up;
  return {
    offset,
    kind: "frame",
    cmd: formatHexNumber(cmd),
    name: nameFrame(cmd, payload),
    sn,
    flags: formatHexNumber(flags, 4),
    payload: formatHex(payload),
    checksum: "ok",
    ...(carriesP0 ? describeP0(payload, profile) : describeFields(cmd, payload)),
  };
}

function describeBad(item: FoundItem & { kind: "bad" }, hint: string | undefined): Found {
  const { reason, expected, found, bytes } = item.bad;
  const show = (value: number): string => (reason === "checksum" ? formatHexNumber(value) : String(value));
  return {
    offset: item.offset,
    kind: "bad",
    reason,
    expected: show(expected),
    found: show(found),
    hint,
    bytes: formatHex(bytes),
  };
}

function describeP0(p0: Uint8Array, profile: Profile | undefined): Record<string, unknown> {
  const action = p0[0];
  if (action === undefined) return {};
  const head = { action: formatHexNumber(action) };
  if (profile === undefined) return head;
  try {
    const content = unpackP0(profile.layout, p0);
    if ("values" in content) return { ...head, attrs: displayValues(profile, content.values) };
    if (content.kind === "read" && content.wanted !== undefined) {
      return { ...head, wanted: content.wanted.map(({ name }) => name) };
    }
    return head;
  } catch (error) {
    return { ...head, problem: explainProblem(error) };
  }
}

function describeFields(cmd: number, payload: Uint8Array): Record<string, unknown> {
  if (payload.length === 0) return {};
  try {
    return { fields: unpackFields(findCommand(cmd)?.fields ?? [], payload) };
  } catch (error) {
    return { problem: explainProblem(error) };
  }
}

function describeM2m(bytes: Uint8Array, profile: Profile | undefined): Found[] {
  try {
    return decodeM2m(bytes).map((frame) => describeM2mFrame(frame, profile));
  } catch (error) {
    if (!(error instanceof GizlabError)) throw error;
    const { expected, found, at } = error;
    return [
      {
        offset: at?.offset ?? 0,
        kind: "bad",
        reason: error.code.replace("m2m-", ""),
        expected,
        found,
        hint: error.hint ?? error.message,
        bytes: formatHex(bytes),
      },
    ];
  }
}

function describeM2mFrame(frame: M2mFrame, profile: Profile | undefined): Found {
  const head = { offset: frame.offset, kind: "m2m", cmd: formatHexNumber(frame.cmd, 4) };
  if (frame.kind === "control") return { ...head, framing: "control", payload: formatHex(frame.body) };
  const isP0 = frame.cmd >= 0x90 && frame.cmd <= 0x94;
  return {
    ...head,
    framing: "business",
    ...(frame.sn === undefined ? {} : { sn: frame.sn }),
    payload: formatHex(frame.p0),
    ...(isP0 ? describeP0(frame.p0, profile) : {}),
  };
}

function print(output: Output, found: Found): void {
  output.json(found);
  if (output.isJson) return;
  const { offset, kind, attrs, fields, hint, problem, ...rest } = found as Record<string, unknown>;
  const words = Object.entries(rest)
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  output.line(`${String(offset).padStart(5)}  ${String(kind).padEnd(7)}  ${words.join("  ")}`);
  for (const [name, value] of Object.entries((attrs ?? fields ?? {}) as object))
    output.line(`${" ".repeat(16)}${name} = ${JSON.stringify(value)}`);
  if (problem !== undefined) output.line(`${" ".repeat(16)}! ${problem}`);
  if (hint !== undefined) output.line(`${" ".repeat(16)}! ${hint}`);
}

function explainProblem(error: unknown): string {
  if (!(error instanceof GizlabError)) throw error;
  return error.expected === undefined
    ? error.message
    : `${error.message} (expected ${error.expected}, found ${error.found})`;
}
