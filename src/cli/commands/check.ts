import type { Argv, CommandModule } from "yargs";
import type { CheckMcuArguments } from "../check/run-check.js";
import { SERIAL_OPTIONS } from "../serial-options.js";

export const checkCommand: CommandModule<object, CheckMcuArguments> = {
  command: "check <port>",
  describe: "hold an MCU against the serial protocol, clause by clause, or against generated frames",
  builder: (command) =>
    command
      .positional("port", {
        type: "string",
        demandOption: true,
        describe: "/dev/ttyUSB0, COM3, tcp:host:port, pty, …, or virtual, an MCU inside this process",
      })
      .option("profile", {
        type: "string",
        requiresArg: true,
        demandOption: true,
        describe: "shipped profile or file the MCU is of",
      })
      .option("quick", { type: "boolean", default: false, describe: "shorter watches, and no rule that takes minutes" })
      .option("strict", { type: "boolean", default: false, describe: "an advice counts as a failure" })
      .option("fuzz", {
        type: "string",
        requiresArg: true,
        describe:
          "instead of the rules, so many generated frame sequences; the first that fails is made as small as it gets",
      })
      .option("seed", {
        type: "string",
        requiresArg: true,
        default: "1",
        describe: "seed of the generated sequences and of the virtual MCU's world",
      })
      .option("junit", { type: "string", requiresArg: true, describe: "file for a JUnit report" })
      .options(SERIAL_OPTIONS)
      .epilogue(
        "A rule passes, fails (a clause of the protocol is broken), gives advice (better manners, no clause) or is " +
          "skipped, with a reason. The exit code is 0 without a failure, 1 with one, or with an advice and --strict, " +
          "2 when the command was called wrongly.",
      )
      .example("$0 check virtual --profile pet-house", "what a good MCU looks like")
      .example("$0 check /dev/ttyUSB0 --profile my-product.json --quick", "a board, in a minute")
      .example("$0 check COM3 --profile my-product.json --junit check.xml", "for a CI system, in a quarter of an hour")
      .example(
        "$0 check COM3 --profile my-product.json --fuzz 500 --seed 7",
        "what no module would send",
      ) as unknown as Argv<CheckMcuArguments>,
  // Loaded when it is called: the other commands start without the platform.
  handler: async (args) => (await import("../check/run-check.js")).checkMcu(args),
};
