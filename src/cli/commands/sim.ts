import type { Argv, CommandModule } from "yargs";
import { LAB_TOKEN_OPTION } from "../lab-token.js";
import type { SimArguments } from "../run-sim.js";
import { CLOUD_OPTION } from "../running-lab/cloud-option.js";

export const simCommand: CommandModule<object, SimArguments> = {
  command: "sim <profile>",
  describe: "virtual devices: provision over HTTP, connect over MQTT, report",
  builder: (command) =>
    command
      .positional("profile", { type: "string", demandOption: true, describe: "shipped profile or file" })
      .option("count", { type: "string", requiresArg: true, describe: "how many, 1" })
      .option("cloud", CLOUD_OPTION)
      .option("interval", {
        type: "string",
        requiresArg: true,
        describe: "report every so often (10s); without it by the vendor's report rules",
      })
      .option("seed", {
        type: "string",
        requiresArg: true,
        describe: "equal seeds are the same devices; a new one without",
      })
      .option("history", {
        type: "string",
        requiresArg: true,
        describe: "first store so much believable past of each device (2y, 30d)",
      })
      .option("every", { type: "string", requiresArg: true, describe: "one past report every so often, 60s" })
      .option("lab-token", LAB_TOKEN_OPTION)
      .example("$0 sim pet-house", "one device in the cloud of this machine")
      .example("$0 sim smart-meter --count 100 --interval 10s --cloud http://192.0.2.7:8088", "a hundred elsewhere")
      .example(
        "$0 sim smart-meter --history 30d --every 15m",
        "a meter with a month behind it",
      ) as unknown as Argv<SimArguments>,
  // Loaded when it is called: the other commands start without the platform.
  handler: async (args) => (await import("../run-sim.js")).runSim(args),
};
