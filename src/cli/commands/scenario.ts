import type { Argv, CommandModule } from "yargs";
import type { CheckArguments, RunArguments, SchemaArguments } from "../run-scenario.js";

const FILES = { type: "string", array: true, demandOption: true, describe: "scenario files (YAML)" } as const;

const RUN = (command: Argv): Argv<RunArguments> =>
  command
    .positional("files", FILES)
    .option("junit", { type: "string", requiresArg: true, describe: "write JUnit XML to this file" })
    .option("coverage", { type: "boolean", default: false, describe: "say what the run has touched, and what not" })
    .option("seed", { type: "string", requiresArg: true, describe: "instead of the seeds in the files" })
    .example("$0 scenario run alarm.yaml", "a line for each step; exit code 1 when one fails, 2 for no scenario")
    .example("$0 scenario run tests/*.yaml --junit report.xml", "for CI") as unknown as Argv<RunArguments>;

const CHECK = (command: Argv): Argv<CheckArguments> =>
  command
    .positional("files", FILES)
    .example("$0 scenario check alarm.yaml", "line and column of every mistake") as unknown as Argv<CheckArguments>;

const SCHEMA = (command: Argv): Argv<SchemaArguments> =>
  command.example(
    "$0 scenario schema > scenario.schema.json",
    "then, in a file's first line: # yaml-language-server: $schema=scenario.schema.json",
  ) as unknown as Argv<SchemaArguments>;

export const scenarioCommand: CommandModule = {
  command: "scenario",
  describe: "run test scenarios from YAML files, check them, or print their JSON Schema",
  builder: (command) =>
    command
      // Loaded when they are called: the other commands start without the platform.
      .command("run <files..>", "carry out the steps, each file in a lab of its own", RUN, (async (
        args: RunArguments,
      ) => (await import("../run-scenario.js")).runScenarios(args)) as never)
      .command("check <files..>", "validate only", CHECK, (async (args: CheckArguments) =>
        (await import("../run-scenario.js")).checkScenarios(args)) as never)
      .command("schema", "print the JSON Schema of scenario files, for editors", SCHEMA, (async (
        args: SchemaArguments,
      ) => (await import("../run-scenario.js")).printSchema(args)) as never)
      .example("$0 scenario run alarm.yaml", "a line for each step")
      .demandCommand(1, "name an action: run, check or schema"),
  handler: () => {},
};
