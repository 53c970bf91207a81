import { basename } from "node:path";
import { describeError, GizlabError } from "../core/errors.js";
import { listShippedProfiles, loadProfile, type NamedProfile } from "../lab/profiles.js";
import { DEVICES_SCHEMA, PROFILES_SCHEMA, type ReadDevices, readDevices, readProfiles } from "./devices.js";
import {
  advise,
  describeFields,
  type FieldTable,
  type JsonSchema,
  pickName,
  type ReadFields,
  readFields,
} from "./fields.js";
import { type Located, locateYaml, toPlain } from "./located-yaml.js";
import { Problems, type Spot } from "./problems.js";
import { readText, refuse } from "./scalars.js";
import type { Scenario, Script, Step } from "./scenario.js";
import { STEP_KINDS } from "./steps/step-kinds.js";
import { sayStep } from "./words.js";

export interface ScenarioSource {
  /** The file's name: for places, for profiles beside it, and for the scenario's name when it has none. */
  readonly file?: string;
}

export interface ScenarioCheck {
  /** Present when there are no problems. */
  readonly scenario?: Scenario;
  /** `scenario-invalid` and the codes of what was checked, each with file, line and column. */
  readonly problems: readonly GizlabError[];
}

const DEFAULT_FILE = "scenario.yaml";
/** A run without a seed could not be repeated. */
const DEFAULT_SEED = 1;
const CLOCKS = ["virtual", "wall"] as const;
const STEP_NAMES = Object.keys(STEP_KINDS);

const STEPS_SCHEMA: JsonSchema = {
  type: "array",
  minItems: 1,
  items: {
    type: "object",
    properties: Object.fromEntries(
      Object.entries(STEP_KINDS).map(([name, { about, schema }]) => [name, { description: about, ...schema }]),
    ),
    minProperties: 1,
    maxProperties: 1,
    additionalProperties: false,
  },
};

const HEAD_FIELDS: FieldTable = {
  name: { about: "what the scenario shows, as a sentence; the file's name without", schema: { type: "string" } },
  seed: {
    about: "equal seeds give equal runs",
    schema: { type: ["integer", "string"], default: DEFAULT_SEED },
  },
  profiles: {
    about: "shipped profiles or files beside this one; without it, the shipped ones that devices name",
    schema: PROFILES_SCHEMA,
  },
  clock: { about: "virtual: time moves by steps only", schema: { enum: CLOCKS, default: "virtual" } },
  start: {
    about: "when virtual time begins, with its zone",
    schema: { type: "string", format: "date-time", examples: ["2026-03-01T00:00:00Z"] },
  },
  devices: {
    about: "a name for each device: its product, or a mapping with it",
    schema: { ...DEVICES_SCHEMA, minProperties: 1 },
    isRequired: true,
  },
  steps: { about: "what is done, in this order; the first that fails ends it", schema: STEPS_SCHEMA, isRequired: true },
};

/** The schema of a scenario file, from the tables that it is read by. */
export const SCENARIO_SCHEMA: JsonSchema = describeFields(HEAD_FIELDS);

/** Checks a scenario as a whole, before anything runs. Reports every problem, not only the first. */
export function checkScenario(text: string, { file = DEFAULT_FILE }: ScenarioSource = {}): ScenarioCheck {
  const problems = new Problems(file);
  const root = locateYaml(text, problems);
  if (root === undefined) return { problems: problems.found };
  const scenario = readScenario(root, file, problems);
  return problems.found.length === 0 ? { scenario, problems: [] } : { problems: problems.found };
}

/** The scenario of a text. Throws `scenario-invalid` with the first problem and how many there are. */
export function parseScenario(text: string, source: ScenarioSource = {}): Scenario {
  const { scenario, problems } = checkScenario(text, source);
  if (scenario !== undefined) return scenario;
  const [first] = problems;
  const more = problems.length > 1 ? `and ${problems.length - 1} more: gizlab scenario check` : undefined;
  const hint = [first?.hint, more].filter((part) => part !== undefined).join("; ");
  throw new GizlabError("scenario-invalid", first?.message ?? describeError(first), {
    ...(hint === "" ? {} : { hint }),
    ...(first?.expected === undefined ? {} : { expected: first.expected }),
    ...(first?.found === undefined ? {} : { found: first.found }),
    ...(first?.at === undefined ? {} : { at: first.at }),
    cause: first,
  });
}

function readScenario(root: Located, file: string, problems: Problems): Scenario {
  const fields = readFields(problems, root, HEAD_FIELDS, "a scenario");
  const read = <T>(name: string, readValue: (node: Located) => T | undefined): T | undefined => {
    const entry = fields.get(name);
    return entry === undefined ? undefined : readValue(entry.value);
  };
  const clock = read("clock", (node) => pickName(problems, node.spot, toPlain(node), CLOCKS, "clock")) ?? "virtual";
  const startAt = read("start", (node) => readStart(problems, node, clock));
  const { products, devices } = readCast(fields, file, problems);
  const script: Script = { problems, clock, devices: devices.byAlias, faults: new Set(), saved: new Map() };
  return {
    name: read("name", (node) => readText(problems, node, "name")) ?? basename(file).replace(/\.ya?ml$/, ""),
    file,
    seed: read("seed", (node) => readSeed(problems, node)) ?? DEFAULT_SEED,
    clock,
    startAt,
    products,
    devices: devices.devices,
    steps: read("steps", (node) => readSteps(node, script)) ?? [],
  };
}

/** Products and devices: the products that `profiles` names, or else the shipped ones that are used. */
function readCast(
  fields: ReadFields,
  file: string,
  problems: Problems,
): { products: readonly NamedProfile[]; devices: ReadDevices } {
  const profiles = fields.get("profiles")?.value;
  const devices = fields.get("devices")?.value;
  const nobody: ReadDevices = { devices: [], byAlias: new Map() };
  if (profiles !== undefined) {
    const { products, isComplete } = readProfiles(problems, profiles, file);
    const names = isComplete ? products.map(({ name }) => name) : undefined;
    const find = (name: string) => products.find((product) => product.name === name);
    return { products, devices: devices === undefined ? nobody : readDevices(problems, devices, names, find) };
  }
  const shipped = listShippedProfiles();
  const used = new Map<string, NamedProfile>();
  const find = (name: string): NamedProfile | undefined => {
    if (!shipped.includes(name)) return undefined;
    const product = used.get(name) ?? loadProfile(name);
    used.set(name, product);
    return product;
  };
  const read = devices === undefined ? nobody : readDevices(problems, devices, shipped, find);
  return { products: [...used.values()], devices: read };
}

function readSeed(problems: Problems, node: Located): number | string | undefined {
  const value = toPlain(node);
  if (Number.isSafeInteger(value) || (typeof value === "string" && value !== "")) return value as number | string;
  return refuse(problems, node, "a seed is a whole number or a text");
}

function readStart(problems: Problems, node: Located, clock: Scenario["clock"]): number | undefined {
  if (clock === "wall") problems.add(node.spot, "start is for a virtual clock");
  const text = node.kind === "scalar" ? String(node.value) : "";
  const [, day = ""] = /^(\d{4}-\d\d-\d\d)T\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/.exec(text) ?? [];
  const at = Date.parse(text);
  // Date.parse takes 31 February for 3 March.
  const isDay = day !== "" && !Number.isNaN(at) && new Date(Date.parse(day)).toISOString().startsWith(day);
  return isDay ? at : refuse(problems, node, "start is a date, a time and a zone", "such as 2026-03-01T00:00:00Z");
}

function readSteps(node: Located, script: Script): Step[] {
  if (node.kind !== "list" || node.items.length === 0) {
    refuse(script.problems, node, "steps is a list of at least one step");
    return [];
  }
  return node.items.flatMap((item) => readStep(item, script) ?? []);
}

function readStep(node: Located, script: Script): Step | undefined {
  const { problems } = script;
  const [entry, second] = node.kind === "map" ? node.entries : [];
  if (entry === undefined)
    return refuse(problems, node, "a step is a mapping with one key", `of ${STEP_NAMES.join(", ")}`);
  if (second !== undefined)
    problems.add(second.spot, "a step has one key", { hint: adviseSecond(second.key, entry.key) });
  const { key: kind, spot, value } = entry;
  const { line, column }: Spot = node.spot;
  if (!Object.hasOwn(STEP_KINDS, kind)) {
    problems.add(spot, `no step is called ${kind}`, { hint: advise(kind, STEP_NAMES) });
    return undefined;
  }
  const act = STEP_KINDS[kind]?.read(value, script) ?? (() => {});
  return { kind, line, column, words: sayStep(kind, value), act };
}

function adviseSecond(second: string, first: string): string {
  if (STEP_NAMES.includes(second)) return `begin another step: - ${second}: …`;
  return `indent ${second} if it belongs to ${first}`;
}
