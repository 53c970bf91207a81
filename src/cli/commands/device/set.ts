import type { Argv, CommandModule } from "yargs";
import type { ChangeArguments } from "../../device/run-change.js";
import { DID, LAB_OPTIONS, VALUES, WITHIN } from "./options.js";

export const setCommand: CommandModule<object, ChangeArguments> = {
  command: "set <did> <values..>",
  describe: "change a virtual device from its own side, as a sensor or a key does",
  builder: (command) =>
    command
      .positional("did", DID)
      .positional("values", VALUES)
      .option("within", WITHIN)
      .options(LAB_OPTIONS)
      .example("$0 set pet-house Temperature=25", "a warmer room")
      .example("$0 set pet-house Temperature=36 Alert_1=on", "and its alarm") as unknown as Argv<ChangeArguments>,
  // Loaded when it is called: the other commands start without the platform.
  handler: async (args) => (await import("../../device/run-change.js")).runSet(args),
};
