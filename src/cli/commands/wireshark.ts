import type { Argv, CommandModule } from "yargs";
import type { WiresharkArguments } from "../run-wireshark.js";

export const wiresharkCommand: CommandModule<object, WiresharkArguments> = {
  command: "wireshark <file>",
  describe: "a recording as a capture for Wireshark, and the dissector to read it with",
  builder: (command) =>
    command
      .positional("file", { type: "string", demandOption: true, describe: "a recording" })
      .option("pcapng", { type: "string", requiresArg: true, describe: "the capture, FILE with .pcapng without it" })
      .option("lua", { type: "string", requiresArg: true, describe: "the dissector, FILE with .lua without it" })
      .example("$0 wireshark session.jsonl", "writes session.pcapng and session.lua")
      .example(
        "$0 wireshark session.jsonl --lua gizwits.lua",
        "another name for the dissector",
      ) as unknown as Argv<WiresharkArguments>,
  // Loaded when it is called: the other commands start without it.
  handler: async (args) => (await import("../run-wireshark.js")).runWireshark(args),
};
