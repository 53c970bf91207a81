import type { AttrValues } from "../lab/lab.js";
import { findDatapoint, type Profile } from "../profile/profile.js";
import { displayValues, wireValues } from "../profile/scale.js";
import type { JsonSchema } from "./fields.js";
import type { Entry, Located } from "./located-yaml.js";
import type { Problems } from "./problems.js";
import { refuse } from "./scalars.js";

export interface AttrsUse {
  /** Only datapoints that the cloud may set: nothing else is ever controlled. */
  readonly isControl?: boolean;
  /** Compared with what comes, so that every value must be one that can come; an empty mapping is anything. */
  readonly isWanted?: boolean;
}

export const ATTRS_SCHEMA: JsonSchema = {
  type: "object",
  description: "datapoints by name, in engineering units; enums by label, binaries as hex in quotes",
  additionalProperties: { type: ["boolean", "number", "string"] },
};

/** Datapoint values, checked against a profile: names, types, ranges. Wanted ones come back as the device says them. */
export function readAttrs(
  problems: Problems,
  node: Located,
  profile: Profile | undefined,
  use: AttrsUse = {},
): AttrValues {
  if (node.kind !== "map") {
    refuse(problems, node, "datapoints are a mapping", use.isWanted === true ? "{} is any value" : undefined);
    return {};
  }
  if (node.entries.length === 0 && use.isWanted !== true) problems.add(node.spot, "no datapoint is named");
  const attrs: Record<string, AttrValues[string]> = {};
  for (const entry of node.entries) {
    const value = profile === undefined ? undefined : readAttr(problems, entry, profile, use);
    if (value !== undefined) attrs[entry.key] = value;
  }
  return attrs;
}

function readAttr(
  problems: Problems,
  { key, spot, value: node }: Entry,
  profile: Profile,
  { isControl = false, isWanted = false }: AttrsUse,
): AttrValues[string] | undefined {
  const given = node.kind === "scalar" ? node.value : undefined;
  if (given === undefined || given === null) return refuse(problems, node, `${key} is a value`);
  const datapoint = findDatapoint(profile, key);
  const isRefusedByName = datapoint === undefined || (isControl && datapoint.access !== "writable");
  const wire = problems.guard(
    isRefusedByName ? spot : node.spot,
    () => wireValues(profile, { [key]: given }, { writableOnly: isControl }),
    // YAML reads 0012 as the number 12.
    datapoint?.dataType === "binary" && typeof given === "number" ? "put the hex digits in quotes" : undefined,
  );
  if (wire === undefined || !isWanted) return wire === undefined ? undefined : given;
  const shown = displayValues(profile, wire)[key];
  if (typeof shown === "number" && typeof given === "number" && Math.abs(shown - given) > 1e-9) {
    return refuse(problems, node, `${key} is never exactly that`, `the nearest it can be is ${shown}`);
  }
  return shown;
}
