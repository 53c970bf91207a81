import { describe, expect, it } from "vitest";
import { type SessionInput, type SessionState, stepSession } from "../../../src/gagent/session.js";

type Kind = SessionState["kind"];

const STATES: Readonly<Record<Kind, SessionState>> = {
  off: { kind: "off" },
  asking: { kind: "asking", round: 4 },
  registering: { kind: "registering", attempt: 2 },
  provisioning: { kind: "provisioning", attempt: 2 },
  connecting: { kind: "connecting", attempt: 2 },
  subscribing: { kind: "subscribing", attempt: 2 },
  online: { kind: "online" },
  waiting: { kind: "waiting", attempt: 2, next: "provision" },
  configuring: { kind: "configuring" },
};
const KINDS = Object.keys(STATES) as Kind[];

const INPUTS = {
  powered: { kind: "powered" },
  stopped: { kind: "stopped" },
  "device-info, known": { kind: "device-info", hasDid: true },
  "device-info, new": { kind: "device-info", hasDid: false },
  "no-device-info": { kind: "no-device-info" },
  registered: { kind: "registered" },
  provisioned: { kind: "provisioned" },
  connected: { kind: "connected" },
  subscribed: { kind: "subscribed" },
  failed: { kind: "failed", isUnknown: false },
  "failed, unknown": { kind: "failed", isUnknown: true },
  closed: { kind: "closed" },
  "pause-over": { kind: "pause-over" },
  "config-entered": { kind: "config-entered" },
  "config-left, known": { kind: "config-left", hasDid: true },
  "config-left, new": { kind: "config-left", hasDid: false },
} as const satisfies Record<string, SessionInput>;
type InputName = keyof typeof INPUTS;

/** `state attempt effects`, an input that is ignored is left out. */
const TABLE: Readonly<Record<Kind, Partial<Record<InputName, string>>>> = {
  off: { "config-entered": "ignored" },
  asking: {
    "device-info, known": "provisioning 0: push-status, provision",
    "device-info, new": "registering 0: push-status, register",
    "no-device-info": "asking 5: ask-device-info",
  },
  registering: {
    registered: "provisioning 2: provision",
    failed: "waiting 3 register: disconnect, push-status, pause 25000",
    "failed, unknown": "waiting 3 register: disconnect, push-status, pause 25000",
  },
  provisioning: {
    provisioned: "connecting 2: connect",
    failed: "waiting 3 provision: disconnect, push-status, pause 25000",
    "failed, unknown": "waiting 3 register: disconnect, push-status, pause 25000",
  },
  connecting: {
    connected: "subscribing 2: subscribe",
    closed: "waiting 3 provision: disconnect, push-status, pause 25000",
    failed: "waiting 3 provision: disconnect, push-status, pause 25000",
    "failed, unknown": "waiting 3 register: disconnect, push-status, pause 25000",
  },
  subscribing: {
    subscribed: "online: push-status",
    closed: "waiting 3 provision: disconnect, push-status, pause 25000",
    failed: "waiting 3 provision: disconnect, push-status, pause 25000",
    "failed, unknown": "waiting 3 register: disconnect, push-status, pause 25000",
  },
  online: {
    closed: "waiting 1 provision: disconnect, push-status, pause 5000",
    failed: "waiting 1 provision: disconnect, push-status, pause 5000",
    "failed, unknown": "waiting 1 register: disconnect, push-status, pause 5000",
  },
  waiting: { "pause-over": "provisioning 2: provision" },
  configuring: {
    "config-entered": "ignored",
    "config-left, known": "provisioning 0: push-status, provision",
    "config-left, new": "registering 0: push-status, register",
  },
};
/** What happens in every state. */
const ALWAYS: Partial<Record<InputName, string>> = {
  powered: "asking 1: ask-device-info",
  stopped: "off: disconnect",
  "config-entered": "configuring: disconnect",
};

function spell(state: SessionState, input: SessionInput): string {
  const next = stepSession(state, input);
  if (next.state === state) {
    expect(next.effects).toEqual([]);
    return "ignored";
  }
  const { kind, ...rest } = next.state;
  const effects = next.effects.map((effect) => (effect.kind === "pause" ? `pause ${effect.ms}` : effect.kind));
  return `${[kind, ...Object.values(rest)].join(" ")}: ${effects.join(", ")}`;
}

describe("stepSession", () => {
  it.each(
    KINDS.flatMap((state) =>
      (Object.keys(INPUTS) as InputName[]).map(
        (input) => [state, input, TABLE[state][input] ?? ALWAYS[input] ?? "ignored"] as const,
      ),
    ),
  )("when %s takes %s: %s", (state, input, expected) => {
    expect(spell(STATES[state], INPUTS[input])).toBe(expected);
  });

  it("registers after the pause when that was what failed", () => {
    const waiting: SessionState = { kind: "waiting", attempt: 3, next: "register" };
    expect(spell(waiting, { kind: "pause-over" })).toBe("registering 3: register");
  });

  it("begins anew after ten rounds of asking (uart.md 2.2)", () => {
    let state: SessionState = { kind: "asking", round: 1 };
    const rounds = Array.from({ length: 11 }, () => {
      state = stepSession(state, { kind: "no-device-info" }).state;
      return state.kind === "asking" ? state.round : 0;
    });
    expect(rounds).toEqual([2, 3, 4, 5, 6, 7, 8, 9, 10, 1, 2]);
  });

  it("pauses 5 s, then 10 s more each time, 375 s at most, and forgets it once online (cloud.md 3.1)", () => {
    let state: SessionState = { kind: "provisioning", attempt: 0 };
    const pauses: number[] = [];
    for (let failures = 0; failures < 40; failures += 1) {
      const failed = stepSession(state, { kind: "failed", isUnknown: false });
      for (const effect of failed.effects) if (effect.kind === "pause") pauses.push(effect.ms);
      state = stepSession(failed.state, { kind: "pause-over" }).state;
    }
    expect(pauses.slice(0, 4)).toEqual([5000, 15_000, 25_000, 35_000]);
    expect(pauses.slice(-3)).toEqual([375_000, 375_000, 375_000]);
    for (const kind of ["provisioned", "connected", "subscribed"] as const) state = stepSession(state, { kind }).state;
    expect(spell(state, { kind: "closed" })).toBe("waiting 1 provision: disconnect, push-status, pause 5000");
  });
});
