import { CMD, findCommand, nameFrame } from "../codec/commands.js";
import type { Frame } from "../codec/frame.js";
import { decodeM2m, type M2mFrame, startsLikeM2m } from "../codec/m2m.js";
import { explainItem } from "../codec/mistakes.js";
import { unpackP0 } from "../codec/p0.js";
import { unpackFields } from "../codec/payload.js";
import { type FoundItem, splitFrames } from "../codec/splitter.js";
import { hintTolerated } from "../codec/tolerance.js";
import { GizlabError } from "../core/errors.js";
import { formatHex, formatHexNumber } from "../core/hex.js";
import { findOutOfRange } from "./out-of-range.js";
import type { Profile } from "./profile.js";
import { displayValues } from "./scale.js";

/** One thing found in bytes, as `gizlab decode --json` prints it (interfaces.md 3). */
export type Found = Readonly<Record<string, unknown>> & { readonly kind: string; readonly offset: number };

/**
 * Everything found in bytes, in order: UART frames, broken ones with the likely mistake, noise, or M2M frames. A frame
 * that is accepted in spite of a mistake has a hint too; `way` tells who sent it, where that is known.
 */
export function describeBytes(bytes: Uint8Array, profile?: Profile, way?: "up" | "down"): Found[] {
  return startsLikeM2m(bytes) ? describeM2m(bytes, profile) : describeUart(bytes, profile, way);
}

function describeUart(bytes: Uint8Array, profile: Profile | undefined, way: "up" | "down" | undefined): Found[] {
  const items = splitFrames(bytes);
  return items.map((item, index) => {
    if (item.kind === "frame") {
      const hint = hintTolerated(item.frame, item.form, way);
      return { ...describeFrame(item.offset, item.frame, profile), ...(hint === undefined ? {} : { hint }) };
    }
    if (item.kind === "garbage") return { offset: item.offset, kind: "garbage", bytes: formatHex(item.bytes) };
    return describeBad(item, explainItem(items, index));
  });
}

/** A UART frame; datapoints are named when the profile is known. */
export function describeFrame(offset: number, { cmd, sn, flags, payload }: Frame, profile: Profile | undefined): Found {
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

/** What a P0 says: its action, and datapoints in engineering units. */
export function describeP0(p0: Uint8Array, profile: Profile | undefined): Record<string, unknown> {
  const action = p0[0];
  if (action === undefined) return {};
  const head = { action: formatHexNumber(action) };
  if (profile === undefined) return head;
  try {
    const content = unpackP0(profile.layout, p0);
    if ("values" in content) {
      const outOfRange = findOutOfRange(profile, content.values);
      return {
        ...head,
        attrs: displayValues(profile, content.values),
        ...(outOfRange === undefined ? {} : { out_of_range: outOfRange }),
      };
    }
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

export function describeM2mFrame(frame: M2mFrame, profile: Profile | undefined): Found {
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

function explainProblem(error: unknown): string {
  if (!(error instanceof GizlabError)) throw error;
  return error.expected === undefined
    ? error.message
    : `${error.message} (expected ${error.expected}, found ${error.found})`;
}
