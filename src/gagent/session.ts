import type { Millis } from "../core/duration.js";

/**
 * The module's way to the cloud, from power-on to online and back (uart.md 2.2, cloud.md 2, 3.1).
 *
 *   asking --device info--> registering --did--> provisioning --host--> connecting --CONNACK--> subscribing --3 SUBACKs--> online
 *     ^  |10 rounds             |                  |   ^                   |                        |                        |
 *     |  v                      +---- failed ------+---|---- failed -------+-------- closed --------+------- closed ---------+
 *   restart                                        v   |after a growing pause
 *                                                waiting
 *
 * A did that is known skips registering. A refused login or an unknown did goes back to registering.
 * Configuration leaves the network: every state but off --config-entered--> configuring, which --config-left--> goes
 * on as after the device info.
 */
export type SessionState =
  | { readonly kind: "off" }
  | { readonly kind: "asking"; readonly round: number }
  | { readonly kind: "registering"; readonly attempt: number }
  | { readonly kind: "provisioning"; readonly attempt: number }
  | { readonly kind: "connecting"; readonly attempt: number }
  | { readonly kind: "subscribing"; readonly attempt: number }
  | { readonly kind: "online" }
  | { readonly kind: "configuring" }
  | { readonly kind: "waiting"; readonly attempt: number; readonly next: "register" | "provision" };

export type SessionInput =
  | { readonly kind: "powered" }
  | { readonly kind: "device-info"; readonly hasDid: boolean }
  | { readonly kind: "no-device-info" }
  | { readonly kind: "registered" }
  | { readonly kind: "provisioned" }
  | { readonly kind: "connected" }
  | { readonly kind: "subscribed" }
  /** Whatever was under way did not work; `isUnknown` when the cloud does not know the did or passcode. */
  | { readonly kind: "failed"; readonly isUnknown: boolean }
  /** Configuration (09) leaves the network, and comes back to one. */
  | { readonly kind: "config-entered" }
  | { readonly kind: "config-left"; readonly hasDid: boolean }
  | { readonly kind: "closed" }
  | { readonly kind: "pause-over" }
  | { readonly kind: "stopped" };

export type SessionEffect =
  | { readonly kind: "ask-device-info" }
  | { readonly kind: "register" }
  | { readonly kind: "provision" }
  | { readonly kind: "connect" }
  | { readonly kind: "subscribe" }
  | { readonly kind: "disconnect" }
  | { readonly kind: "pause"; readonly ms: Millis }
  | { readonly kind: "push-status" };

export interface SessionStep {
  readonly state: SessionState;
  readonly effects: readonly SessionEffect[];
}

/** Device info is asked for in ten rounds of three transmissions, then the module begins anew (uart.md 2.2). */
const ASK_ROUNDS = 10;
/** The first pause after a failure, and what each further one adds (cloud.md 3.1). */
const FIRST_PAUSE_MS = 5000;
const PAUSE_GROWTH_MS = 10_000;
const LONGEST_PAUSE_MS = 375_000;

/** One step of the machine; an input that does not fit the state changes nothing. */
export function stepSession(state: SessionState, input: SessionInput): SessionStep {
  switch (input.kind) {
    case "powered":
      return to({ kind: "asking", round: 1 }, { kind: "ask-device-info" });
    case "stopped":
      return to({ kind: "off" }, { kind: "disconnect" });
    case "no-device-info":
      if (state.kind !== "asking") return stay(state);
      return to({ kind: "asking", round: (state.round % ASK_ROUNDS) + 1 }, { kind: "ask-device-info" });
    case "device-info":
      return state.kind === "asking" ? join(input.hasDid) : stay(state);
    case "config-entered":
      if (state.kind === "off" || state.kind === "configuring") return stay(state);
      return to({ kind: "configuring" }, { kind: "disconnect" });
    case "config-left":
      return state.kind === "configuring" ? join(input.hasDid) : stay(state);
    case "registered":
      if (state.kind !== "registering") return stay(state);
      return to({ kind: "provisioning", attempt: state.attempt }, { kind: "provision" });
    case "provisioned":
      if (state.kind !== "provisioning") return stay(state);
      return to({ kind: "connecting", attempt: state.attempt }, { kind: "connect" });
    case "connected":
      if (state.kind !== "connecting") return stay(state);
      return to({ kind: "subscribing", attempt: state.attempt }, { kind: "subscribe" });
    case "subscribed":
      if (state.kind !== "subscribing") return stay(state);
      return to({ kind: "online" }, { kind: "push-status" });
    case "failed":
      return fail(state, input.isUnknown ? "register" : undefined);
    case "closed":
      return state.kind === "online" || state.kind === "subscribing" || state.kind === "connecting"
        ? fail(state, undefined)
        : stay(state);
    case "pause-over":
      if (state.kind !== "waiting") return stay(state);
      return state.next === "register"
        ? to({ kind: "registering", attempt: state.attempt }, { kind: "register" })
        : to({ kind: "provisioning", attempt: state.attempt }, { kind: "provision" });
  }
}

/** How a saved state goes on: what was under way with the cloud begins anew, from provisioning at the latest. */
export function resumeSession(state: SessionState): SessionStep {
  switch (state.kind) {
    case "asking":
      return to(state, { kind: "ask-device-info" });
    case "registering":
      return to(state, { kind: "register" });
    case "provisioning":
    case "connecting":
    case "subscribing":
      return to({ kind: "provisioning", attempt: state.attempt }, { kind: "provision" });
    default:
      return stay(state);
  }
}

/** The module is in its network: it tells the MCU, and goes to the cloud. */
function join(hasDid: boolean): SessionStep {
  return hasDid
    ? to({ kind: "provisioning", attempt: 0 }, { kind: "push-status" }, { kind: "provision" })
    : to({ kind: "registering", attempt: 0 }, { kind: "push-status" }, { kind: "register" });
}

function fail(state: SessionState, next: "register" | undefined): SessionStep {
  if (!isUnderWay(state)) return stay(state);
  const attempt = state.kind === "online" ? 0 : state.attempt;
  const ms = Math.min(FIRST_PAUSE_MS + attempt * PAUSE_GROWTH_MS, LONGEST_PAUSE_MS);
  return to(
    { kind: "waiting", attempt: attempt + 1, next: next ?? (state.kind === "registering" ? "register" : "provision") },
    { kind: "disconnect" },
    { kind: "push-status" },
    { kind: "pause", ms },
  );
}

/** States in which something of the cloud may fail. */
function isUnderWay(
  state: SessionState,
): state is Exclude<SessionState, { kind: "off" | "asking" | "configuring" | "waiting" }> {
  const { kind } = state;
  return kind !== "off" && kind !== "asking" && kind !== "configuring" && kind !== "waiting";
}

function to(state: SessionState, ...effects: readonly SessionEffect[]): SessionStep {
  return { state, effects };
}

function stay(state: SessionState): SessionStep {
  return { state, effects: [] };
}
