import type { Argv, CommandModule } from "yargs";
import { PARAMETER_OPTIONS } from "../mcu/parameters.js";
import { HELP_COLUMNS, listVerbs } from "../mcu/verbs.js";
import type { McuArguments } from "../run-mcu.js";
import { SERIAL_OPTIONS } from "../serial-options.js";

export const mcuCommand: CommandModule<object, McuArguments> = {
  command: "mcu <port>",
  describe: "be the MCU of a real Wi-Fi module: answers it, reports, and does what is typed",
  builder: (command) =>
    command
      .positional("port", { type: "string", demandOption: true, describe: "/dev/ttyUSB0, COM3, tcp:host:port, pty, …" })
      .option("profile", {
        type: "string",
        demandOption: true,
        requiresArg: true,
        describe: "the product: a shipped profile or the vendor's datapoint JSON",
      })
      .option("do", {
        type: "string",
        array: true,
        nargs: 1,
        requiresArg: true,
        describe: "verbs to begin with, ; between them; may be repeated",
      })
      .option("script", {
        type: "string",
        requiresArg: true,
        describe: "CSV or JSON lines of datapoint values: a report for each row, after --do",
      })
      .option("every", {
        type: "string",
        requiresArg: true,
        describe: "send a report every 2s; with --script the time between its rows (1s)",
      })
      .option("auto-report", {
        type: "boolean",
        default: true,
        describe: "report changes and controls without being told; --no-auto-report does not",
      })
      .option("exit-when-done", {
        type: "boolean",
        default: false,
        describe: "end after --do and --script, or without them at the end of stdin; 1 if a verb failed",
      })
      .options(PARAMETER_OPTIONS)
      .options(SERIAL_OPTIONS)
      .group(Object.keys(PARAMETER_OPTIONS), "What the MCU says of itself, and asks of its module:")
      .group(Object.keys(SERIAL_OPTIONS), "Serial port:")
      .example("$0 mcu /dev/ttyUSB0 --profile pet-house", "a prompt for verbs below the live log")
      .example("$0 mcu COM3 --profile my.json --do 'wait module; airlink'", "configure a module without a board")
      .example(
        "$0 mcu /dev/ttyUSB0 --profile pet-house --do 'wait cloud; set Temperature=21 LED_Color=Pink' --exit-when-done",
        "one report, and the exit code says whether it was acknowledged",
      )
      .example("$0 mcu pty --profile pet-house --script day.csv --every 2s", "play a table of values")
      .epilogue(
        [
          "Verbs, on stdin or with --do. They begin when somebody is at the port; the end",
          "of stdin ends nothing unless --exit-when-done is given, Ctrl-D at the prompt",
          "and quit do. At the prompt Tab completes verbs, datapoints and values, and",
          "Ctrl-C clears a line that is half typed.",
          ...listVerbs(HELP_COLUMNS).map((line) => `  ${line}`),
        ].join("\n"),
      ) as unknown as Argv<McuArguments>,
  // Loaded when it is called: the other commands start without the platform.
  handler: async (args) => (await import("../run-mcu.js")).runMcu(args),
};
