import type { Argv, CommandModule } from "yargs";
import type { SniffArguments } from "../run-sniff.js";
import { SERIAL_OPTIONS } from "../serial-options.js";

export const sniffCommand: CommandModule<object, SniffArguments> = {
  command: "sniff <port-a> <port-b>",
  describe: "stand between a real MCU and a real Wi-Fi module: hand on, decode, record, disturb",
  builder: (command) =>
    command
      .positional("port-a", { type: "string", demandOption: true, describe: "to the MCU: /dev/ttyUSB0, COM3, pty, …" })
      .positional("port-b", { type: "string", demandOption: true, describe: "to the module" })
      .option("profile", {
        type: "string",
        array: true,
        requiresArg: true,
        describe: "profiles by which datapoints are named, besides the shipped ones",
      })
      .option("record", { type: "string", requiresArg: true, describe: "write every hop to this file, as JSONL" })
      .option("fault", {
        type: "string",
        array: true,
        requiresArg: true,
        describe: "disturb what passes: KIND:name=value,… or JSON; once for each fault",
      })
      .option("seed", { type: "string", requiresArg: true, describe: "seed of what --fault draws; 1 without" })
      .options(SERIAL_OPTIONS)
      .example("$0 sniff /dev/ttyUSB0 /dev/ttyUSB1", "A to the board's TX and RX, B to the module's")
      .example("$0 sniff COM3 COM4 --record day.jsonl", "then: gizlab wireshark day.jsonl")
      .example(
        "$0 sniff COM3 COM4 --fault uart.drop:direction=up,probability=0.1",
        "one frame in ten of the MCU is lost",
      )
      .example(
        `$0 sniff COM3 COM4 --fault '{"kind":"uart.late-ack","delay":"400ms"}'`,
        "answers come late",
      ) as unknown as Argv<SniffArguments>,
  // Loaded when it is called: the other commands start without the platform.
  handler: async (args) => (await import("../run-sniff.js")).runSniff(args),
};
