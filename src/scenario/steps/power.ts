import { readSwitch, SWITCH_SCHEMA } from "../scalars.js";
import type { StepKind } from "../scenario.js";
import { describePerDevice, readPerDevice } from "./per-device.js";

export const POWER: StepKind = {
  about: "gives a device its power, or takes it away",
  schema: describePerDevice(SWITCH_SCHEMA),
  read: (node, script) => {
    const all = readPerDevice(script, node, (value) => readSwitch(script.problems, value, "power"));
    return (stage) => {
      for (const [alias, isOn] of all) stage.probe(alias).power(isOn);
    };
  },
};
