import { ACTION, unpackP0 } from "../../codec/p0.js";
import { GizlabError } from "../../core/errors.js";
import { formatHex, formatHexNumber } from "../../core/hex.js";
import { type Refusal, showText } from "../../core/refusals.js";
import type { Profile } from "../../profile/profile.js";
import type { Device } from "../devices/registry.js";

/** What is wrong with a message, in words, and the cure. */
type Flaw = Pick<Refusal, "code" | "reason" | "hint">;

const SHOWN_BYTES = 64;
const KNOWN_ACTIONS: ReadonlySet<number> = new Set(Object.values(ACTION));
/** In device logs and to apps the message goes on as it is. */
const STORED = "the message is in the device's log, and no datapoint is counted";
const HINTS: Readonly<Record<string, string>> = {
  "m2m-prefix":
    "a message on dev2app/<did> is 00 00 00 03, length, flag 00, cmd 0091, P0 (cloud.md 3.3): does the module send the bare P0, or a UART frame?",
  "m2m-truncated":
    "the length behind 00 00 00 03 counts flag, cmd and P0 (cloud.md 3.3): is it too large, or is the message cut?",
  "m2m-length": "the length behind 00 00 00 03 counts flag, cmd and P0, at least 3 (cloud.md 3.3)",
};

/** The trace entry of a message that a device published or should get, and that is dropped. */
export function describeRefusedMessage(device: Device, topic: string, payload: Uint8Array, flaw: Flaw): Refusal {
  const { did, mac } = device;
  const detail = {
    topic: showText(topic),
    bytes: payload.length,
    hex: formatHex(payload.subarray(0, SHOWN_BYTES)),
  };
  return { hop: "frame.refused", subject: { did, mac }, ...flaw, detail };
}

/** Why a message is no frame (cloud.md 3.3). */
export function explainUnreadable({ code, message, expected, found, hint }: GizlabError): Flaw {
  return {
    code,
    reason: `the message is dropped: ${message}${compare(expected, found)}`,
    hint: hint ?? HINTS[code] ?? "cloud.md 3.3 has the layout of a message",
  };
}

/** Why the cloud counts no datapoint of a P0 that a device sends up; undefined for one that fits its product (uart.md 4). */
export function explainP0(profile: Profile, p0: Uint8Array): Flaw | undefined {
  const [action] = p0;
  // By far the most; its length is all that there is to know.
  if (action === ACTION.report && p0.length === profile.layout.fixed.statusLength + 1) return undefined;
  if (action === undefined) {
    return {
      code: "p0-empty",
      reason: `the P0 is empty; ${STORED}`,
      hint: "a P0 begins with its action (uart.md 4)",
    };
  }
  if (!KNOWN_ACTIONS.has(action)) {
    return {
      code: "action-unknown",
      reason: `the action ${formatHexNumber(action)} is not known; ${STORED}`,
      hint: "a report begins with 04, of a variable-length product with 14 (uart.md 4)",
    };
  }
  try {
    unpackP0(profile.layout, p0);
    return undefined;
  } catch (error) {
    if (!(error instanceof GizlabError)) throw error;
    return {
      code: error.code,
      reason: `${error.message}${compare(error.expected, error.found)}; ${STORED}`,
      hint: `do the firmware and the profile have the same datapoints? gizlab profile header writes the C header of the profile; load the right one with gizlab up --profile FILE (product_key ${profile.productKey})`,
    };
  }
}

function compare(expected: string | undefined, found: string | undefined): string {
  return expected === undefined ? "" : ` (expected ${expected}, found ${found})`;
}
