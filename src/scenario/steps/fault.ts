import { GizlabError } from "../../core/errors.js";
import { FAULT_KINDS, type FaultKind, type FaultKindInfo, type FaultParameter } from "../../lab/faults/fault-kinds.js";
import { type FaultSpec, readFault } from "../../lab/faults/fault-spec.js";
import { findDatapoint } from "../../profile/profile.js";
import {
  advise,
  describeFields,
  type FieldInfo,
  type FieldTable,
  pickName,
  type ReadFields,
  readFields,
} from "../fields.js";
import { type Located, toPlain } from "../located-yaml.js";
import { readText, SPAN_SCHEMA } from "../scalars.js";
import type { Script, StepKind } from "../scenario.js";

const COMMON: FieldTable = {
  device: { about: "only this device; every one without", schema: { type: "string" } },
  as: { about: "its name, for remove_fault", schema: { type: "string" } },
  seed: { about: "draws of its own", schema: { type: ["integer", "string"] } },
};
const MATCHED: FieldTable = {
  probability: { about: "the chance that a match is hit", schema: { type: "number", minimum: 0, maximum: 1 } },
  count: { about: "how often it strikes at most", schema: { type: "integer", minimum: 1 } },
  after: { about: "matches that are let pass first", schema: { type: "integer", minimum: 0 } },
};
const PARAMETERS: Readonly<Record<FaultParameter, FieldInfo>> = {
  direction: { about: "only this direction, seen from the device", schema: { enum: ["up", "down"] } },
  cmd: { about: "only frames of this command: a name of uart.md 2.1 or its code", schema: { type: "string" } },
  route: { about: 'only requests that match, such as "GET /app/*"', schema: { type: "string" } },
  for: { about: "how long it lasts, or how long something is kept back", schema: SPAN_SCHEMA },
  delay: { about: "how late it comes", schema: SPAN_SCHEMA },
  every: { about: "mean time between what it does", schema: SPAN_SCHEMA },
  by: { about: "how far the clock is off; it may be negative", schema: { type: "string" } },
  rate: { about: "how much faster the clock runs", schema: { type: "number", minimum: 0.1, maximum: 10 } },
  status: { about: "the HTTP status of the answer", schema: { type: "integer", minimum: 400, maximum: 599 } },
  datapoints: { about: "the datapoints that are stuck", schema: { type: "array", items: { type: "string" } } },
};

const KINDS = Object.keys(FAULT_KINDS) as FaultKind[];

export const FAULT: StepKind = {
  about: "breaks something, until it is removed or has struck often enough",
  schema: {
    oneOf: KINDS.map((kind) => ({ description: FAULT_KINDS[kind].about, ...describeFields(fieldsOf(kind)) })),
  },
  read: (node, script) => {
    const kind = readKind(node, script);
    if (kind === undefined) return () => {};
    const fields = readFields(script.problems, node, fieldsOf(kind), kind);
    const device = readDevice(fields, script);
    const name = readFaultName(fields, script);
    const spec = readSpec(fields, script);
    checkDatapoints(fields, device, script);
    return ({ lab, probe, faults }) => {
      const { id } = lab.faults.add({ ...spec, ...(device === undefined ? {} : { did: probe(device).did }) });
      if (name !== undefined) faults.set(name, id);
    };
  },
};

export const REMOVE_FAULT: StepKind = {
  about: "takes a fault back that an earlier step has named with `as`",
  schema: { type: "string" },
  read: (node, { problems, faults }) => {
    const name = readText(problems, node, "a fault's name") ?? "";
    if (name !== "" && !faults.delete(name)) {
      problems.add(node.spot, `no fault in force is called ${name}`, { hint: advise(name, faults) });
    }
    return ({ lab, faults: ids }) => {
      const id = ids.get(name) ?? "";
      if (lab.faults.find(id) === undefined) {
        throw new GizlabError("fault-unknown", `the fault ${name} is over`, {
          hint: "it has struck as often as its count allows; leave this step out",
        });
      }
      lab.faults.remove(id);
      ids.delete(name);
    };
  },
};

/** What a fault of this kind takes. */
function fieldsOf(kind: FaultKind): FieldTable {
  const { isMatched, takes }: FaultKindInfo = FAULT_KINDS[kind];
  const own = Object.entries(takes).map(([name, fallback]) => {
    const { about, schema } = PARAMETERS[name as FaultParameter];
    return [name, { about: fallback === "" ? about : `${about}; ${fallback} without`, schema }];
  });
  return {
    kind: { about: FAULT_KINDS[kind].about, schema: { const: kind }, isRequired: true },
    ...COMMON,
    ...(isMatched ? MATCHED : {}),
    ...Object.fromEntries(own),
  };
}

function readKind(node: Located, { problems }: Script): FaultKind | undefined {
  const entry = node.kind === "map" ? node.entries.find(({ key }) => key === "kind") : undefined;
  if (entry === undefined) {
    problems.add(node.spot, "a fault is a mapping with its kind", { hint: "such as {kind: uart.drop, count: 2}" });
    return undefined;
  }
  return pickName(problems, entry.value.spot, toPlain(entry.value), KINDS, "fault");
}

/** The alias of the device it is aimed at. */
function readDevice(fields: ReadFields, { problems, devices }: Script): string | undefined {
  const node = fields.get("device")?.value;
  return node === undefined ? undefined : pickName(problems, node.spot, toPlain(node), [...devices.keys()], "device");
}

function readFaultName(fields: ReadFields, { problems, faults }: Script): string | undefined {
  const node = fields.get("as")?.value;
  const name = node === undefined ? undefined : readText(problems, node, "as");
  if (node === undefined || name === undefined) return undefined;
  if (faults.has(name)) problems.add(node.spot, `a fault in force is already called ${name}`);
  faults.add(name);
  return name;
}

/** The fault as the lab takes it; the lab's own check finds the field that is wrong. */
function readSpec(fields: ReadFields, { problems }: Script): FaultSpec {
  const own = [...fields].filter(([key]) => key !== "device" && key !== "as");
  const spec = Object.fromEntries(own.map(([key, { value }]) => [key, toPlain(value)]));
  for (const [key, { value }] of own) {
    // Alone beside the kind, so that each field's mistake is found in its own place.
    problems.guard(value.spot, () => readFault({ kind: spec.kind, [key]: spec[key] }));
  }
  return spec as unknown as FaultSpec;
}

function checkDatapoints(fields: ReadFields, device: string | undefined, { problems, devices }: Script): void {
  const node = fields.get("datapoints")?.value;
  if (node?.kind !== "list") return;
  const aimedAt = device === undefined ? [...devices.values()] : [devices.get(device)];
  const profiles = aimedAt.flatMap((product) => product?.profile ?? []);
  for (const item of node.items) {
    const name = String(toPlain(item));
    if (profiles.length === 0 || profiles.some((profile) => findDatapoint(profile, name) !== undefined)) continue;
    const names = profiles.flatMap(({ datapoints }) => datapoints.map((datapoint) => datapoint.name));
    problems.add(item.spot, `no device has a datapoint ${name}`, { hint: advise(name, names) });
  }
}
