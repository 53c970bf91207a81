import type { Argv, CommandModule } from "yargs";
import type { ReplayArguments } from "../run-replay.js";

export const replayCommand: CommandModule<object, ReplayArguments> = {
  command: "replay <file>",
  describe: "play a recording or bug bundle again, and show what differs",
  builder: (command) =>
    command
      .positional("file", { type: "string", demandOption: true, describe: "what gizlab record or a test kit wrote" })
      .option("against", {
        choices: ["lab", "mcu", "module", "cloud"] as const,
        default: "lab" as const,
        describe: "make the whole lab again from its seed, or play one side to a fresh one",
      })
      .option("cloud", { type: "string", requiresArg: true, describe: "URL of the cloud for --against cloud" })
      .option("mac", { type: "string", requiresArg: true, describe: "the recorded device for --against mcu or module" })
      .option("speed", {
        type: "string",
        requiresArg: true,
        describe: "1 as it was, 10 ten times as fast; as fast as it goes without",
      })
      .option("step", { type: "boolean", default: false, describe: "wait for Enter before each hop" })
      .example("$0 replay failure.jsonl", "see a failure again, hop by hop")
      .example("$0 replay session.jsonl --against mcu --step", "what the module said, to a fresh MCU")
      .example(
        "$0 replay session.jsonl --against cloud --cloud http://127.0.0.1:8088",
        "the reports once more",
      ) as unknown as Argv<ReplayArguments>,
  // Loaded when it is called: the other commands start without the platform.
  handler: async (args) => (await import("../run-replay.js")).runReplay(args),
};
