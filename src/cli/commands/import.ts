import type { Argv, CommandModule } from "yargs";
import { LAB_TOKEN_OPTION } from "../lab-token.js";
import type { ImportArguments } from "../run-import.js";
import { CLOUD_OPTION } from "../running-lab/cloud-option.js";

export const importCommand: CommandModule<object, ImportArguments> = {
  command: "import <file>",
  describe: "past reports from a CSV or JSONL file, or from stdin, into a running cloud",
  builder: (command) =>
    command
      .positional("file", {
        type: "string",
        demandOption: true,
        describe: "CSV whose header names the datapoints, or a JSON object a line; - reads stdin",
      })
      .option("did", {
        type: "string",
        requiresArg: true,
        describe: "the device, where the file has no did of its own",
      })
      .option("time", {
        type: "string",
        requiresArg: true,
        describe: "the column of the time: ms, s or ISO 8601; found by its name without",
      })
      .option("tz", {
        type: "string",
        default: "UTC",
        requiresArg: true,
        describe: "zone of times that name no offset (Europe/Berlin)",
      })
      .option("profile", {
        type: "string",
        array: true,
        nargs: 1,
        requiresArg: true,
        describe: "profile of the devices, where it is not a shipped one; repeatable",
      })
      .option("dry-run", { type: "boolean", default: false, describe: "check the file, store nothing" })
      .option("cloud", CLOUD_OPTION)
      .option("lab-token", LAB_TOKEN_OPTION)
      .example("$0 import meter.csv --did uVNB5zXpKyRbGn2FwQ6Tjd", "ts,power,voltage in the first line")
      .example(
        "$0 import meter.jsonl --dry-run",
        '{"did":"…","ts":1790000000000,"attrs":{"power":420}} a line',
      ) as unknown as Argv<ImportArguments>,
  // Loaded when it is called: the other commands start without the platform.
  handler: async (args) => (await import("../run-import.js")).runImport(args),
};
