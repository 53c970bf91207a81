import type { Lab } from "../lab/lab.js";
import type { DeviceOptions } from "../lab/lab-options.js";
import type { DeviceProbe } from "../lab/probe.js";
import type { NamedProfile } from "../lab/profiles.js";
import type { JsonSchema } from "./fields.js";
import type { Located } from "./located-yaml.js";
import type { Problems } from "./problems.js";

/** A scenario file that was checked as a whole: what is left to go wrong is what it tests. */
export interface Scenario {
  readonly name: string;
  readonly file: string;
  readonly seed: number | string;
  readonly clock: "virtual" | "wall";
  /** Where virtual time begins, epoch milliseconds; where the lab's seed puts it without. */
  readonly startAt: number | undefined;
  readonly products: readonly NamedProfile[];
  readonly devices: readonly ScenarioDevice[];
  readonly steps: readonly Step[];
}

export interface ScenarioDevice {
  readonly alias: string;
  readonly product: string;
  readonly options: DeviceOptions;
  readonly line: number;
}

/** One step, ready to be carried out. */
export interface Step {
  readonly kind: string;
  readonly line: number;
  readonly column: number;
  /** The step in a line, as it stands in the file. */
  readonly words: string;
  readonly act: Act;
}

/** What a step does; it rejects or throws when the step fails. */
export type Act = (stage: Stage) => Promise<void> | void;

/** Where the steps of one run act. */
export interface Stage {
  readonly lab: Lab;
  readonly probe: (alias: string) => DeviceProbe;
  /** Ids of the faults in force, by the name that `as` gave them. */
  readonly faults: Map<string, string>;
  /** The names of faults as they were when a snapshot was saved. */
  readonly saved: Map<string, ReadonlyMap<string, string>>;
}

/** What steps are read by: what the file has named up to here. */
export interface Script {
  readonly problems: Problems;
  readonly clock: Scenario["clock"];
  /** Profiles by alias; undefined for a device whose own line is wrong. */
  readonly devices: ReadonlyMap<string, NamedProfile | undefined>;
  readonly faults: Set<string>;
  readonly saved: Map<string, ReadonlySet<string>>;
}

/** A kind of step: one row of the table that the parser and the schema for editors are made from. */
export interface StepKind {
  readonly about: string;
  readonly schema: JsonSchema;
  /** Checks the step and makes what it does; problems are noted in the script. */
  readonly read: (node: Located, script: Script) => Act;
}
