import type { Argv, CommandModule } from "yargs";
import { LAB_TOKEN_OPTION } from "../lab-token.js";
import type { RecordArguments } from "../run-record.js";
import { CLOUD_OPTION } from "../running-lab/cloud-option.js";

export const recordCommand: CommandModule<object, RecordArguments> = {
  command: "record <file>",
  describe: "every hop in a running cloud to a file, until Ctrl-C",
  builder: (command) =>
    command
      .positional("file", {
        type: "string",
        demandOption: true,
        describe: "JSONL to write, over an older one; - is stdout",
      })
      .option("cloud", CLOUD_OPTION)
      .option("for", { type: "string", requiresArg: true, describe: "stop after so long by the wall clock (30s)" })
      .option("secrets", { type: "boolean", default: false, describe: "with passcodes and product secrets" })
      .option("lab-token", LAB_TOKEN_OPTION)
      .example("$0 record session.jsonl --for 30s", "half a minute of the cloud of this machine")
      .example(
        "$0 record - --cloud http://192.0.2.7:8088 --lab-token T > far.jsonl",
        "of another machine",
      ) as unknown as Argv<RecordArguments>,
  // Loaded when it is called: the other commands start without the platform.
  handler: async (args) => (await import("../run-record.js")).runRecord(args),
};
