import { existsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { DeviceOptions } from "../lab/lab-options.js";
import { listShippedProfiles, loadProfile, type NamedProfile } from "../lab/profiles.js";
import { advise, describeFields, type FieldTable, type JsonSchema, readFields } from "./fields.js";
import type { Entry, Located } from "./located-yaml.js";
import type { Problems } from "./problems.js";
import { readInteger, readSpan, readSwitch, readText, refuse, SPAN_SCHEMA } from "./scalars.js";
import type { ScenarioDevice } from "./scenario.js";

const MIN_REPORT_MS = 100;
const MIN_BAUD = 300;
const MAX_BAUD = 4_000_000;
/** An alias is a word: it stands as a key. */
const ALIAS = /^\p{L}[\p{L}\p{N}_-]*$/u;
/** Stands beside aliases in `expect`. */
const RESERVED = "within";

const DEVICE_FIELDS: FieldTable = {
  product: { about: "a product: the name of its profile", schema: { type: "string" }, isRequired: true },
  report_every: { about: "report so often, changed or not; by the vendor's rules without", schema: SPAN_SCHEMA },
  alive: { about: "false: nothing changes but what the steps change", schema: { type: "boolean", default: true } },
  baud: {
    about: "speed of the wire between MCU and module; 0 for no pacing",
    schema: { type: "integer", minimum: 0, maximum: MAX_BAUD, default: 9600 },
  },
};

export const PROFILES_SCHEMA: JsonSchema = { type: "array", items: { type: "string" }, minItems: 1 };
export const DEVICES_SCHEMA: JsonSchema = {
  type: "object",
  propertyNames: { pattern: ALIAS.source },
  additionalProperties: { anyOf: [{ type: "string" }, describeFields(DEVICE_FIELDS)] },
};

export interface ReadProfiles {
  readonly products: readonly NamedProfile[];
  /** False when one could not be read: a device may be of that one. */
  readonly isComplete: boolean;
}

/** The profiles that a file names: shipped ones, and files beside it. */
export function readProfiles(problems: Problems, node: Located, file: string): ReadProfiles {
  if (node.kind !== "list") {
    refuse(problems, node, "profiles is a list");
    return { products: [], isComplete: false };
  }
  const products: NamedProfile[] = [];
  let isComplete = true;
  for (const item of node.items) {
    const product = readProfile(problems, item, file);
    if (product === undefined) isComplete = false;
    else if (products.every((other) => other.name !== product.name)) products.push(product);
    else problems.add(item.spot, `${product.name} is already the name of another profile`);
  }
  return { products, isComplete };
}

function readProfile(problems: Problems, node: Located, file: string): NamedProfile | undefined {
  const name = readText(problems, node, "a profile");
  if (name === undefined) return undefined;
  const shipped = listShippedProfiles();
  // A file is looked for beside the scenario, so that both can be moved together.
  const place = shipped.includes(name) ? name : resolve(dirname(file), name);
  if (place === name || existsSync(place)) return problems.guard(node.spot, () => loadProfile(place));
  problems.add(node.spot, `there is no profile ${name}`, {
    hint: `${advise(name, shipped)} Or a file beside this one`,
  });
  return undefined;
}

export interface ReadDevices {
  readonly devices: readonly ScenarioDevice[];
  /** Profiles by alias; undefined for a device whose own line is wrong. */
  readonly byAlias: ReadonlyMap<string, NamedProfile | undefined>;
}

/** The devices; their products come from `find`, and `known` are those there are, if that can be said. */
export function readDevices(
  problems: Problems,
  node: Located,
  known: readonly string[] | undefined,
  find: (name: string) => NamedProfile | undefined,
): ReadDevices {
  const devices: ScenarioDevice[] = [];
  const byAlias = new Map<string, NamedProfile | undefined>();
  if (node.kind !== "map" || node.entries.length === 0) {
    refuse(problems, node, "devices is a mapping", "such as house: pet-house");
    return { devices, byAlias };
  }
  for (const entry of node.entries) {
    if (!ALIAS.test(entry.key) || entry.key === RESERVED) {
      const hint =
        entry.key === RESERVED ? "within stands beside devices in expect" : "a letter, then letters, digits, - and _";
      problems.add(entry.spot, `${JSON.stringify(entry.key)} is no name for a device`, { hint });
    }
    const { product: name, options } = readDevice(problems, entry);
    const product = name === undefined ? undefined : find(name.text);
    if (name !== undefined && product === undefined && known !== undefined) {
      problems.add(name.node.spot, `no product is called ${name.text}`, { hint: advise(name.text, known) });
    }
    byAlias.set(entry.key, product);
    devices.push({ alias: entry.key, product: product?.name ?? "", options, line: entry.spot.line });
  }
  return { devices, byAlias };
}

interface ReadDevice {
  readonly product: { readonly text: string; readonly node: Located } | undefined;
  readonly options: DeviceOptions;
}

function readDevice(problems: Problems, { key, value: node }: Entry): ReadDevice {
  const readProduct = (at: Located): ReadDevice["product"] => {
    const text = readText(problems, at, "a product");
    return text === undefined ? undefined : { text, node: at };
  };
  if (node.kind !== "map") return { product: readProduct(node), options: {} };
  const fields = readFields(problems, node, DEVICE_FIELDS, `device ${key}`);
  const read = <T>(name: string, readValue: (at: Located) => T | undefined): T | undefined => {
    const entry = fields.get(name);
    return entry === undefined ? undefined : readValue(entry.value);
  };
  const every = read("report_every", (at) => readSpan(problems, at, MIN_REPORT_MS));
  const isAlive = read("alive", (at) => readSwitch(problems, at, "alive"));
  const baud = read("baud", (at) => readBaud(problems, at));
  return {
    product: read("product", readProduct),
    options: {
      ...(every === undefined ? {} : { reportEveryMs: every.ms }),
      ...(isAlive === undefined ? {} : { isAlive }),
      ...(baud === undefined ? {} : { baud }),
    },
  };
}

function readBaud(problems: Problems, node: Located): number | undefined {
  const isOff = node.kind === "scalar" && node.value === 0;
  return isOff ? 0 : readInteger(problems, node, "baud, unless 0,", MIN_BAUD, MAX_BAUD);
}
