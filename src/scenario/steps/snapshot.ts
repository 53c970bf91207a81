import { requireSnapshotName } from "../../lab/lab-snapshots.js";
import { advise, type JsonSchema } from "../fields.js";
import type { Located } from "../located-yaml.js";
import type { Problems } from "../problems.js";
import { readText } from "../scalars.js";
import type { StepKind } from "../scenario.js";

const NAME_SCHEMA: JsonSchema = { type: "string", maxLength: 64 };

export const SAVE: StepKind = {
  about: "keeps the state of everything under a name, over an earlier one of that name",
  schema: NAME_SCHEMA,
  read: (node, { problems, faults, saved }) => {
    const name = readName(problems, node);
    saved.set(name, new Set(faults));
    return async ({ lab, ...stage }) => {
      await lab.snapshots.save(name);
      stage.saved.set(name, new Map(stage.faults));
    };
  },
};

export const RESTORE: StepKind = {
  about: "puts everything back as an earlier step has saved it",
  schema: NAME_SCHEMA,
  read: (node, { problems, faults, saved }) => {
    const name = readName(problems, node);
    const then = saved.get(name);
    if (name !== "" && then === undefined) {
      problems.add(node.spot, `no step before this one saves ${name}`, { hint: advise(name, saved.keys()) });
    }
    replaceAll(faults, then ?? []);
    return async ({ lab, ...stage }) => {
      await lab.snapshots.restore(name);
      // Names of later faults stay behind; the file was refused if a step below still uses one.
      for (const [fault, id] of stage.saved.get(name) ?? []) stage.faults.set(fault, id);
    };
  },
};

function readName(problems: Problems, node: Located): string {
  const name = readText(problems, node, "a snapshot's name");
  if (name !== undefined) problems.guard(node.spot, () => requireSnapshotName(name));
  return name ?? "";
}

function replaceAll(set: Set<string>, names: Iterable<string>): void {
  const kept = [...names];
  set.clear();
  for (const name of kept) set.add(name);
}
