import type { Argv, CommandModule } from "yargs";
import type { DevicesArguments } from "../../device/run-devices.js";
import { LAB_OPTIONS } from "./options.js";

export const devicesCommand: CommandModule<object, DevicesArguments> = {
  command: "devices [product]",
  describe: "the devices of the running lab",
  builder: (command) =>
    command
      .positional("product", { type: "string", describe: "only those of this product" })
      .options(LAB_OPTIONS)
      .example("$0 devices", "did, product, mac and state of each")
      .example("$0 devices pet-house --json", "one product, an object a line") as unknown as Argv<DevicesArguments>,
  // Loaded when it is called: the other commands start without the platform.
  handler: async (args) => (await import("../../device/run-devices.js")).runDevices(args),
};
