import { describe, expect, it } from "vitest";
import { GizlabError } from "../../../src/core/errors.js";
import type { FirmwareOffer } from "../../../src/gagent/firmware.js";
import { stepUpgrade, type UpgradeInput, type UpgradeState } from "../../../src/gagent/upgrade-state.js";

type Kind = UpgradeState["kind"] | "asked";
const OFFER: FirmwareOffer = { softVersion: "03030001", url: "http://x/dev/ota/v4.1/download/7" };
const FILE = Uint8Array.of(1, 2, 3);

const STATES: Readonly<Record<Kind, UpgradeState>> = {
  idle: { kind: "idle" },
  checking: { kind: "checking", type: 2, later: [] },
  downloading: { kind: "downloading", offer: OFFER, isAsked: false, later: [2] },
  asked: { kind: "downloading", offer: OFFER, isAsked: true, later: [] },
  sending: { kind: "sending", offer: OFFER, later: [] },
};

const INPUTS = {
  check: { kind: "check", types: [1, 2] },
  "checked, newer": { kind: "checked", offer: OFFER },
  "checked, nothing": { kind: "checked", offer: undefined },
  asked: { kind: "asked", url: OFFER.url },
  downloaded: { kind: "downloaded", file: FILE },
  sent: { kind: "sent" },
  failed: { kind: "failed", problem: new GizlabError("big-data-silent", "no answer") },
  stopped: { kind: "stopped" },
} as const satisfies Record<string, UpgradeInput>;
type InputName = keyof typeof INPUTS;

/** `state: effects`; an input that is ignored is left out. */
const TABLE: Readonly<Record<Kind, Partial<Record<InputName, string>>>> = {
  idle: { check: "checking 1 then 2: check", asked: "downloading: download", stopped: "idle:" },
  checking: {
    check: "checking 2 then 1,2: ",
    "checked, newer": "downloading: download",
    "checked, nothing": "idle: ",
    asked: "downloading then 2: download",
    failed: "idle: tell-failed",
    stopped: "idle:",
  },
  downloading: {
    check: "downloading then 2,1: ",
    asked: "downloading then 2: answer-mcu false",
    downloaded: "sending then 2: send",
    failed: "checking 2: tell-failed, check",
    stopped: "idle:",
  },
  asked: {
    check: "downloading then 1,2: ",
    asked: "downloading: answer-mcu false",
    downloaded: "sending: answer-mcu true, send",
    failed: "idle: answer-mcu false, tell-failed",
    stopped: "idle:",
  },
  sending: {
    check: "sending then 1,2: ",
    asked: "sending: answer-mcu false",
    sent: "idle: tell-sent",
    failed: "idle: tell-failed",
    stopped: "idle:",
  },
};

function spell(state: UpgradeState): string {
  if (state.kind === "idle") return "idle";
  const type = state.kind === "checking" ? ` ${state.type}` : "";
  return `${state.kind}${type}${state.later.length === 0 ? "" : ` then ${state.later.join(",")}`}`;
}

describe("the machine of an upgrade", () => {
  for (const kind of Object.keys(STATES) as Kind[]) {
    it.each(Object.keys(INPUTS) as InputName[])(`${kind}, %s`, (name) => {
      const { state, effects } = stepUpgrade(STATES[kind], INPUTS[name]);
      const expected = TABLE[kind][name];
      if (expected === undefined) {
        expect([state, effects]).toEqual([STATES[kind], []]);
        return;
      }
      const said = effects.map((effect) => (effect.kind === "answer-mcu" ? `answer-mcu ${effect.isOk}` : effect.kind));
      expect(`${spell(state)}: ${said.join(", ")}`.trim()).toBe(expected.trim());
    });
  }

  it("passes over firmware for the module itself, and goes on with the MCU's", () => {
    const state: UpgradeState = { kind: "checking", type: 1, later: [2] };
    const step = stepUpgrade(state, INPUTS["checked, newer"]);
    expect(step.state).toEqual({ kind: "checking", type: 2, later: [] });
    expect(step.effects).toEqual([
      { kind: "tell-failed", problem: expect.objectContaining({ code: "ota-wifi" }) },
      { kind: "check", type: 2 },
    ]);
  });
});
