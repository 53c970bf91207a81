import { GizlabError } from "../../core/errors.js";
import type { DeviceProbe, Within } from "../../lab/probe.js";
import type { Profile } from "../../profile/profile.js";
import { ATTRS_SCHEMA, readAttrs } from "../attrs.js";
import { describeFields, type FieldTable, readFields } from "../fields.js";
import type { Located } from "../located-yaml.js";
import type { Problems } from "../problems.js";
import { readSpan, refuse, SPAN_SCHEMA } from "../scalars.js";
import type { Act, Script, Stage, StepKind } from "../scenario.js";
import { FRAME_SCHEMA, readFrame } from "./frame.js";
import { describePerDevice, readPerDevice } from "./per-device.js";

type Check = (probe: DeviceProbe, within: Within) => Promise<unknown>;

const WHAT_FIELDS: FieldTable = {
  report: { about: "a report with these values is in the store", schema: ATTRS_SCHEMA },
  control: { about: "the MCU has carried out a control of these values", schema: ATTRS_SCHEMA },
  frame: { about: "a frame on the wire between MCU and module", schema: FRAME_SCHEMA },
};
const WITHIN = { within: { ...SPAN_SCHEMA, description: "for all of it together; 10s without", default: "10s" } };
const WHAT_SCHEMA = { ...describeFields(WHAT_FIELDS), minProperties: 1 };

export const EXPECT: StepKind = {
  about: "waits until all of this has come; a virtual clock moves for it",
  schema: describePerDevice({ anyOf: [{ enum: ["online", "offline"] }, WHAT_SCHEMA] }, WITHIN),
  read: (node, script) =>
    readExpectation(node, script, (value, profile) => {
      const { problems } = script;
      if (value.kind !== "scalar") return readWhat(problems, value, profile, false);
      if (value.value === "online") return [(probe, within) => probe.expectOnline(within)];
      if (value.value === "offline") return [(probe, within) => probe.expectOffline(within)];
      return refuse(problems, value, "expected is online, offline, or a mapping", "such as {report: {}}");
    }),
};

export const EXPECT_NO: StepKind = {
  about: "waits the whole span, and fails if any of this comes",
  schema: describePerDevice(WHAT_SCHEMA, WITHIN),
  read: (node, script) =>
    readExpectation(node, script, (value, profile) => {
      if (value.kind !== "scalar") return readWhat(script.problems, value, profile, true);
      return refuse(script.problems, value, "what shall not come is a mapping", "such as {report: {}}");
    }),
};

function readExpectation(
  node: Located,
  script: Script,
  read: (value: Located, profile: Profile | undefined) => readonly Check[] | undefined,
): Act {
  const all = readPerDevice(script, node, read, ["within"]);
  const entry = node.kind === "map" ? node.entries.find(({ key }) => key === "within") : undefined;
  const span = entry === undefined ? undefined : readSpan(script.problems, entry.value);
  const within: Within = span === undefined ? {} : { within: span.text };
  return (stage) => {
    const waits = all.flatMap(([alias, checks]) => checks.map((check) => ({ alias, check })));
    return meetAll(waits.map(({ alias, check }) => startCheck(stage, alias, check, within)));
  };
}

function readWhat(
  problems: Problems,
  node: Located,
  profile: Profile | undefined,
  isUnwanted: boolean,
): readonly Check[] {
  const fields = readFields(problems, node, WHAT_FIELDS, isUnwanted ? "expect_no" : "expect");
  if (node.kind === "map" && node.entries.length === 0)
    problems.add(node.spot, "nothing is named", { hint: "such as {report: {}}" });
  return [...fields].map(([name, { value }]): Check => {
    if (name === "frame") {
      const frame = readFrame(problems, value, profile);
      return (probe, within) => (isUnwanted ? probe.expectNoFrame(frame, within) : probe.expectFrame(frame, within));
    }
    if (name === "control") {
      const attrs = readAttrs(problems, value, profile, { isWanted: true, isControl: true });
      return (probe, within) =>
        isUnwanted ? probe.expectNoControl(attrs, within) : probe.expectControl(attrs, within);
    }
    const attrs = readAttrs(problems, value, profile, { isWanted: true });
    return (probe, within) => (isUnwanted ? probe.expectNoReport(attrs, within) : probe.expectReport(attrs, within));
  });
}

/** A check's failure is always a rejection, even if it comes before anything is waited for. */
async function startCheck(stage: Stage, alias: string, check: Check, within: Within): Promise<void> {
  await check(stage.probe(alias), within);
}

/** All wait together, so that the span is one for all; what failed is told together too. */
async function meetAll(waits: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(waits);
  const failures = results.flatMap((result) => (result.status === "rejected" ? [result.reason as Error] : []));
  const [first] = failures;
  if (first === undefined) return;
  if (failures.length === 1) throw first;
  throw new GizlabError("expectation-failed", failures.map(({ message }) => message).join("\n"), { cause: first });
}
