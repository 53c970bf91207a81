import type { Profile } from "../../profile/profile.js";
import { advise, type JsonSchema } from "../fields.js";
import type { Located } from "../located-yaml.js";
import { refuse } from "../scalars.js";
import type { Script } from "../scenario.js";

/** What is said of each device in a mapping by alias. */
export type PerDevice<T> = readonly (readonly [alias: string, value: T])[];

/** Reads a mapping by alias; `besides` are keys that stand there and are no devices. */
export function readPerDevice<T>(
  { problems, devices }: Script,
  node: Located,
  read: (value: Located, profile: Profile | undefined) => T | undefined,
  besides: readonly string[] = [],
): PerDevice<T> {
  if (node.kind !== "map") {
    refuse(problems, node, "devices are named in a mapping", `of ${[...devices.keys()].join(", ")}`);
    return [];
  }
  const found: (readonly [string, T])[] = [];
  let count = 0;
  for (const { key, spot, value } of node.entries) {
    if (besides.includes(key)) continue;
    count += 1;
    if (!devices.has(key)) {
      problems.add(spot, `no device is called ${key}`, { hint: advise(key, devices.keys()) });
      continue;
    }
    const read1 = read(value, devices.get(key)?.profile);
    if (read1 !== undefined) found.push([key, read1]);
  }
  if (count === 0) problems.add(node.spot, "no device is named", { hint: `of ${[...devices.keys()].join(", ")}` });
  return found;
}

/** The schema of a mapping by alias. */
export function describePerDevice(value: JsonSchema, besides: Readonly<Record<string, JsonSchema>> = {}): JsonSchema {
  return { type: "object", properties: besides, additionalProperties: value };
}
