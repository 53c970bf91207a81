import type { Argv, CommandModule } from "yargs";
import type { CompletionArguments } from "../completion/run-completion.js";
import { SHELLS } from "../completion/script.js";

export const completionCommand: CommandModule<object, CompletionArguments> = {
  command: "completion [shell]",
  describe: "print what a shell reads to complete commands, devices, datapoints and values with Tab",
  builder: (command) =>
    command
      .positional("shell", { choices: SHELLS, describe: "the shell; that of SHELL without it" })
      .example("source <($0 completion bash)", "in ~/.bashrc")
      .example(
        "alias gizlab='npx gizlab'; source <(npx gizlab completion)",
        "in a clone",
      ) as unknown as Argv<CompletionArguments>,
  // Loaded when it is called: the other commands start without it.
  handler: async (args) => (await import("../completion/run-completion.js")).runCompletion(args),
};
