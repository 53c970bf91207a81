import type { Argv, CommandModule } from "yargs";
import { CLOUD_OPTION } from "../cloud-option.js";
import type { BridgeArguments } from "../run-bridge.js";
import { SERIAL_OPTIONS } from "../serial-options.js";

export const bridgeCommand: CommandModule<object, BridgeArguments> = {
  command: "bridge <port>",
  describe: "be the Wi-Fi module of a real board: it becomes a device of the cloud",
  builder: (command) =>
    command
      .positional("port", { type: "string", demandOption: true, describe: "/dev/ttyUSB0, COM3, tcp:host:port, pty, …" })
      .option("cloud", CLOUD_OPTION)
      .option("profile", {
        type: "string",
        array: true,
        requiresArg: true,
        describe: "profiles by which datapoints are named, besides the shipped ones",
      })
      .option("mac", {
        type: "string",
        requiresArg: true,
        describe: "12 hex digits; made from the port's name without",
      })
      .options(SERIAL_OPTIONS)
      .example("$0 bridge /dev/ttyUSB0", "a dev kit at the cloud of this machine (gizlab up)")
      .example(
        "$0 bridge tcp:192.0.2.9:4001 --profile my-product.json",
        "a board behind a serial server",
      ) as unknown as Argv<BridgeArguments>,
  // Loaded when it is called: the other commands start without the platform.
  handler: async (args) => (await import("../run-bridge.js")).runBridge(args),
};
