import { GizlabError } from "../core/errors.js";
import type { FirmwareOffer, FirmwareType } from "./firmware.js";

/**
 * A module's way to newer firmware for its MCU (cloud.md 2.3, uart.md 2.8).
 *
 *   idle --provisioned, 0x0211--> checking --newer--> downloading --MD5 right--> sending --all pieces--> idle
 *     ^                              |  ^ next type       |                         |
 *     |                              +--+                 |                         |
 *     +---------- nothing newer -----+------ failed ------+---------- failed -------+
 *     +--23 of the MCU: download--> downloading
 *
 * What is noticed while a firmware is under way is checked when that has failed; when it arrives the MCU restarts, and
 * the module checks anyhow. An upgrade is forgotten with the power, and comes again with the next provisioning.
 */
export type UpgradeState =
  | { readonly kind: "idle" }
  | { readonly kind: "checking"; readonly type: FirmwareType; readonly later: readonly FirmwareType[] }
  | { readonly kind: "downloading"; readonly offer: FirmwareOffer; readonly isAsked: boolean; readonly later: Types }
  | { readonly kind: "sending"; readonly offer: FirmwareOffer; readonly later: Types };

type Types = readonly FirmwareType[];

export type UpgradeInput =
  | { readonly kind: "check"; readonly types: Types }
  | { readonly kind: "checked"; readonly offer: FirmwareOffer | undefined }
  /** The MCU asks for the file of a URL (23, type 03). */
  | { readonly kind: "asked"; readonly url: string }
  | { readonly kind: "downloaded"; readonly file: Uint8Array }
  | { readonly kind: "sent" }
  | { readonly kind: "failed"; readonly problem: GizlabError }
  | { readonly kind: "stopped" };

export type UpgradeEffect =
  | { readonly kind: "check"; readonly type: FirmwareType }
  | { readonly kind: "download"; readonly offer: FirmwareOffer }
  /** Tells the MCU whether what it has asked for was downloaded (25, type 04). */
  | { readonly kind: "answer-mcu"; readonly isOk: boolean }
  | { readonly kind: "send"; readonly file: Uint8Array; readonly offer: FirmwareOffer }
  | { readonly kind: "tell-sent"; readonly offer: FirmwareOffer }
  | { readonly kind: "tell-failed"; readonly problem: GizlabError };

export interface UpgradeStep {
  readonly state: UpgradeState;
  readonly effects: readonly UpgradeEffect[];
}

const IDLE: UpgradeState = { kind: "idle" };
const WIFI: FirmwareType = 1;

/** One step of the machine; an input that does not fit the state changes nothing. */
export function stepUpgrade(state: UpgradeState, input: UpgradeInput): UpgradeStep {
  switch (input.kind) {
    case "stopped":
      return to(IDLE);
    case "check":
      if (state.kind === "idle") return checkNext(input.types);
      return to({ ...state, later: [...new Set([...state.later, ...input.types])] });
    case "checked":
      return state.kind === "checking" ? takeOffer(state.type, state.later, input.offer) : stay(state);
    case "asked": {
      if (state.kind === "downloading" || state.kind === "sending") {
        return to(state, { kind: "answer-mcu", isOk: false });
      }
      const offer = { softVersion: "", url: input.url };
      // The answer to a check that is under way is not waited for.
      const later = state.kind === "checking" ? [...new Set([state.type, ...state.later])] : [];
      return to({ kind: "downloading", offer, isAsked: true, later }, { kind: "download", offer });
    }
    case "downloaded": {
      if (state.kind !== "downloading") return stay(state);
      const { offer, isAsked, later } = state;
      const answer: readonly UpgradeEffect[] = isAsked ? [{ kind: "answer-mcu", isOk: true }] : [];
      return to({ kind: "sending", offer, later }, ...answer, { kind: "send", file: input.file, offer });
    }
    case "sent":
      return state.kind === "sending" ? to(IDLE, { kind: "tell-sent", offer: state.offer }) : stay(state);
    case "failed": {
      if (state.kind === "idle") return stay(state);
      const isAnswered = state.kind === "downloading" && state.isAsked;
      const next = checkNext(state.later);
      return to(
        next.state,
        ...(isAnswered ? [{ kind: "answer-mcu", isOk: false } as const] : []),
        { kind: "tell-failed", problem: input.problem },
        ...next.effects,
      );
    }
  }
}

function takeOffer(type: FirmwareType, later: Types, offer: FirmwareOffer | undefined): UpgradeStep {
  if (offer === undefined) return checkNext(later);
  if (type !== WIFI) {
    return to({ kind: "downloading", offer, isAsked: false, later }, { kind: "download", offer });
  }
  const next = checkNext(later);
  const problem = new GizlabError("ota-wifi", "this module takes no firmware of its own, only its MCU does", {
    found: `Wi-Fi firmware ${offer.softVersion}`,
  });
  return to(next.state, { kind: "tell-failed", problem }, ...next.effects);
}

function checkNext([type, ...later]: Types): UpgradeStep {
  return type === undefined ? to(IDLE) : to({ kind: "checking", type, later }, { kind: "check", type });
}

function to(state: UpgradeState, ...effects: readonly UpgradeEffect[]): UpgradeStep {
  return { state, effects };
}

function stay(state: UpgradeState): UpgradeStep {
  return { state, effects: [] };
}
