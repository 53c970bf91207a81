import { ATTRS_SCHEMA, readAttrs } from "../attrs.js";
import type { StepKind } from "../scenario.js";
import { describePerDevice, readPerDevice } from "./per-device.js";

export const SET: StepKind = {
  about: "changes datapoints from the device's own side: a key, a sensor",
  schema: describePerDevice(ATTRS_SCHEMA),
  read: (node, script) => {
    const all = readPerDevice(script, node, (value, profile) => readAttrs(script.problems, value, profile));
    return (stage) => {
      for (const [alias, attrs] of all) stage.probe(alias).set(attrs);
    };
  },
};

export const CONTROL: StepKind = {
  about: "sets datapoints from the cloud, as an app would",
  schema: describePerDevice(ATTRS_SCHEMA),
  read: (node, script) => {
    const all = readPerDevice(script, node, (value, profile) =>
      readAttrs(script.problems, value, profile, { isControl: true }),
    );
    return (stage) => {
      for (const [alias, attrs] of all) stage.probe(alias).control(attrs);
    };
  },
};
