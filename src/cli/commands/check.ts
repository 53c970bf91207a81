import type { Argv, CommandModule } from "yargs";
import type { CheckMcuArguments } from "../run-check.js";

export const checkCommand: CommandModule<object, CheckMcuArguments> = {
  command: "check <port>",
  describe: "hold an MCU against the serial protocol, clause by clause",
  builder: (command) =>
    command
      .positional("port", { type: "string", demandOption: true, describe: "virtual, an MCU inside this process" })
      .option("profile", {
        type: "string",
        requiresArg: true,
        demandOption: true,
        describe: "shipped profile or file the MCU is of",
      })
      .option("junit", { type: "string", requiresArg: true, describe: "file for a JUnit report" })
      .option("seed", { type: "string", requiresArg: true, default: "1", describe: "seed of the virtual MCU's world" })
      .example("$0 check virtual --profile pet-house", "what a good MCU looks like")
      .example(
        "$0 check virtual --profile pet-house --junit check.xml",
        "for a CI system",
      ) as unknown as Argv<CheckMcuArguments>,
  // Loaded when it is called: the other commands start without the platform.
  handler: async (args) => (await import("../run-check.js")).checkMcu(args),
};
