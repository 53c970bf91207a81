import type { Argv, CommandModule } from "yargs";
import { P0_KINDS } from "../encode/p0-kinds.js";
import type { EncodeArguments } from "../encode/run-encode.js";

export const encodeCommand: CommandModule<object, EncodeArguments> = {
  command: "encode",
  describe: "words to a frame, printed as bare hex",
  builder: (command) =>
    command
      .option("cmd", {
        type: "string",
        demandOption: true,
        requiresArg: true,
        describe: `${P0_KINDS.join(", ")}, any command by name (heartbeat), SDK name or code (0x07)`,
      })
      .option("profile", { type: "string", requiresArg: true, describe: "shipped profile or file" })
      .option("sn", { type: "string", requiresArg: true, describe: "sequence number, 0 unless given" })
      .option("attrs", { type: "string", requiresArg: true, describe: "datapoints as JSON, in engineering units" })
      .option("payload", { type: "string", requiresArg: true, describe: "the payload as hex, instead of --attrs" })
      .option("m2m", {
        type: "boolean",
        default: false,
        describe: "the frame between cloud and device instead of UART",
      })
      .option("did", {
        type: "string",
        requiresArg: true,
        describe: "with --m2m: the did that stands in frames with flag 01, as newer modules send them",
      })
      .option("firmware-rounding", {
        type: "boolean",
        default: false,
        describe: "truncate in float32, as the vendor's MCU code does",
      })
      .example(
        `$0 encode --profile pet-house --cmd control --sn 13 --attrs '{"LED_R":56}'`,
        "FFFF000C030D00000104003800000059",
      )
      .example("$0 encode --cmd heartbeat --sn 16", "a frame without datapoints") as Argv<EncodeArguments>,
  // Loaded when it is called: the other commands start without it.
  handler: async (args) => (await import("../encode/run-encode.js")).runEncode(args),
};
