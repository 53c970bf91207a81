import type { Argv, CommandModule } from "yargs";
import type { DecodeArguments } from "../decode/run-decode.js";

export const decodeCommand: CommandModule<object, DecodeArguments> = {
  command: "decode [hex..]",
  describe: "UART and M2M frames to words",
  builder: (command) =>
    command
      .positional("hex", {
        type: "string",
        array: true,
        describe: "bytes as hex, or as a dump, a log or a program writes them; stdin without them",
      })
      .option("profile", { type: "string", requiresArg: true, describe: "shipped profile or file, to name datapoints" })
      .example("$0 decode FFFF0005071000001C", "a heartbeat")
      .example("$0 decode --profile pet-house FF FF 00 10 05 3D 00 00 04 01 00 00 00 05 01 17 00 00 00 74", "a report")
      .example("cat capture.txt | $0 decode --json", "a capture, one line per thing found")
      .example("hexdump -C capture.bin | $0 decode", "dumps, logs, arrays, <Buffer …>, or the bytes themselves")
      .epilogue("The exit code is 1 when a frame is bad.") as Argv<DecodeArguments>,
  // Loaded when it is called: the other commands start without it.
  handler: async (args) => (await import("../decode/run-decode.js")).runDecode(args),
};
