import { CMD } from "../codec/commands.js";
import type { Frame } from "../codec/frame.js";
import type { Millis } from "../core/duration.js";

/** How an app may hand the module a network at the moment (uart.md 2.4). */
export type Configuration = "none" | "soft-ap" | "air-link";

/** What an MCU can ask its module for besides running (uart.md 2.3 to 2.5). */
export interface Modes {
  readonly configuration: Configuration;
  readonly isBindable: boolean;
  readonly isTesting: boolean;
  /** How long binding stays open, from the device info; 0 for always. */
  readonly bindTimeoutS: number;
}

export type ModeTimer = "configuration" | "air-link" | "bind window" | "production test";

export type ModesInput =
  /** The device info has come: the module is in its network, where binding opens. */
  | { readonly kind: "mcu-known"; readonly bindTimeoutS: number }
  | { readonly kind: "config-asked"; readonly mode: number }
  /** The module has a network, from an app or from the MCU. */
  | { readonly kind: "configured" }
  | { readonly kind: "bind-asked" }
  | { readonly kind: "test-asked" }
  | { readonly kind: "expired"; readonly timer: ModeTimer };

export type ModesEffect =
  | { readonly kind: "arm"; readonly timer: ModeTimer; readonly ms: Millis }
  | { readonly kind: "cancel"; readonly timer: ModeTimer };

export interface ModesStep {
  readonly state: Modes;
  readonly effects: readonly ModesEffect[];
}

/** A module that has just got power. */
export const MODES_OFF: Modes = { configuration: "none", isBindable: false, isTesting: false, bindTimeoutS: 0 };

const MODE_SOFT_AP = 1;
/** The MCU says the network itself (uart.md 2.4). */
const MODE_DIRECT = 4;
/** Configuration in all, AirLink before it falls to SoftAP, and 18 scans for the test network 10 s apart (uart.md 3). */
const CONFIGURATION_MS = 5 * 60_000;
const AIR_LINK_MS = 60_000;
const TEST_MS = 18 * 10_000;

/**
 * One step of the modes.
 *
 *   none --09 01--> soft-ap --5 min since 09, configured, 09 04--> none
 *   none --09 02--> air-link --60 s--> soft-ap          (any mode but 1 and 4 is taken for AirLink, uart.md 2.4)
 *
 * Binding is open from the device info, from the end of a configuration and from 15 on, for `bindTimeoutS`; entering
 * configuration closes it. A production test ends after its scans. Each is lost with the power.
 */
export function stepModes(state: Modes, input: ModesInput): ModesStep {
  switch (input.kind) {
    case "mcu-known": {
      const known = { ...state, bindTimeoutS: input.bindTimeoutS };
      return state.configuration === "none" ? openBinding(known) : { state: known, effects: [] };
    }
    case "config-asked":
      return input.mode === MODE_DIRECT ? leaveConfiguration(state) : configure(state, input.mode);
    case "configured":
      return leaveConfiguration(state);
    case "bind-asked":
      return openBinding(state);
    case "test-asked":
      return { state: { ...state, isTesting: true }, effects: [arm("production test", TEST_MS)] };
    case "expired":
      return expire(state, input.timer);
  }
}

/** What a frame of the MCU asks of the modes, if anything. */
export function readModesInput({ cmd, payload }: Frame): ModesInput | undefined {
  switch (cmd) {
    case CMD.enterConfig:
      return { kind: "config-asked", mode: payload[0] ?? 0 };
    case CMD.enterBindable:
      return { kind: "bind-asked" };
    case CMD.productionTest:
      return { kind: "test-asked" };
    default:
      return undefined;
  }
}

function configure(state: Modes, mode: number): ModesStep {
  const isSoftAp = mode === MODE_SOFT_AP;
  return {
    state: { ...state, configuration: isSoftAp ? "soft-ap" : "air-link", isBindable: false },
    effects: [
      arm("configuration", CONFIGURATION_MS),
      isSoftAp ? cancel("air-link") : arm("air-link", AIR_LINK_MS),
      cancel("bind window"),
    ],
  };
}

function leaveConfiguration(state: Modes): ModesStep {
  if (state.configuration === "none") return { state, effects: [] };
  const opened = openBinding({ ...state, configuration: "none" });
  return { state: opened.state, effects: [cancel("configuration"), cancel("air-link"), ...opened.effects] };
}

function openBinding(state: Modes): ModesStep {
  const { bindTimeoutS } = state;
  const effect = bindTimeoutS === 0 ? cancel("bind window") : arm("bind window", bindTimeoutS * 1000);
  return { state: { ...state, isBindable: true }, effects: [effect] };
}

function expire(state: Modes, timer: ModeTimer): ModesStep {
  switch (timer) {
    case "configuration":
      return leaveConfiguration(state);
    case "air-link":
      return { state: { ...state, configuration: "soft-ap" }, effects: [] };
    case "bind window":
      return { state: { ...state, isBindable: false }, effects: [] };
    case "production test":
      return { state: { ...state, isTesting: false }, effects: [] };
  }
}

function arm(timer: ModeTimer, ms: Millis): ModesEffect {
  return { kind: "arm", timer, ms };
}

function cancel(timer: ModeTimer): ModesEffect {
  return { kind: "cancel", timer };
}
