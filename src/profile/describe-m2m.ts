import type { CaptureItem } from "../codec/capture/split-capture.js";
import { findM2mCommand, nameM2m } from "../codec/m2m/commands.js";
import { M2M, type M2mFrame } from "../codec/m2m.js";
import { unpackFields } from "../codec/payload.js";
import { formatHex, formatHexNumber } from "../core/hex.js";
import { describeP0, explainProblem } from "./describe-p0.js";
import type { Found } from "./found.js";
import type { Profile } from "./profile.js";

/** An M2M or LAN frame of a capture (cloud.md 3.3, 4.2); datapoints are named when the profile is known. */
export function describeM2mItem(item: CaptureItem & { kind: "m2m" }, profile: Profile | undefined): Found {
  const found = describeM2mFrame(item.frame, profile);
  return item.note === undefined ? found : { ...found, hint: item.note };
}

/** An M2M frame that breaks off or is wrong in itself. */
export function describeBadM2m({ offset, bytes, error }: CaptureItem & { kind: "bad-m2m" }): Found {
  const { code, expected, found, hint, message } = error;
  const reason = code.replace("m2m-", "");
  return { offset, kind: "bad", reason, expected, found, hint: hint ?? message, bytes: formatHex(bytes) };
}

/** A frame between cloud, app and module. `action` is there for a P0 only. */
export function describeM2mFrame(frame: M2mFrame, profile: Profile | undefined): Found {
  const body = frame.kind === "control" ? frame.body : frame.p0;
  const { sn, did } = frame.kind === "control" ? {} : frame;
  return {
    offset: frame.offset,
    kind: "m2m",
    cmd: formatHexNumber(frame.cmd, 4),
    name: nameM2m(frame.kind, frame.cmd, body),
    framing: frame.kind,
    ...(sn === undefined ? {} : { sn }),
    ...(did === undefined ? {} : { did }),
    payload: formatHex(body),
    ...describeBody(frame, body, profile),
  };
}

function describeBody(frame: M2mFrame, body: Uint8Array, profile: Profile | undefined): Record<string, unknown> {
  const command = findM2mCommand(frame.kind, frame.cmd);
  if (command === undefined) return {};
  if (command.body.kind === "p0") {
    // An ack may repeat the action of what it answers, and nothing else.
    const isBareAck = frame.cmd === M2M.ack && body.length === 1;
    return describeP0(body, isBareAck ? undefined : profile);
  }
  if (body.length === 0) return {};
  try {
    return { fields: unpackFields(command.body.fields, body) };
  } catch (error) {
    return { problem: explainProblem(error) };
  }
}
