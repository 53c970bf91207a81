import type { Argv, CommandModule } from "yargs";
import { LAB_TOKEN_OPTION } from "../lab-token.js";
import type { TraceArguments } from "../run-trace.js";
import { CLOUD_OPTION } from "../running-lab/cloud-option.js";

export const traceCommand: CommandModule<object, TraceArguments> = {
  command: "trace",
  describe: "the road of each control and report through a running cloud, hop by hop",
  builder: (command) =>
    command
      .option("cloud", CLOUD_OPTION)
      .option("did", { type: "string", requiresArg: true, describe: "only hops of this device" })
      .option("id", { type: "string", requiresArg: true, describe: "only hops of this correlation id (t12)" })
      .option("limit", { type: "string", requiresArg: true, describe: "so many hops, the newest or the next ones" })
      .option("follow", { type: "boolean", default: false, describe: "the hops to come, a line each, until Ctrl-C" })
      .option("lab-token", LAB_TOKEN_OPTION)
      .example("$0 trace --limit 50", "the newest roads in the cloud of this machine")
      .example("$0 trace --id t12", "one road, with the time of each hop")
      .example(
        "$0 trace --follow --json | grep uart",
        "the frames to come, as JSON",
      ) as unknown as Argv<TraceArguments>,
  // Loaded when it is called: the other commands start without the platform.
  handler: async (args) => (await import("../run-trace.js")).runTrace(args),
};
