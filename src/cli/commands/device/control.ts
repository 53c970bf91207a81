import type { Argv, CommandModule } from "yargs";
import type { ChangeArguments } from "../../device/run-change.js";
import { DID, LAB_OPTIONS, VALUES, WITHIN } from "./options.js";

export const controlCommand: CommandModule<object, ChangeArguments> = {
  command: "control <did> <values..>",
  describe: "control a device as an app does: a user is made and bound to it, over the Open API",
  builder: (command) =>
    command
      .positional("did", DID)
      .positional("values", VALUES)
      .option("within", WITHIN)
      .options(LAB_OPTIONS)
      .example("$0 control pet-house LED_OnOff=true", "light it")
      .example(
        "$0 control pet-house Motor_Speed=3 LED_Color=Pink",
        "several at once",
      ) as unknown as Argv<ChangeArguments>,
  // Loaded when it is called: the other commands start without the platform.
  handler: async (args) => (await import("../../device/run-change.js")).runControl(args),
};
