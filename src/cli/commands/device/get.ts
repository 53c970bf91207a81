import type { Argv, CommandModule } from "yargs";
import type { GetArguments } from "../../device/run-get.js";
import { DID, LAB_OPTIONS } from "./options.js";

export const getCommand: CommandModule<object, GetArguments> = {
  command: "get <did> [names..]",
  describe: "the values that a device last reported, and what each datapoint takes",
  builder: (command) =>
    command
      .positional("did", DID)
      .positional("names", { type: "string", array: true, describe: "datapoints; all without" })
      .options(LAB_OPTIONS)
      .example("$0 get pet-house", "every datapoint of the one pet-house")
      .example("$0 get pet-house Temperature Humidity --json", "two of them") as unknown as Argv<GetArguments>,
  // Loaded when it is called: the other commands start without the platform.
  handler: async (args) => (await import("../../device/run-get.js")).runGet(args),
};
